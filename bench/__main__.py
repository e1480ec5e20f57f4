"""`python -m bench`: measures, prints the report, and keeps the figures where asked."""

import json
import os
import platform
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click

from bench import (
    durability,
    evaluating,
    evaluating_report,
    painting,
    previewing,
    prompting,
    serving,
    trust,
)
from bench.aims import IN_FLIGHT, LARGE, MODEL_TIME_S, SMALL, Measured
from bench.processes import ROOT, ServerFailed
from bench.report import lines
from bench.requests import Request, fixtures, sized, webhook_bodies, write_bodies
from bench.scripted_model import MODEL
from bench.serving import ALONE, FLASK, FLASK_PLACES, Bodies, Rounds
from evaluator.assessment.assessor import Assessor
from evaluator.prompts.files import read_files
from evaluator.settings import Settings
from evaluator.wiring import build

_SIZES = {SMALL: 12_000, LARGE: 400_000}
_SIZED = "engineering-backend-strong"


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is measured: rounds and what each holds; `seconds` is by connections."""

    single_rounds: int
    single_requests: int
    busy_rounds: int
    seconds: Mapping[int, float]
    in_flight_runs: int
    flask_in_flight: int
    builds: Mapping[str, int]
    durable: durability.Sizes
    evals: evaluating.Sizes
    screening: Mapping[str, int]
    previews: int
    paintings: int


FULL = Effort(
    7,
    200,
    3,
    {64: 4, 512: 6},
    3,
    4 * FLASK_PLACES,
    {SMALL: 1_000, LARGE: 30},
    durability.Sizes(1_000, 10, 1_000, 5_000, 100_000),
    evaluating.Sizes(200, 5),
    dict(zip(trust.SIZES, (300, 20, 7, 5), strict=True)),
    200,
    9,
)
QUICK = Effort(
    2,
    60,
    1,
    {64: 2, 512: 3},
    1,
    FLASK_PLACES,
    {SMALL: 60, LARGE: 5},
    durability.Sizes(200, 3, 200, 500, 5_000),
    evaluating.Sizes(200, 1),
    dict(zip(trust.SIZES, (40, 5, 2, 1), strict=True)),
    30,
    2,
)


@click.command("bench")
@click.option("--quick", is_flag=True, help="A short run: figures for a first look, not to be quoted.")
@click.option(
    "--json", "kept", type=click.Path(path_type=Path, dir_okay=False), help="Keep all figures in FILE."
)
@click.option(
    "--part",
    type=click.Choice(["all", "serving", "durability", "evals", "trust", "studio"]),
    default="all",
    show_default=True,
    help="What to measure.",
)
@click.option("--fixtures", "folder", type=click.Path(path_type=Path, exists=True), default=ROOT / "fixtures")
def command(quick: bool, kept: Path | None, part: str, folder: Path) -> None:
    """Measure the service beside the reference's Flask example and a bare ASGI handler, on this machine.

    Takes about 11 minutes, and 3 with --quick. Everything runs on loopback and ends with the run. The
    exit status says whether it could be measured, not whether the aims were reached.
    """
    effort, requests, figures = QUICK if quick else FULL, fixtures(folder), {}
    try:
        if part in ("all", "serving"):
            measured = _measure(effort, requests)
            figures |= measured.as_json()
            _print(lines(measured))
        if part in ("all", "durability"):
            durable = _durability(effort, requests)
            figures |= {"durability": asdict(durable)}
            _print(durability.lines(durable))
        if part in ("all", "evals"):
            evaluated = _evaluating(effort, requests)
            figures |= {"evaluating": evaluating_report.as_json(evaluated)}
            _print(evaluating_report.lines(evaluated))
        if part in ("all", "trust"):
            costs = trust.measure(requests, _SIZED, effort.screening, _say)
            figures |= {"trust": trust.as_json(costs)}
            _print(trust.lines(costs))
        if part in ("all", "studio"):
            waited = _previewing(effort, requests)
            painted = _painting(effort, requests)
            figures |= {"studio": previewing.as_json(waited), "pages": painting.as_json(painted)}
            _print([*previewing.lines(waited), *painting.lines(painted)])
    except ServerFailed as error:
        raise click.ClickException(str(error)) from None
    if kept is not None:
        kept.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _print(report: Iterable[str]) -> None:
    for line in report:
        click.echo(line)


def _durability(effort: Effort, requests: Mapping[str, Request]) -> durability.Durability:
    with tempfile.TemporaryDirectory() as folder:
        bodies = write_bodies(Path(folder) / "webhook", webhook_bodies(requests))
        return durability.measure(effort.durable, bodies, Path(folder), _say)


def _evaluating(effort: Effort, requests: Mapping[str, Request]) -> evaluating.Evaluating:
    with tempfile.TemporaryDirectory() as folder:
        return evaluating.measure(effort.evals, requests, Path(folder), _say)


def _previewing(effort: Effort, requests: Mapping[str, Request]) -> list[previewing.Waited]:
    _say("previews in the studio")
    sizes = _sizes(requests)
    files = read_files(ROOT / "prompts" / "default")
    return previewing.measure(files, sizes[SMALL], sizes[LARGE], effort.previews)


def _painting(effort: Effort, requests: Mapping[str, Request]) -> list[painting.Painted]:
    _say("pages of the studio in Chromium")
    return painting.measure([*requests.values()], effort.paintings)


def _measure(effort: Effort, requests: Mapping[str, Request]) -> Measured:
    services = build(Settings(model_base_url="http://127.0.0.1:9/v1", model_name=MODEL))
    assessor = services.assessor
    machine = _machine()
    _say("prompts: build time, tokens, common beginnings")
    sizes = _sizes(requests)
    built = {name: prompting.build_time(assessor, sizes[name], effort.builds[name]) for name in sizes}
    tokens = prompting.tokens_of(assessor, requests)
    common = prompting.common_beginnings(assessor, requests, sorted(services.packs))
    with tempfile.TemporaryDirectory() as folder:
        bodies = _bodies(Path(folder), assessor, requests)
        single, busy, peaks = _fast(effort, bodies)
        in_flight, peaks_in_flight = _slow(effort, bodies)
    machine["load at the end"] = _load_average()
    return Measured(machine, single, busy, in_flight, peaks, peaks_in_flight, built, tokens, common)


def _fast(effort: Effort, bodies: Bodies) -> tuple[Any, Any, Any]:
    """Measure against the model that takes no time: one at a time, then many; and peak memory."""
    with serving.servers(latency_s=0) as found:
        _say("warming up the servers")
        serving.warm_up(found, bodies)
        _say("one request at a time")
        one = {"connections": 1, "requests": effort.single_requests}
        single = serving.interleaved(found, bodies, rounds=effort.single_rounds, **one)
        busy = {}
        for connections, seconds in effort.seconds.items():
            _say(f"{connections} connections")
            many = {"connections": connections, "seconds": seconds}
            busy[connections] = serving.interleaved(found, bodies, rounds=effort.busy_rounds, **many)
        return single, busy, serving.peaks(found)


def _slow(effort: Effort, bodies: Bodies) -> tuple[Any, Any]:
    """Measure many requests at once over the slow model, and peak memory."""
    with serving.servers(latency_s=MODEL_TIME_S) as found:
        _say(f"{IN_FLIGHT} in flight over a model that takes {MODEL_TIME_S:g} s")
        measured = {name: Rounds() for name in found if name != ALONE}
        for run in range(effort.in_flight_runs):
            for name, rounds in measured.items():
                if name == FLASK and run:  # its time is known beforehand: turns of 16
                    continue
                count = effort.flask_in_flight if name == FLASK else IN_FLIGHT
                serving.measure(rounds, found[name], bodies, connections=count, requests=count)
        return measured, serving.peaks(found)


def _sizes(requests: Mapping[str, Request]) -> dict[str, Request]:
    job = requests[_SIZED]["job"]["description"]
    others = [request for request in requests.values() if request["job"]["description"] != job]
    return {name: sized(requests[_SIZED], size, others) for name, size in _SIZES.items()}


def _bodies(folder: Path, assessor: Assessor, requests: Mapping[str, Request]) -> Bodies:
    alone = {name: prompting.model_body(assessor, request, MODEL) for name, request in requests.items()}
    return Bodies(
        write_bodies(folder / "webhook", webhook_bodies(requests)), write_bodies(folder / "model", alone)
    )


def _machine() -> dict[str, Any]:
    return {
        "cores": os.cpu_count(),
        "Python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "load at the start": _load_average(),
    }


def _load_average() -> str:
    return f"{os.getloadavg()[0]:.2f}"


def _say(step: str) -> None:
    click.echo(f"measuring {step} …", err=True)
    sys.stderr.flush()


if __name__ == "__main__":
    command()
