"""The measuring of pages: its aims, its report, and one short run in a browser."""

from pathlib import Path

import pytest

from bench.painting import PAGES, Painted, aims, as_json, lines, measure
from bench.requests import fixtures

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize(
    ("ms", "sent", "reached"), [(1000, 300_000, [True, True]), (1001, 300_001, [False] * 2)]
)
def test_aims_are_of_the_slowest_and_the_heaviest_page(ms: float, sent: int, reached: list[bool]) -> None:
    """One slow page falls short, whatever the others are."""
    found = [Painted("packs", [10.0], 10), Painted("editor", [ms], sent)]

    assert [aim.reached for aim in aims(found)] == reached


def test_report_names_every_page() -> None:
    """The page and the figures hold what was measured."""
    found = [Painted("packs", [80.0], 40_000), Painted("editor", [90.0, 95.0], 200_000)]
    told = "\n".join(lines(found))

    assert "editor" in told
    assert "200 kB, editor" in told
    assert [each["page"] for each in as_json(found)["painted"]] == ["packs", "editor"]


def test_short_run_opens_every_page() -> None:
    """Each is painted, and brings its styles and scripts with it."""
    found = measure([fixtures(ROOT / "fixtures")["nursing-icu-weak"]], 1)

    assert [each.page for each in found][: len(PAGES)] == list(PAGES)
    assert min(each.sent_bytes for each in found) > 20_000
