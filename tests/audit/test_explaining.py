"""What a person reads of an evaluation."""

import json
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from evaluator.audit.as_page import as_page
from evaluator.audit.as_text import as_json, as_text
from evaluator.audit.explaining import Explanation, explain
from evaluator.audit.record import correction
from evaluator.contract.result import AssessmentResult
from evaluator.errors import OptedOut
from evaluator.storage.jobs import JobStore
from tests.fakes.assessing import CARE, DENIED, KAFKA, PYTHON, reply
from tests.fakes.model import judged
from tests.fakes.recording import evaluated
from tests.fakes.stores import Place
from tests.fakes.working import working

pytestmark = pytest.mark.anyio

SHELL = "<script>alert(1)</script>"


async def explained(store: JobStore, job_id: str = "job-1") -> Explanation:
    """Return what is told of a job."""
    told = explain(await store.records.of_job(job_id), store.records)
    assert told is not None
    return told


async def rated(place: Place, folder: Path, **options: Any) -> tuple[AssessmentResult, Explanation]:
    """Return the result of an evaluation, and what is told of it."""
    async with place.open() as store:
        return await evaluated(store, folder, **options), await explained(store)


@pytest.mark.parametrize(
    "settings",
    [{}, {"claim_weight": 0.35}, {"scoring": "holistic"}],
    ids=["plain", "claims", "holistic"],
)
async def test_arithmetic_is_that_of_the_result(
    sqlite_place: Place, tmp_path: Path, settings: dict[str, Any]
) -> None:
    """Points, sum and rating are the result's own, and the figures in the text add up to it."""
    result, told = await rated(sqlite_place, tmp_path, settings=settings)
    context = result.context or {}

    assert told.rating == result.rating
    assert told.by_criteria == context["computed_rating"]
    assert [each.points for each in told.criteria] == [each["contribution"] for each in context["criteria"]]
    terms, _, total = next(line for line in told.arithmetic if " + " in line and " = " in line).partition(
        " = "
    )
    assert round(sum(map(float, terms.split(" + "))), 2) == float(total)
    assert told.adds_up


async def test_criterion_is_told_with_its_quote_and_why_others_did_not_count(
    sqlite_place: Place, tmp_path: Path
) -> None:
    """What counted, what was dropped and what was never shown stand in the text."""
    answer = reply(
        {"skill_python": PYTHON, "skill_kafka": judged("strong", "Led the moon landing"), "care": CARE}
    )
    _, told = await rated(sqlite_place, tmp_path, answer=answer)
    text = as_text(told)

    assert "CV: “Wrote all of the consumers in Python”" in text
    assert "a quote from the CV did not count" in text
    assert "Nothing in the application was found to show: kafka; Speed" in text
    assert "a person decides" in text
    assert "If something here is wrong" in text


async def test_contradicted_must_have_is_told_as_reason_to_look(sqlite_place: Place, tmp_path: Path) -> None:
    """The reader learns what speaks against, and that a person was asked."""
    answer = reply({"skill_python": PYTHON, "skill_kafka": KAFKA, "care": DENIED})
    config = {"must_have": ["care"]}
    _, told = await rated(sqlite_place, tmp_path, answer=answer, integration_config=config)

    assert told.status == "needs_review"
    assert any("must have is spoken against" in line for line in told.not_counted)


async def test_failure_is_told_as_no_rating(sqlite_place: Place) -> None:
    """Where nobody was rated, there is no arithmetic, and an opt-out says that no model read it."""
    async with working(sqlite_place) as here:
        here.assessor.script.append(OptedOut("says so"))
        told = await explained(here.store, await self_run(here))

    assert (told.rating, told.sum, told.criteria) == (None, None, ())
    assert "No model read it" in told.outcome
    assert "HOW THE RATING IS COMPUTED\nNothing." in as_text(told)
    assert "WHAT WAS LOOKED AT" not in as_text(told)
    assert "<table>" not in as_page(told)


async def self_run(here: Any) -> str:
    """Run one request to its end and return its job's id."""
    job_id: str = await here.queued()
    await here.run_all()
    return job_id


