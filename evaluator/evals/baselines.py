"""Named baselines: a run that was blessed, as JSON in `<fixtures>/baselines/<name>.json`.

A baseline is small and can be committed: ratings, statuses and counts, and no text of a candidate or a model.
May import `contract`, `errors`, `evals.dataset` and `evals.runs`.
"""

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evaluator.errors import FixtureError
from evaluator.evals.dataset import Case
from evaluator.evals.runs import Row, Run

FOLDER = "baselines"
FORMAT = 1

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_SHOWN = 5


class Baseline(BaseModel):
    """A run to be measured by, and what the cases were then."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    format: Literal[1] = 1
    name: str
    digests: Mapping[str, str] = Field(description="By case, the digest of its request; see `digests`.")
    run: Run = Field(description="Without texts of candidates and models.")


def digests(cases: Iterable[Case]) -> dict[str, str]:
    """Return, by case, the SHA-256 of its request as it came; the call's secret and time change nothing."""
    return {case.name: _digest(case) for case in cases}


def save_baseline(
    run: Run,
    cases: Iterable[Case],
    fixtures: Path,
    name: str,
    *,
    not_run: Collection[str] = (),
    force: bool = False,
) -> Path:
    """Bless `run` as `name` and return the file; one of that name is replaced in one step.

    `cases` are those of the run, `not_run` those of the set that it leaves out. Refused, as FixtureError,
    are a run that was interrupted, one of a part of the cases, and, unless `force` is set, one in which a
    case has no rating.
    """
    path = _path(fixtures, name)
    fault = _fault(run, not_run, force=force)
    if fault:
        raise FixtureError(f"the baseline {name} is not saved: {fault}")
    blessed = Baseline(name=name, digests=digests(cases), run=_without_texts(run))
    value = blessed.model_dump(mode="json", exclude_defaults=True) | {"format": FORMAT}
    value["run"]["format"] = run.format
    _write(path, json.dumps(value, indent=1, ensure_ascii=False) + "\n")
    return path


def load_baseline(fixtures: Path, name: str) -> Baseline:
    """Return the baseline `name`. Raises FixtureError where there is none, or none that can be read."""
    path = _path(fixtures, name)
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        there = ", ".join(baseline_names(fixtures)) or "none"
        raise FixtureError(
            f"{path}: no baseline named {name}; there are: {there}. --save-baseline {name} saves one"
        ) from None
    except OSError as error:
        raise FixtureError(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError:
        raise FixtureError(f"{path}: is not JSON; save the baseline again") from None
    return _read(path, value)


def baseline_names(fixtures: Path) -> list[str]:
    """Return the names of the baselines there are."""
    return sorted(path.stem for path in (fixtures / FOLDER).glob("*.json"))


def _read(path: Path, value: Any) -> Baseline:
    if not isinstance(value, Mapping) or value.get("format") != FORMAT:
        raise FixtureError(
            f"{path}: is of another format; this version reads {FORMAT}. Save the baseline again"
        )
    try:
        return Baseline.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise FixtureError(f"{path}: {where}: {first['msg']}; save the baseline again") from None


def _path(fixtures: Path, name: str) -> Path:
    if not _NAME.fullmatch(name):
        raise FixtureError(
            f"{name!r} is no name for a baseline: up to 64 lower-case letters, digits, dots, hyphens and "
            "underscores, such as main"
        )
    return fixtures / FOLDER / f"{name}.json"


def _fault(run: Run, not_run: Collection[str], *, force: bool) -> str | None:
    if run.interrupted:
        return "the run was interrupted"
    if not_run:
        return f"the run leaves out {_names(not_run)}; a baseline is of all cases"
    unrated = [case for case in run.expectations if run.rating(case) is None]
    if unrated and not force:
        return f"no rating of {_names(unrated)}; --force saves it nevertheless"
    return None


def _names(cases: Collection[str]) -> str:
    more = f" and {len(cases) - _SHOWN} more" if len(cases) > _SHOWN else ""
    return ", ".join(sorted(cases)[:_SHOWN]) + more


def _digest(case: Case) -> str:
    came = case.request.model_dump(mode="json", exclude_unset=True, exclude={"call_secret", "created_at"})
    return hashlib.sha256(json.dumps(came, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _without_texts(run: Run) -> Run:
    rows = tuple(_row_without_texts(row) for row in run.rows)
    return Run(**{name: getattr(run, name) for name in Run.model_fields} | {"rows": rows})


def _row_without_texts(row: Row) -> Row:
    """Leave out exchanges, the comment, criteria with their quotes, all other texts, ids and the secret."""
    if row.result is None:
        return row.model_copy(update={"exchanges": ()})
    told = None
    if row.context is not None:
        prompt = row.context.prompt.model_copy(update={"sections": [], "cut": []})
        texts = ("criteria", "strengths", "concerns", "questions")
        lists: dict[str, list[str]] = {name: [] for name in texts}
        told = row.context.model_copy(update={**lists, "summary": "", "prompt": prompt}).model_dump(
            mode="json"
        )
    echoed = dict.fromkeys(("candidate_id", "pipeline_step_id", "call_secret"), "")
    result = row.result.model_copy(update={**echoed, "comment": None, "v": None, "context": told})
    kept = {name: getattr(row, name) for name in Row.model_fields}
    return Row(**kept | {"exchanges": (), "result": result})


def _write(path: Path, text: str) -> None:
    """Write beside the file and put it in its place, so that a reader never sees a half of it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=".tmp")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                file.write(text)
            Path(beside).chmod(0o644)
            Path(beside).replace(path)
        finally:
            Path(beside).unlink(missing_ok=True)
    except OSError as error:
        raise FixtureError(f"{path}: cannot be written: {error.strerror}") from None
