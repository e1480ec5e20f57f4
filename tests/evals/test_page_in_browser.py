"""The page in headless Chromium: it is quiet, loads nothing, and a click shows what is behind a case."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext

from evaluator.evals.audit_data import Columns, read_sample
from evaluator.evals.audit_figures import audit
from evaluator.evals.audit_page import audit_page
from evaluator.evals.reports.material import Report
from evaluator.evals.reports.page import page
from tests.fakes.auditing import written
from tests.fakes.browser import LOW_CONTRAST, Visit, browsing, visited
from tests.fakes.reporting import HOSTILE, QUOTE, case, hostile, rated, two_contestants
from tests.fakes.reporting import report as report_on

_WIDER_THAN_SHOWN = """() => [...document.querySelectorAll(".scroll, .wide, html")]
  .filter((each) => each.scrollWidth > each.clientWidth).map((each) => each.className)"""

_UNNAMED = """() => [...document.querySelectorAll("tbody td")].filter((each) => each.innerText.trim())
  .filter((each) => getComputedStyle(each, "::before").content.length < 3).map((each) => each.innerText)"""
"""Values of tables without the name of their column before them."""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    """One browser for all tests of this module; each has a tab of its own."""
    with browsing(tmp_path_factory.mktemp("browser") / "profile") as started:
        yield started


@pytest.fixture
def visit(browser: BrowserContext, tmp_path: Path) -> Visit:
    """Open the comparison of two contestants."""
    return opened(browser, tmp_path, two_contestants())


def opened(browser: BrowserContext, folder: Path, report: Report, **how: Any) -> Visit:
    """Write a report's page, and open it."""
    file = folder / "page.html"
    file.write_text(page(report), encoding="utf-8")
    return visited(browser, file, **how)


def three_with_twins(folder: Path) -> Path:
    """Write the page of three contestants whose tables are too wide for a telephone, and return it."""
    cases = [case("anna"), case("anna~hobbies", None)]
    labels = ("default", "default@HEAD~3", "engineering with some-large-model")
    runs = [rated(label, {"anna": 50 + at, "anna~hobbies": 46}, cases) for at, label in enumerate(labels)]
    (folder / "page.html").write_text(page(report_on(runs, cases)), encoding="utf-8")
    return folder / "page.html"


def audited(folder: Path) -> Path:
    """Write the page of a bias audit and return it."""
    sample = read_sample(*written(folder), Columns())
    text = audit_page(audit(sample), sample, data="historical", left_out=None)
    (folder / "page.html").write_text(text, encoding="utf-8")
    return folder / "page.html"


def shown_cases(visit: Visit) -> list[str]:
    """Return the names of the cases in the order in which they are shown."""
    return visit.page.locator("details.case:not([hidden]) .title").all_inner_texts()


def test_page_is_quiet_and_alone(visit: Visit) -> None:
    """No error is in the console and no request leaves the page, also when every case is open."""
    for summary in visit.page.locator("details.case > summary").all():
        summary.click()
    visit.wait_for(".side", 10)

    assert visit.complaints == []
    assert visit.requests == [visit.page.url]


def test_scatter_has_a_point_for_each_labelled_case(visit: Visit) -> None:
    """Four cases have a label; the second contestant has no rating of one of them."""
    assert [scatter.locator("circle").count() for scatter in visit.page.locator(".scatter").all()] == [4, 3]


def test_click_on_a_case_shows_what_is_behind_it(visit: Visit) -> None:
    """Ratings, criteria, the quote marked in the CV, the prompt and the raw reply are there on a click."""
    visit.page.click("summary:has-text('anna')")
    visit.wait_for(".side", 2)
    for folded in visit.page.locator(".inside > details > summary").all():
        folded.click()

    assert visit.page.locator(".side .big").all_inner_texts() == ["70", "78"]
    assert visit.page.locator(".criteria tbody th").all_inner_texts() == ["Kafka must-have"]
    assert visit.page.locator("mark").first.evaluate("mark => mark.firstChild.data") == QUOTE
    assert visit.page.locator(".prompt").nth(1).inner_text() == f"The CV:\nI {QUOTE}."
    assert visit.page.locator(".reply").first.inner_text() == '{"overall": 50}'


