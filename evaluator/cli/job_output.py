"""How jobs are shown: as JSON of a stable shape, and for reading.

Shapes, as `--json` prints them; times are ISO 8601 in UTC, and what there is not is null:

    job      id, candidate_id, step_id, state, delivery, mode, status, pack, run, failed_tries, failure,
             delivery_note, owner, created_at, updated_at, finished_at, next_try_at, deadline_at, retain_until
    attempt  number, kind, at, outcome, status_code, duration_ms, detail

    list                    {"jobs": [job], "cursor": text}
    show                    {"job": job, "attempts": [attempt]}, with "request" and "result" where asked for
    retry, cancel, replay   {"changed": [job], "refused": [{"id": text, "reason": text}]}
    erase                   {"erased": [id], "marks": [text], "at": time, "overwritten": bool}

Fields may be added; none is renamed or taken away. May import everything below `cli`.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from evaluator.jobs.operations import Erased, Shown
from evaluator.storage.rows import Attempt, Job, Page

Refusals = Mapping[str, str]
"""Why something was not done, by job."""

_NO_WIDTH = 10_000
_WIDE = 120
_AGES = ((86_400, "d"), (3_600, "h"), (60, "m"), (1, "s"))


def as_json(value: Any) -> str:
    """Return a shape as text, in ASCII so that no terminal is steered by it."""
    return json.dumps(value, indent=2)


def console() -> Console:
    """Return standard output; where it is no terminal nothing is cut or folded to a width."""
    out = Console()
    return out if out.is_terminal else Console(width=_NO_WIDTH)


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
    }


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


def print_page(page: Page, out: Console, *, now: float) -> None:
    """Print a table of jobs, with reasons where there is room; ages are counted to `now`, epoch seconds."""
    folded = ("candidate", "step", "why") if out.width >= _WIDE else ("candidate", "step")
    table = _table("job", "state", "delivery", "age", folded=folded)
    for job in page.jobs:
        told = (str(job.candidate_id), str(job.step_id), job.delivery_note or job.failure or "")
        cells = (job.id, job.state, job.delivery, _age(now - job.created_at), *told[: len(folded)])
        table.add_row(*map(_plain, cells), style=_style(job))
    out.print(table)


def print_shown(shown: Shown, out: Console) -> None:
    """Print a job, its attempts, and what was asked for of what it holds."""
    facts = _table("", folded=("",))
    facts.show_header = False
    for name, value in job_shape(shown.job).items():
        if value is not None:
            facts.add_row(name.replace("_", " "), _plain(str(value)))
    out.print(facts)
    if shown.attempts:
        out.print()
        out.print(_attempts_table(shown.attempts))
    for name, held in (("request", shown.request), ("result", shown.result)):
        if held is not None:
            out.print(f"\n──── {name} ────", style="cyan", highlight=False)
            out.print(Text(as_json(held)), soft_wrap=True)


def _attempts_table(attempts: Sequence[Attempt]) -> Table:
    table = _table("try", "of", "at", "outcome", "HTTP", "ms", folded=("answer",))
    for each in attempts:
        status = "" if each.status_code is None else str(each.status_code)
        at = _time(each.at) or ""
        cells = (str(each.number), each.kind, at, each.outcome, status, str(each.duration_ms))
        table.add_row(*map(_plain, (*cells, each.detail or "")))
    return table


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


def _table(*names: str, folded: Sequence[str]) -> Table:
    """Return a table whose first columns are never cut, for ids are copied from them."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    for name in names:
        table.add_column(name, no_wrap=True)
    for name in folded:
        table.add_column(name, overflow="fold")
    return table


def _style(job: Job) -> str | None:
    if job.state == "failed" or job.delivery == "dead":
        return "red"
    return "yellow" if job.delivery == "held" else None


def _plain(text: str) -> Text:
    """Return `text` as one line that cannot steer the terminal."""
    return Text("".join(each if each.isprintable() else " " for each in text))


def _time(at: float | None) -> str | None:
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")


def _age(seconds: float) -> str:
    """Return an age in its largest whole unit."""
    size, unit = next(((size, unit) for size, unit in _AGES if seconds >= size), _AGES[-1])
    return f"{max(0, int(seconds // size))}{unit}"
