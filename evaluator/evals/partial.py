"""The rows of a run that is not finished, one JSON object a line, so that `--resume` can go on.

    {"format": 1, "program": …, "replies": …, "contestants": […], "cases": {name: digest}, "packs": …}
    {"label": "default", "request": digest, "row": {…}}

Rows are appended as they come; a last line that was torn by a crash is cut off. The file holds prompts and
replies: only its owner can read it, and it is removed when the run is complete. May import `contract`,
`errors`, `evals.dataset` and `evals.runs`.
"""

import hashlib
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import IO, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

import evaluator
from evaluator.errors import FixtureError
from evaluator.evals.dataset import Case
from evaluator.evals.runs import Contestant, Row

_NAME = "unfinished-{at:%Y%m%dT%H%M%S}-{process}.jsonl"
_NAMES = "unfinished-*.jsonl"
_MOST_FILES = 5


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Header(_Line):
    """What a run is known by. Rows are taken over only where all of it but the cases is the same."""

    format: Literal[1] = 1
    program: str = Field(description="See `program_stamp`.")
    replies: str = Field(description="Where replies come from: `auto`, `replay`, `live` or `record`.")
    endpoint: str | None = Field(default=None, description="See `endpoint_digest`; None: the offline rater.")
    contestants: tuple[Contestant, ...]
    cases: Mapping[str, str] = Field(description="By name, the digest of the request.")
    packs: Mapping[str, str] = Field(
        default_factory=dict, description="By name, the hash of each pack that requests choose themselves."
    )


class _Entry(_Line):
    label: str
    request: str
    row: Row


class Partial:
    """The file of a run under way."""

    def __init__(self, path: Path, file: IO[bytes], digests: Mapping[str, str]) -> None:
        """Take a file that is open for appending, and the digests of the cases' requests by name."""
        self.path = path
        self._file = file
        self._digests = digests

    def add(self, label: str, row: Row) -> None:
        """Append a row of the contestant `label`. Raises FixtureError where it cannot be written."""
        try:
            entry = _Entry(label=label, request=self._digests[row.case], row=row)
            self._file.write(entry.model_dump_json().encode() + b"\n")
            self._file.flush()
        except OSError as error:
            raise _unwritable(self.path, error) from None

    def close(self) -> None:
        """Leave the file for `--resume`."""
        self._file.close()

    def remove(self) -> None:
        """Close the file and remove it: the run is complete."""
        self._file.close()
        self.path.unlink(missing_ok=True)


def program_stamp() -> str:
    """Return the program's version and a digest of its own code and tables: a line of scoring counts."""
    digest, root = hashlib.sha256(), Path(evaluator.__file__).parent
    for path in sorted(path for kind in ("*.py", "*.toml") for path in root.rglob(kind)):
        digest.update(path.read_bytes())
    return f"{evaluator.__version__} {digest.hexdigest()[:16]}"


def endpoint_digest(base_url: str | None) -> str | None:
    """Return what tells an endpoint from others without naming it; None where there is none."""
    return None if base_url is None else hashlib.sha256(base_url.rstrip("/").encode()).hexdigest()


def digests(cases: Sequence[Case]) -> dict[str, str]:
    """Return by name the SHA-256 of each case's request; what is expected of it changes no row."""
    return {case.name: hashlib.sha256(case.request.model_dump_json().encode()).hexdigest() for case in cases}


def begin(folder: Path, header: Header, now: datetime) -> Partial:
    """Begin a file in `folder`; of older unfinished ones the newest four stay."""
    path = folder / _NAME.format(at=now, process=os.getpid())
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for old in _newest_first(folder)[_MOST_FILES - 1 :]:
            old.unlink(missing_ok=True)
        file = os.fdopen(os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb")
        file.write(header.model_dump_json().encode() + b"\n")
        file.flush()
    except OSError as error:
        raise _unwritable(path, error) from None
    return Partial(path, file, header.cases)


def to_resume(folder: Path, header: Header) -> Path:
    """Return the newest unfinished run in `folder` that is of this one, else the newest of all.

    Raises FixtureError where there is none.
    """
    found = _newest_first(folder)
    for path in found:
        with suppress(FixtureError):
            _check(path, _read(path)[0], header)
            return path
    if not found:
        raise FixtureError(f"{folder}: holds no unfinished run to resume")
    return found[0]


def resume(path: Path, header: Header) -> tuple[Partial, Mapping[str, Sequence[Row]]]:
    """Open an unfinished run to go on with it, and return by label the rows that still stand.

    A row stands where the request of its case and the pack that it was judged by are the same, and it has
    a result; a case that failed is tried again. Raises FixtureError where the file is no unfinished run,
    or one of others: what differs is told.
    """
    was, entries, whole = _read(path)
    _check(path, was, header)
    kept: dict[str, list[Row]] = {each.label: [] for each in header.contestants}
    for entry in entries:
        if _stands(entry, header):
            kept[entry.label].append(entry.row)
    try:
        file = path.open("r+b")
        file.truncate(whole)
        file.seek(whole)
    except OSError as error:
        raise _unwritable(path, error) from None
    return Partial(path, file, header.cases), kept


def _read(path: Path) -> tuple[Header, list[_Entry], int]:
    """Return what a file holds, and how many bytes of it are whole lines."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise FixtureError(f"{path}: cannot be read: {error.strerror}") from None
    whole = content[: content.rfind(b"\n") + 1]
    first, *others = whole.splitlines() or [b""]
    try:
        return (
            Header.model_validate_json(first),
            [_Entry.model_validate_json(line) for line in others],
            len(whole),
        )
    except ValidationError:
        raise FixtureError(f"{path}: is no unfinished run that this program wrote") from None


def _check(path: Path, was: Header, now: Header) -> None:
    if told := _difference(was, now):
        raise FixtureError(f"{path}: is not gone on with: {told}; leave --resume out to begin anew")


def _difference(was: Header, now: Header) -> str:
    """Say what keeps the rows of one run from standing in another; empty where nothing does."""
    before = {each.label: each for each in was.contestants}
    after = {each.label: each for each in now.contestants}
    if was.program != now.program:
        return f"it was judged by the program {was.program}, which is {now.program} now"
    if before.keys() != after.keys():
        return f"it was judged by {', '.join(before)}, and this run is by {', '.join(after)}"
    if was.endpoint != now.endpoint:
        return _other_endpoint(was.endpoint, now.endpoint)
    if changed := [label for label in after if before[label] != after[label]]:
        return f"the pack or the model of {', '.join(changed)} has changed since"
    if was.replies != now.replies:
        return f"it took its replies by {_option(was)}, and this run takes them by {_option(now)}"
    return "" if was.cases.keys() & now.cases.keys() else "none of its cases is in this run"


def _other_endpoint(was: str | None, now: str | None) -> str:
    if was and now:
        return "it asked another endpoint: EVALUATOR_MODEL_BASE_URL is not what it was"
    asked, asks = ("an endpoint" if each else "the offline rater" for each in (was, now))
    return f"it asked {asked}, and this run asks {asks}"


def _option(header: Header) -> str:
    return "default" if header.replies == "auto" else f"--{header.replies}"


def _stands(entry: _Entry, now: Header) -> bool:
    context = entry.row.context
    if context is None or entry.request != now.cases.get(entry.row.case):
        return False
    return now.packs.get(context.pack.name, context.pack.hash) == context.pack.hash


def _newest_first(folder: Path) -> list[Path]:
    return sorted(folder.glob(_NAMES), reverse=True)


def _unwritable(path: Path, error: OSError) -> FixtureError:
    return FixtureError(f"{path}: cannot be written: {error.strerror}")