def test_case_opens_by_keyboard(visit: Visit) -> None:
    """The first case is reached with Tab and opened with Enter, and its focus can be seen."""
    visit.page.focus("#short")
    visit.page.keyboard.press("Tab")
    visit.page.keyboard.press("Enter")
    visit.wait_for(".side", 2)
    outline = visit.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")

    assert visit.page.locator("details.case[open] .title").inner_text() == "dora"
    assert outline == "solid"


def test_click_on_a_point_opens_its_case(visit: Visit) -> None:
    """A point of the scatter leads to the candidate it stands for."""
    visit.page.locator("circle[data-case='2']").first.click()
    visit.wait_for(".side", 2)

    assert visit.page.locator("details.case[open] .title").inner_text() == "cleo"


def test_click_on_a_quote_leads_to_the_passage(visit: Visit) -> None:
    """A quote of a criterion leads to the marked passage of the CV."""
    visit.page.click("summary:has-text('anna')")
    visit.wait_for(".quote")
    visit.page.locator(".quote").first.click()

    assert visit.page.evaluate("document.activeElement.matches('mark.lit')")


@pytest.mark.parametrize(
    ("order", "names"),
    [
        ("change", ["dora", "anna", "ben", "emil", "cleo"]),
        ("disagreement", ["ben", "anna", "dora", "cleo", "emil"]),
        ("name", ["anna", "ben", "cleo", "dora", "emil"]),
    ],
)
def test_cases_are_sorted(visit: Visit, order: str, names: list[str]) -> None:
    """By change, by disagreement with the label, or by name; the greatest first."""
    visit.page.select_option("#sort", order)

    assert shown_cases(visit) == names


def test_cases_are_found_by_name_and_by_what_falls_short(visit: Visit) -> None:
    """The list narrows to a name, or to what falls short or flips, and says how many are shown."""
    visit.page.fill("#find", "EMI")
    assert shown_cases(visit) == ["emil"]
    visit.page.fill("#find", "")
    visit.page.check("#short")
    assert shown_cases(visit) == ["dora", "ben"]
    assert visit.page.inner_text("#shown") == "2 of 5 shown"


def test_twins_are_shown_when_asked_for(browser: BrowserContext, tmp_path: Path) -> None:
    """Twins made of a case are behind a box to tick, so that the list is that of the candidates."""
    cases = [case("anna"), case("anna~hobbies", None)]
    made = rated("default", {"anna": 50, "anna~hobbies": 46}, cases)
    visit = opened(browser, tmp_path, report_on([made], cases))

    assert shown_cases(visit) == ["anna"]
    visit.page.check("#twins")
    assert shown_cases(visit) == ["anna", "anna~hobbies"]


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [375, 1280])
def test_page_is_readable(browser: BrowserContext, tmp_path: Path, *, width: int, dark: bool) -> None:
    """On a telephone too nothing is cut off at the side, and every text has the contrast it needs."""
    report = two_contestants(worse=["anna: 3, 9 before"])
    visit = opened(browser, tmp_path, report, width=width, dark=dark)
    for summary in visit.page.locator("details.case > summary").all():
        summary.click()
    visit.wait_for(".side", 10)

    assert visit.page.evaluate("document.documentElement.scrollWidth") == width
    assert visit.page.evaluate(LOW_CONTRAST) == []


@pytest.mark.parametrize("write", [three_with_twins, audited])
def test_tables_are_whole_on_a_telephone(
    browser: BrowserContext, tmp_path: Path, write: Callable[[Path], Path]
) -> None:
    """No table is cut off or has to be scrolled, and each value says which column it is of."""
    tab = visited(browser, write(tmp_path), width=375).page

    assert tab.evaluate(_WIDER_THAN_SHOWN) == []
    assert tab.evaluate(_UNNAMED) == []


def test_hostile_texts_stay_texts(browser: BrowserContext, tmp_path: Path) -> None:
    """What a candidate wrote as markup is shown as it was written, and does nothing."""
    visit = opened(browser, tmp_path, hostile())
    visit.page.locator("details.case > summary").first.click()
    visit.wait_for(".side", 2)
    visit.page.locator(".inside > details > summary").nth(1).click()

    assert visit.page.locator("mark").first.evaluate("mark => mark.firstChild.data") == HOSTILE
    assert visit.page.locator(".reply").first.inner_text() == HOSTILE
    assert (visit.page.locator("img").count(), visit.complaints) == (0, [])
    assert visit.requests == [visit.page.url]
