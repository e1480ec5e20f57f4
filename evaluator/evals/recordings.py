"""Recordings of what was asked of a model and what it wrote, one JSON object a line, beside the cases.

    {"case": …, "pack": …, "repeat": 0, "take": 0, "key": …, "at": …, "by": …, "asked": {…}, "seconds": …,
     "answer": {…} or "error": {…}}

A recording is found by its key, the SHA-256 of `asked`: model, messages, schema and parameters. It holds
no key, no header and no URL, as what is asked holds none. May import `contract`, `models.ask`, `errors`
and `evals.dataset`.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from evaluator.errors import FixtureError
from evaluator.evals.dataset import Case
from evaluator.models.ask import Ask

FILE = "recordings.jsonl"
"""The file of a case that has a folder."""

BESIDE = ".recordings.jsonl"
"""What is put behind the name of a file of cases for the file of their recordings."""


@dataclass(frozen=True, slots=True)
class Recording:
    """One exchange. `take` counts the times that the same was asked in one assessment, from 0.

    `at` is when it was made, ISO 8601 in UTC; `seconds` what it took, waiting included; `by` what answered:
    the offline rater is no model. `answer` is None where `error`, a lasting failure, came instead.
    """

    case: str
    pack: str
    repeat: int
    take: int
    key: str
    at: str
    by: Literal["model", "offline heuristic"]
    asked: Mapping[str, Any]
    seconds: float
    answer: Mapping[str, Any] | None = None
    error: Mapping[str, Any] | None = None
    tokens: Mapping[str, int] = field(default_factory=dict)
    """Token counts of the prompt's parts, by a hash of each, so that a replay need not count them."""

    def __post_init__(self) -> None:
        """Raise ValueError for what cannot be replayed."""
        came = self.error if self.answer is None else self.answer
        if not isinstance(self.asked, dict) or not isinstance(came, dict) or "model" not in self.asked:
            raise ValueError("neither an answer nor an error to a question")

    @property
    def model(self) -> str:
        """The model that was asked, by the name it was asked by."""
        return str(self.asked["model"])

    @property
    def offline(self) -> bool:
        """Whether the offline rater answered."""
        return self.by == "offline heuristic"

    @property
    def place(self) -> tuple[str, str, str, int, str, int]:
        """What there is one recording of, for a case."""
        return self.pack, self.model, self.by, self.repeat, self.key, self.take


def asked_of(ask: Ask) -> dict[str, Any]:
    """Return what is asked, as JSON; the order of a schema's members is a part of it."""
    return {
        "model": ask.model,
        "messages": [{"role": each.role, "content": each.content} for each in ask.messages],
        "parameters": {
            "temperature": ask.temperature,
            "seed": ask.seed,
            "max_output_tokens": ask.max_output_tokens,
        },
        "schema_name": ask.schema_name,
        "schema": ask.schema,
    }


def key_of(asked: Mapping[str, Any]) -> str:
    """Return the SHA-256 of `asked` as JSON without white space, its members in the order they have."""
    return hashlib.sha256(json.dumps(asked, separators=(",", ":")).encode()).hexdigest()


class RecordingFile:
    """The recordings of one case, or of one file of cases; read when it is made, whole."""

    def __init__(self, path: Path) -> None:
        """Read `path`, which need not be there; raises FixtureError that names file and line."""
        self.path = path
        self._by_case: dict[str, list[Recording]] = {}
        self._untidy = self._torn = False
        for recording in self._read():
            self._replace(recording.case, [recording], stays=lambda _: True)

    def of_case(self, case: str) -> Sequence[Recording]:
        """Return what is recorded of a case."""
        return self._by_case.get(case, ())

    def keep(self, made: Sequence[Recording], asked: Set[str]) -> None:
        """Write recordings of one assessment, whose questions have the keys `asked`.

        They take the places of those of the same questions. What the same pack and model were asked about
        the case before, and are not asked now, is dropped. Raises FixtureError.
        """
        if not made:
            return
        first = made[0]
        own = (first.pack, first.model, first.by)
        self._replace(first.case, made, lambda old: old.key in asked or (old.pack, old.model, old.by) != own)
        self._untidy = True
        if self._torn:
            self.tidy()
        else:
            self._write("ab", made)

    def tidy(self) -> None:
        """Write the file anew, in order and without what is no longer asked; raises FixtureError."""
        if not self._untidy:
            return
        ordered = [
            recording
            for case in sorted(self._by_case)
            for recording in sorted(self._by_case[case], key=lambda each: each.place)
        ]
        self._write("wb", ordered)
        self._untidy = self._torn = False

    def _replace(self, case: str, made: Sequence[Recording], stays: Callable[[Recording], bool]) -> None:
        places = {each.place for each in made}
        kept = [old for old in self._by_case.get(case, ()) if old.place not in places and stays(old)]
        self._by_case[case] = [*kept, *made]

    def _read(self) -> Iterator[Recording]:
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return
        except OSError as error:
            raise FixtureError(f"{self.path}: cannot be read: {error.strerror}") from None
        lines = content.split(b"\n")
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                yield Recording(**json.loads(line))
            except (ValueError, TypeError):
                if number < len(lines):
                    raise FixtureError(f"{self.path}:{number}: is no recording") from None
                self._untidy = self._torn = True  # the program was ended while it wrote

    def _write(self, mode: Literal["ab", "wb"], recordings: Sequence[Recording]) -> None:
        content = b"".join(map(_line, recordings))
        try:
            if mode == "ab":
                with self.path.open(mode) as file:
                    file.write(content)
            else:
                _put_in_place(self.path, content)
        except OSError as error:
            raise FixtureError(f"{self.path}: cannot be written: {error.strerror}") from None


class Recordings:
    """The recordings of a set of cases; each file is read once, when it is first needed."""

    def __init__(self, beside: Path | None = None) -> None:
        """`beside`: the file that the cases came from, where they have no folders of their own."""
        self._beside = beside
        self._files: dict[Path, RecordingFile] = {}

    def of(self, case: Case) -> RecordingFile | None:
        """Return the file of a case, None where it has no place for one; raises FixtureError."""
        path = self._path(case)
        if path is None:
            return None
        if path not in self._files:
            self._files[path] = RecordingFile(path)
        return self._files[path]

    def tidy(self) -> None:
        """Write in order what was recorded; raises FixtureError."""
        for file in self._files.values():
            file.tidy()

    def _path(self, case: Case) -> Path | None:
        if case.folder is not None:
            return case.folder / FILE
        return None if self._beside is None else self._beside.with_name(self._beside.name + BESIDE)


def _line(recording: Recording) -> bytes:
    """Return the line of a recording; halves of surrogate pairs, which models write, only fit escaped."""
    members = {each.name: getattr(recording, each.name) for each in fields(recording)}
    told = {name: value for name, value in members.items() if value not in (None, {})}
    try:
        return json.dumps(told, ensure_ascii=False).encode() + b"\n"
    except UnicodeEncodeError:
        return json.dumps(told).encode() + b"\n"


def _put_in_place(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or as it was before."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_bytes(content)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