async def test_figures_are_told_when_quotes_are_not_kept_any_more(
    sqlite_place: Place, tmp_path: Path
) -> None:
    """After the job's retention the arithmetic stays, and the text says what is gone."""
    async with sqlite_place.open() as store:
        before = await rated_there(store, tmp_path)
        await store.delivered("job-1", None)
        sqlite_place.clock.advance(101)
        await store.sweep()
        after = await explained(store)

    assert (before.content_kept, after.content_kept) == (True, False)
    assert after.arithmetic == before.arithmetic
    assert [each.quotes for each in after.criteria] == [None] * 4
    assert "Quotes and reasons are not kept any more" in as_text(after)
    assert "not kept any more" in as_page(after)


async def rated_there(store: JobStore, folder: Path) -> Explanation:
    """Evaluate in an open store and return what is told."""
    await evaluated(store, folder)
    return await explained(store)


async def test_correction_is_told_and_changes_nothing(sqlite_place: Place, tmp_path: Path) -> None:
    """Who corrected it, how and why is told above; the rating that was made stays beside it."""
    async with sqlite_place.open() as store:
        await evaluated(store, tmp_path)
        (stored,) = await store.records.of_job("job-1")
        said = {"by": "Ann Field", "note": "The portfolio shows more.", "rating": 80.0}
        identity = json.loads(str(stored.identity))
        await store.records.add(correction(store.records, identity, of=stored.seq, at=1.9e9, **said))
        told = await explained(store)
        kept = await store.records.behind(0, limit=9)

    assert (told.rating, told.corrections[0].rating, told.corrections[0].by) == (58, 80.0, "Ann Field")
    assert "by Ann Field: the rating is now 80. The portfolio shows more." in as_text(told)
    assert [each for each in kept if "Ann Field" in each.public + str(each.identity)] == []


class Outline(HTMLParser):
    """The elements of a page, and the text in it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Note text."""
        self.text += data

    def of(self, *tags: str) -> list[dict[str, str | None]]:
        """Return the attributes of these elements."""
        return [attributes for tag, attributes in self.elements if tag in tags]


async def test_page_needs_nothing_else_and_escapes_what_came(sqlite_place: Place, tmp_path: Path) -> None:
    """No script, no address; what the candidate wrote is shown as text."""
    answer = reply({"skill_python": {**PYTHON, "reason": SHELL}})
    _, told = await rated(sqlite_place, tmp_path, answer=answer)
    page = Outline(as_page(told))

    assert page.of("script", "link", "img", "iframe") == []
    assert [each for each in page.elements if {"src", "href", "onclick"} & set(each[1])] == []
    assert SHELL in page.text
    assert "default-src 'none'" in str(page.of("meta")[1]["content"])


async def test_page_can_be_heard(sqlite_place: Place, tmp_path: Path) -> None:
    """It has a language, a title, one main heading, headings without a gap, and tables with heads."""
    _, told = await rated(sqlite_place, tmp_path)
    page = Outline(as_page(told))

    levels = [int(tag[1]) for tag, _ in page.elements if tag in ("h1", "h2", "h3")]
    assert page.of("html") == [{"lang": "en"}]
    assert (levels[0], levels.count(1)) == (1, 1)
    assert [step for step in pairwise(levels) if step[1] > step[0] + 1] == []
    assert len(page.of("caption")) == len(page.of("table")) == 1
    assert {each.get("scope") for each in page.of("th")} == {"col", "row"}
    assert f"{told.rating:g} of 100" in page.text


async def test_text_steers_no_terminal(sqlite_place: Place, tmp_path: Path) -> None:
    """Control characters that a model or a person wrote are not printed."""
    async with sqlite_place.open() as store:
        await evaluated(store, tmp_path)
        (stored,) = await store.records.of_job("job-1")
        identity = json.loads(str(stored.identity))
        said = {"by": "Ann\x1b[2J", "note": "a\rb", "rating": None}
        await store.records.add(correction(store.records, identity, of=1, at=1.9e9, **said))
        told = await explained(store)

    assert [line for line in as_text(told).split("\n") if not line.isprintable()] == []
    assert json.loads(as_json(told))["corrections"][0]["by"] == "Ann\x1b[2J"


async def test_nothing_is_told_of_a_job_that_was_never_evaluated(sqlite_place: Place) -> None:
    """There is no explanation without a record."""
    async with sqlite_place.open() as store:
        assert explain(await store.records.of_job("job-1"), store.records) is None
