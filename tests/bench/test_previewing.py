"""The measuring of previews: its aim, its report, and one short run."""

from pathlib import Path

import pytest

from bench.previewing import ENDLESS, TYPED, Waited, aims, as_json, lines, measure
from bench.requests import fixtures
from evaluator.prompts.files import read_files

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize(("ms", "reached"), [([90.0, 100.0, 300.0], True), ([90.0, 100.1, 100.2], False)])
def test_aim_is_of_the_median_while_typing(ms: list[float], reached: bool) -> None:
    """One slow preview does not fall short, half of them do."""
    assert [aim.reached for aim in aims([Waited(TYPED, ms)])] == [reached]


def test_report_names_every_kind() -> None:
    """The page and the figures hold what was measured."""
    found = [Waited(TYPED, [80.0]), Waited(ENDLESS, [2500.0])]
    told = "\n".join(lines(found))
    assert ENDLESS in told
    assert "reached" in told
    assert [each["kind"] for each in as_json(found)["waited"]] == [TYPED, ENDLESS]


def test_short_run_measures_every_kind() -> None:
    """A draft is drawn as typed, for other candidates, and without end."""
    request = fixtures(ROOT / "fixtures")["nursing-icu-weak"]
    found = measure(read_files(ROOT / "prompts" / "default"), request, request, 2)
    assert [len(each.ms) for each in found] == [1, 2, 2, 1, 1]
