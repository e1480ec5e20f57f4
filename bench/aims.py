"""What one run measured, and the aims that its figures are held against. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bench.figures import median, ratio, saved
from bench.prompting import BuildTime, Common, Tokens
from bench.serving import FLASK, SERVICE, Rounds

MODEL_TIME_S = 2.0
"""Latency of the slow model."""

IN_FLIGHT = 512
"""Assessments sent at once."""

SMALL, LARGE = "12 kB", "400 kB"
"""The requests whose prompts are built, by their size as posted."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Everything that one run measured.

    `busy` is by connections; `in_flight` holds each server's runs over the slow model; `peaks` the peak
    memory in bytes of each server's processes after the fast runs, `peaks_in_flight` after the slow ones.
    """

    machine: Mapping[str, Any]
    single: Mapping[str, Rounds]
    busy: Mapping[int, Mapping[str, Rounds]]
    in_flight: Mapping[str, Rounds]
    peaks: Mapping[str, Sequence[int]]
    peaks_in_flight: Mapping[str, Sequence[int]]
    build: Mapping[str, BuildTime]
    tokens: Sequence[Tokens]
    common: Sequence[Common]

    def as_json(self) -> dict[str, Any]:
        """Return everything as plain data, with the aims."""
        return {
            "machine": dict(self.machine),
            "aims": [asdict(aim) for aim in aims(self)],
            "single": {name: rounds.as_json() for name, rounds in self.single.items()},
            "busy": {
                str(connections): {name: rounds.as_json() for name, rounds in found.items()}
                for connections, found in self.busy.items()
            },
            "in_flight": {name: rounds.as_json() for name, rounds in self.in_flight.items()},
            "peak_bytes": {name: list(found) for name, found in self.peaks.items()},
            "peak_bytes_in_flight": {name: list(found) for name, found in self.peaks_in_flight.items()},
            "prompt_build": {name: asdict(found) for name, found in self.build.items()},
            "tokens": [asdict(each) for each in self.tokens],
            "common": [{**asdict(each), "share": each.share} for each in self.common],
        }


@dataclass(frozen=True, slots=True)
class Aim:
    """One aim, the figure beside it, and whether it was reached."""

    aim: str
    figure: str
    reached: bool


def aims(measured: Measured) -> list[Aim]:
    """Hold the figures against the aims."""
    cpu = {name: median(rounds.cpu_ms) for name, rounds in measured.single.items()}
    slow = measured.in_flight[SERVICE].loads
    wall, lost = [load.seconds for load in slow], sum(load.failed for load in slow)
    small = measured.build[SMALL]
    ours = sum(each.ours for each in measured.tokens)
    indented = saved(ours, sum(each.naive_indented for each in measured.tokens))
    compact = saved(ours, sum(each.naive_compact for each in measured.tokens))
    whole = sum(each.whole_beginning for each in measured.common)
    return [
        Aim(
            "less CPU per request than the Flask example",
            f"{cpu[SERVICE]:.2f} ms against {cpu[FLASK]:.2f} ms, {ratio(cpu[SERVICE], cpu[FLASK]):.2f} times",
            cpu[SERVICE] < cpu[FLASK],
        ),
        Aim(
            f"{IN_FLIGHT} in flight over a {MODEL_TIME_S:g} s model are done in {2 * MODEL_TIME_S:g} s",
            f"{median(wall):.2f} s, the longest of {len(wall)} runs {max(wall):.2f} s, {lost} failed",
            not lost and median(wall) <= 2 * MODEL_TIME_S,
        ),
        Aim(
            "a 12 kB prompt is built in under 5 ms",
            f"{small.cpu_ms:.2f} ms of CPU, {small.median_ms:.2f} ms on this machine with what else it does",
            small.cpu_ms < 5,
        ),
        Aim("25 % fewer tokens than the naive template, JSON indented", f"{indented:.1%}", indented >= 0.25),
        Aim("the same, JSON compact", f"{compact:.1%}", compact >= 0.25),
        Aim(
            "two candidates of a job share everything before the candidate",
            f"{whole} of {len(measured.common)} pairs",
            whole == len(measured.common),
        ),
    ]
