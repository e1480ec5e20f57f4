"""How jobs are shown: as JSON of a stable shape, and for reading.

Shapes, as `--json` prints them; times are ISO 8601 in UTC, and what there is not is null:

    job      id, candidate_id, step_id, state, delivery, mode, status, pack, run, failed_tries, failure,
             delivery_note, owner, created_at, updated_at, finished_at, next_try_at, deadline_at, retain_until
    attempt  number, kind, at, outcome, status_code, duration_ms, detail

    list                    {"jobs": [job], "cursor": text}
    show                    {"job": job, "attempts": [attempt]}, with "request" and "result" where asked for
    retry, cancel, replay   {"changed": [job], "refused": [{"id": text, "reason": text}]}
    erase                   {"erased": [id], "marks": [text], "at": time, "overwritten": bool, "records": int}

Fields may be added; none is renamed or taken away. May import everything below `cli`.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from evaluator.jobs.operations import Erased, Shown
from evaluator.storage.rows import Attempt, Job, Page
from evaluator.storage.transitions import OPEN, PENDING

Refusals = Mapping[str, str]
"""Why something was not done, by job."""

_WORDS = {"owner": "in the hand of process", "deadline_at": "tried until"}
"""Names for reading, where a field's own does not say what it is."""

_IDS = ("candidate_id", "step_id")
_BETWEEN = " · "
_INDENT = "  "
_NARROWEST = 20
"""Columns that words get at least, even where the terminal has fewer."""

_AGES = ((86_400, "d"), (3_600, "h"), (60, "m"), (1, "s"))


def as_json(value: Any) -> str:
    """Return a shape as text, in ASCII so that no terminal is steered by it."""
    return json.dumps(value, indent=2)


def page_shape(page: Page) -> dict[str, Any]:
    """Return what `list` prints."""
    return {"jobs": [job_shape(job) for job in page.jobs], "cursor": page.cursor}


def shown_shape(shown: Shown, *, request: bool, result: bool) -> dict[str, Any]:
    """Return what `show` prints."""
    told: dict[str, Any] = {
        "job": job_shape(shown.job),
        "attempts": [_attempt_shape(each) for each in shown.attempts],
    }
    told |= {"request": shown.request} if request else {}
    return told | ({"result": shown.result} if result else {})


def changes_shape(changed: Iterable[Job], refused: Refusals) -> dict[str, Any]:
    """Return what `retry`, `cancel` and `replay` print."""
    reasons = [{"id": job_id, "reason": reason} for job_id, reason in refused.items()]
    return {"changed": [job_shape(job) for job in changed], "refused": reasons}


def erased_shape(erased: Erased) -> dict[str, Any]:
    """Return what `erase` prints."""
    return {
        "erased": list(erased.job_ids),
        "marks": list(erased.marks),
        "at": _time(erased.at),
        "overwritten": erased.overwritten,
        "records": erased.records,
        "kept_cases": erased.cases,
        "run_results": erased.run_rows,
    }


def erased_text(erased: Erased) -> str:
    """Return what `erase` prints for reading."""
    count, more = len(erased.job_ids), ""
    if erased.records:
        more = f" What names or quotes them is erased from the audit record ({erased.records})."
    if erased.cases:
        more += f" They are taken out of the studio's cohorts (cases: {erased.cases})."
    if erased.run_rows:
        more += f" Results of drafts that were tried on them are erased ({erased.run_rows})."
    if count == 0:
        return f"No jobs of this candidate are held.{more}"
    if count == 1:
        return f"1 job erased, with its request, result and attempts.{more}"
    return f"{count} jobs erased, with their requests, results and attempts.{more}"


def cancelled_text(count: int) -> str:
    """Return what `replay --all` prints where it left deliveries that an operator cancelled."""
    if count == 1:
        return "1 delivery left, cancelled by an operator: name the job to replay it."
    return f"{count} deliveries left, cancelled by an operator: name the jobs to replay them."


