"""The report on `evaluator eval`: its figures, those of others, and the aims. No measuring here."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from bench.aims import Aim
from bench.evaluating import CONCURRENCIES, LATENCY_S, MIB, ONE, REPLAY, Evaluating, Taken, at_a_time
from bench.figures import median
from bench.report import table

PEERS: Mapping[str, Sequence[float]] = {
    "promptfoo 0.123": (2.2, 6.6, 4.6, 247),
    "Inspect AI 0.3.285": (6.0, 9.5, 8.8, 187),
    "DeepEval 4.3": (1.9, 4.6, 2.5, 106),
}
"""Others on the same work, measured once on another machine of this kind: seconds for one case, for 200 at 4
and at 32 at a time, and the most MiB."""

MOST_TIMES, MOST_AT_32_S, MOST_START_S, MOST_REPLAY_S, MOST_REPLAY_MIB = 1.3, 2.5, 2.0, 1.0, 150
"""The aims: wall time over the arithmetic limit at 4 at a time, the others in seconds and MiB."""


def as_json(found: Evaluating) -> dict[str, Any]:
    """Return everything as plain data, with the aims and the others' figures."""
    return asdict(found) | {"aims": [asdict(aim) for aim in aims(found)], "peers": dict(PEERS)}


def aims(found: Evaluating) -> list[Aim]:
    """Hold the figures against the aims."""
    few, many = map(at_a_time, CONCURRENCIES)
    limit = found.cases * LATENCY_S / CONCURRENCIES[0]
    times = found.wall_s(few) / limit
    ours = {work: found.wall_s(work) for work in (ONE, few, many, REPLAY)}
    others = [min(peer[at] for peer in PEERS.values()) for at in range(3)]
    ahead = [ours[work] < best for work, best in zip((ONE, few, many), others, strict=True)]
    peak = found.peak_mib(REPLAY)
    return [
        Aim(
            f"{found.cases} cases, {few}, within {MOST_TIMES:g} × the arithmetic limit of {limit:.2f} s",
            f"{ours[few]:.2f} s, {times:.2f} ×",
            times <= MOST_TIMES,
        ),
        Aim(f"{many} under {MOST_AT_32_S:g} s", f"{ours[many]:.2f} s", ours[many] < MOST_AT_32_S),
        Aim(f"one case under {MOST_START_S:g} s", f"{ours[ONE]:.2f} s", ours[ONE] < MOST_START_S),
        Aim(f"replay under {MOST_REPLAY_S:g} s", f"{ours[REPLAY]:.2f} s", ours[REPLAY] < MOST_REPLAY_S),
        Aim(f"replay below {MOST_REPLAY_MIB} MiB", f"{peak:.0f} MiB", peak < MOST_REPLAY_MIB),
        Aim(
            f"ahead of the fastest of {', '.join(PEERS)} at each of the three",
            ", ".join(f"{ours[work]:.2f} s to {best:g} s" for work, best in zip(ours, others, strict=False)),
            all(ahead),
        ),
    ]


def lines(found: Evaluating) -> Iterator[str]:
    """Yield the report, line by line."""
    yield from _heading(
        f"evaluator eval as a whole process: {found.cases} cases, a {LATENCY_S * 1000:.0f} ms model"
    )
    rows = [_row(work, who, runs) for work, pair in found.taken.items() for who, runs in pair.items()]
    yield from table(("", "wall s", "most", "CPU s", "peak MiB", "runs"), rows)
    yield from _heading("Others on the same work, measured once on another machine of this kind")
    peers = [(name, *(f"{figure:g}" for figure in figures)) for name, figures in PEERS.items()]
    yield from table(
        ("", "one case, s", *(f"200, {each} at a time" for each in CONCURRENCIES), "most MiB"), peers
    )
    yield from _heading("Aims of replaying cases")
    for aim in aims(found):
        yield f"{'reached   ' if aim.reached else 'fell short'}  {aim.aim}: {aim.figure}"


def _row(work: str, who: str, runs: Sequence[Taken]) -> Sequence[str]:
    wall = [each.wall_s for each in runs]
    cpu, peak = median([each.cpu_s for each in runs]), max(each.peak_bytes for each in runs)
    figures = (f"{median(wall):.2f}", f"{max(wall):.2f}", f"{cpu:.2f}", f"{peak / MIB:.0f}", str(len(runs)))
    return (f"{work}, {who}", *figures)


def _heading(text: str) -> Iterator[str]:
    yield from ("", text, "─" * len(text))
