"""The requests that are measured: the fixtures, copies of them of a given size, and bodies to post."""

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.load import PLACE_OF_ID

Request = Mapping[str, Any]
"""A request of SolidATS as decoded JSON."""

_OF_THE_STEP = ("job", "step_prompt", "pipeline_step_id", "integration_config")


def fixtures(folder: Path) -> dict[str, Request]:
    """Return the fixtures' requests by name."""
    return {path.parent.name: json.loads(path.read_bytes()) for path in sorted(folder.glob("*/request.json"))}


def compact(value: Any) -> bytes:
    """Return a value as it is posted: JSON in UTF-8 without white space between."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def sized(request: Request, size: int, others: Sequence[Request]) -> Request:
    """Return `request` with its raw CV lengthened, line by line, up to `size` bytes as it is posted.

    The text comes from the CVs of `others`, each line with a number of its own, so that nothing in it
    repeats what the request says already. A request that is longer is returned as it is.
    """
    room = size - len(compact(request))
    added: list[str] = []
    for line in _numbered_lines(others):
        room -= len(compact(line)) - len('""') + len("\\n")
        if room < 0:
            break
        added.append(line)
    cv = request["candidate_parsed_cv"]
    return {**request, "candidate_parsed_cv": {**cv, "raw": "\n".join([cv.get("raw", ""), *added])}}


def same_step(request: Request, model: Request) -> Request:
    """Return `request` as if its candidate stood in the pipeline step of `model`, for the same job."""
    kept = {key: value for key, value in request.items() if key not in _OF_THE_STEP}
    return kept | {key: model[key] for key in _OF_THE_STEP if key in model}


def pairs(requests: Mapping[str, Request]) -> list[tuple[str, str]]:
    """Return neighbours among the candidates of each job, by name."""
    by_job: dict[str, list[str]] = {}
    for name, request in requests.items():
        by_job.setdefault(request["job"]["description"], []).append(name)
    return [pair for names in by_job.values() for pair in itertools.pairwise(names)]


def write_bodies(folder: Path, bodies: Mapping[str, bytes]) -> Path:
    """Write bodies for the load generator, a file each, and return their folder."""
    folder.mkdir()
    for name, body in bodies.items():
        (folder / name).write_bytes(body)
    return folder


def webhook_bodies(requests: Mapping[str, Request]) -> dict[str, bytes]:
    """Return what is posted to a webhook, with a place for an id of its own in each request sent."""
    marked = PLACE_OF_ID.decode()
    return {name: compact({**request, "candidate_id": marked}) for name, request in requests.items()}


def _numbered_lines(requests: Sequence[Request]) -> Iterator[str]:
    lines = [line for request in requests for line in request["candidate_parsed_cv"]["raw"].splitlines()]
    long = [line.strip() for line in lines if len(line) > 60]
    for number in itertools.count(1):
        for line in long:
            yield f"Assignment {number}: {line}"