def job_shape(job: Job) -> dict[str, Any]:
    """Return a job; the secret's mark is left out, for it is of no use to a person."""
    return {
        "id": job.id,
        "candidate_id": job.candidate_id,
        "step_id": job.step_id,
        "state": job.state,
        "delivery": job.delivery,
        "mode": job.mode,
        "status": job.status,
        "pack": job.pack,
        "run": job.run,
        "failed_tries": job.attempts,
        "failure": job.failure,
        "delivery_note": job.delivery_note,
        "owner": job.owner,
        "created_at": _time(job.created_at),
        "updated_at": _time(job.updated_at),
        "finished_at": _time(job.finished_at),
        "next_try_at": _time(job.next_try_at),
        "deadline_at": _time(job.deadline_at),
        "retain_until": _time(job.retain_until),
    }


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of a table: cells that are never cut, and what may stand below them for want of room.

    `ids` are cut in the middle there, `words` goes on over lines.
    """

    cells: tuple[str, ...]
    words: str
    ids: tuple[str, ...] = ()
    style: str = ""


def print_page(page: Page, out: Console, *, now: float) -> None:
    """Print jobs and reasons; ages are counted to `now`, epoch seconds."""
    rows = [_Row(("job", "state", "delivery", "age"), "why", ("candidate", "step"), "bold")]
    for job in page.jobs:
        cells = (job.id, job.state, job.delivery, _age(now - job.created_at))
        ids = (_plain(str(job.candidate_id)), _plain(str(job.step_id)))
        rows.append(_Row(cells, _plain(job.delivery_note or job.failure or ""), ids, _style(job)))
    _print_rows(rows, out)


def print_shown(shown: Shown, out: Console) -> None:
    """Print a job, its attempts, and what was asked for of what it holds."""
    _print_facts(shown.job, out)
    if shown.attempts:
        out.print()
        _print_rows(
            [_Row(("try", "of", "at", "outcome", "HTTP", "ms"), "answer", style="bold")]
            + [_attempt_row(each) for each in shown.attempts],
            out,
        )
    for name, held in (("request", shown.request), ("result", shown.result)):
        if held is not None:
            out.print(f"\n──── {name} ────", style="cyan", highlight=False)
            _print(as_json(held), out)


def _print_facts(job: Job, out: Console) -> None:
    """Print what is known of a job, a fact a line; a time to try until, while something is tried alone."""
    tried = job.state in OPEN or job.delivery in PENDING
    facts = {
        name: _plain(str(value))
        for name, value in job_shape(job).items()
        if value is not None and (tried or name != "deadline_at")
    }
    labels = {name: _WORDS.get(name, name.replace("_", " ")) for name in facts}
    width = max(map(len, labels.values())) + 1
    for name, value in facts.items():
        lines = [value]
        if out.is_terminal:
            room = out.width - width
            lines = [_cut(value, room)] if name in _IDS else _wrapped(value, out, room)
        for place, line in enumerate(lines):
            _print(f"{'' if place else labels[name]:{width}}{line}", out)


def _attempt_row(attempt: Attempt) -> _Row:
    status = "" if attempt.status_code is None else str(attempt.status_code)
    at = _time(attempt.at) or ""
    cells = (str(attempt.number), attempt.kind, at, attempt.outcome, status, str(attempt.duration_ms))
    return _Row(cells, _plain(attempt.detail or ""))


def _attempt_shape(attempt: Attempt) -> dict[str, Any]:
    return {
        "number": attempt.number,
        "kind": attempt.kind,
        "at": _time(attempt.at),
        "outcome": attempt.outcome,
        "status_code": attempt.status_code,
        "duration_ms": attempt.duration_ms,
        "detail": attempt.detail,
    }


def _print_rows(rows: Sequence[_Row], out: Console) -> None:
    """Print each row in one line, and where a terminal has no room for that in several."""
    lines = _aligned([(*row.cells, *row.ids, row.words) for row in rows])
    if not out.is_terminal or max(map(cell_len, lines)) <= out.width:
        blocks = [[line] for line in lines]
    else:
        firsts = _aligned([row.cells for row in rows])
        blocks = [[first, *_below(row, out)] for first, row in zip(firsts, rows, strict=True)]
    for row, block in zip(rows, blocks, strict=True):
        for line in block:
            _print(line, out, row.style)


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows as lines, their columns one below the other."""
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    return [" ".join(map(set_cell_size, row, widths)) for row in rows]


def _below(row: _Row, out: Console) -> list[str]:
    """Return what stands below a row's cells: its ids in one line, its words in as many as they take."""
    room = out.width - len(_INDENT)
    ids = [_beside(row.ids, room)] if row.ids else []
    return [_INDENT + line for line in (*ids, *_wrapped(row.words, out, room))]


def _beside(ids: Sequence[str], room: int) -> str:
    """Return ids in one line; one that is short leaves its room to the others."""
    room -= len(_BETWEEN) * (len(ids) - 1)
    shown: list[str] = []
    for place, each in enumerate(ids):
        others = ids[place + 1 :]
        share = max(room // (1 + len(others)), room - sum(map(cell_len, others)))
        shown.append(_cut(each, share))
        room -= cell_len(shown[-1])
    return _BETWEEN.join(shown)


def _cut(text: str, room: int) -> str:
    """Return `text` without its middle where it is longer than `room`, in columns of the terminal."""
    if cell_len(text) <= room:
        return text
    tail = (room - 1) // 2
    return set_cell_size(text, room - 1 - tail) + "…" + set_cell_size(text[::-1], tail)[::-1]


def _wrapped(text: str, out: Console, room: int) -> list[str]:
    return [line.plain for line in Text(text).wrap(out, max(room, _NARROWEST))] if text else []


def _print(text: str, out: Console, style: str = "") -> None:
    out.print(Text("\n".join(line.rstrip() for line in text.split("\n")), style), soft_wrap=True)


def _style(job: Job) -> str:
    if job.state == "failed" or job.delivery == "dead":
        return "red"
    return "yellow" if job.delivery == "held" else ""


def _plain(text: str) -> str:
    """Return `text` as one line that cannot steer the terminal."""
    return "".join(each if each.isprintable() else " " for each in text)


def _time(at: float | None) -> str | None:
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")


def _age(seconds: float) -> str:
    """Return an age in its largest whole unit."""
    size, unit = next(((size, unit) for size, unit in _AGES if seconds >= size), _AGES[-1])
    return f"{max(0, int(seconds // size))}{unit}"
