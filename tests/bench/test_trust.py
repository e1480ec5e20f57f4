"""The measuring of hygiene, redaction and detection: its requests, its aims and its report."""

from pathlib import Path

import pytest

from bench.requests import compact, fixtures
from bench.trust import HOSTILE, PLAIN, SIZES, SMALL, STEPS, Cost, aims, as_json, hostile, lines, measure

ROOT = Path(__file__).parent.parent.parent
MODEL = "engineering-backend-strong"


def found(**ms: float) -> list[Cost]:
    """Return what was measured where a byte costs 100 ns; `ms` in place of that by kind and size."""
    costs = []
    for kind in (PLAIN, HOSTILE):
        for size, size_bytes in SIZES.items():
            whole = ms.get(f"{kind} {size}", size_bytes * 1e-4)
            costs.append(Cost(kind, size, size_bytes, {step: [whole / 3] for step in STEPS}))
    return costs


@pytest.mark.parametrize(
    ("ms", "short"),
    [
        ({}, []),
        ({f"{HOSTILE} {SMALL}": 10.1}, [0]),
        ({f"{PLAIN} 2 MiB": 430.0}, [1]),
        ({f"{HOSTILE} 1 MB": 49.0}, [2]),
    ],
)
def test_each_aim_falls_short_by_its_own_figure(ms: dict[str, float], short: list[int]) -> None:
    """The dearer of two small requests counts, and a byte may cost twice another at most."""
    assert [at for at, aim in enumerate(aims(found(**ms))) if not aim.reached] == short


def test_hostile_request_is_no_longer_than_asked_for() -> None:
    """It holds hidden characters, and what steers."""
    request = fixtures(ROOT / "fixtures")[MODEL]

    made = hostile(request, len(compact(request)))

    assert len(compact(made)) <= len(compact(request))
    assert "\U000e0052" in made["candidate_parsed_cv"]["raw"]


def test_every_step_is_measured() -> None:
    """Both kinds, each step as often as asked for."""
    said: list[str] = []

    costs = measure(fixtures(ROOT / "fixtures"), MODEL, {SMALL: 2}, said.append)

    assert [(each.kind, each.size) for each in costs] == [(PLAIN, SMALL), (HOSTILE, SMALL)]
    assert {tuple(map(len, each.ms.values())) for each in costs} == {(2, 2, 2)}
    assert len(said) == 1


def test_report_tells_every_figure_and_aim() -> None:
    """The report has a row for each request, and its JSON the aims too."""
    report = "\n".join(lines(found()))

    assert all(f"{size}, {kind}" in report for size in SIZES for kind in (PLAIN, HOSTILE))
    assert report.count("reached") == len(as_json(found())["aims"]) == 3
