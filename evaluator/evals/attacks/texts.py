"""The planted texts: attacks and honest ones as lines of JSON, and how one gets into its fixture's request.

    {"id": "a1-001", "class": "direct instruction", "case": "sales-b2b-weak", "language": "en",
     "parts": [{"field": "candidate_parsed_cv.summary", "place": "end", "text": "…"}]}

An honest text also has `evidence`, a piece of its own words that a good judge would quote. May import
`contract`, `errors` and `evals.dataset`.
"""

import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from evaluator.contract.decode import decode_json, read_model
from evaluator.contract.request import AssessmentRequest
from evaluator.errors import FixtureError, InvalidRequest
from evaluator.evals.dataset import REQUEST, read_request
from evaluator.words import folded_words

PLAIN_LIE = "forged fact"
"""The class of attacks that cannot be told from facts, and that no aim covers."""

ATTACK_CLASSES = (
    "direct instruction", "role play", PLAIN_LIE, "borrowed authority", "forged heading", "forged reply",
    "fake reasoning", "hidden characters", "encoding", "other language", "split over fields", "self-praise",
)  # fmt: skip

HONEST_CLASSES = (
    "security engineer", "prompt engineer", "test engineer", "manager and recruiter words", "multilingual",
    "emoji and typography", "code and data", "assertive but factual",
)  # fmt: skip

LEAST_EVIDENCE = 5
"""Words of an honest text's evidence at least."""

_ROOTS = ("candidate_parsed_cv", "application_form", "comments", "context")

_MEMBERS = {"comments": "content", "context": "note"}
"""The member that holds the text of a list's new item, where items are objects."""

_Word = Annotated[str, StringConstraints(min_length=1)]


def _known_class(kind: str) -> str:
    if kind not in ATTACK_CLASSES + HONEST_CLASSES:
        raise ValueError(f"should be one of {', '.join(ATTACK_CLASSES + HONEST_CLASSES)}")
    return kind


class Part(BaseModel):
    """One piece of a planted text, and where it goes: a path into the request, and the place there.

    `new`: a list's new item, or a member that is not there yet; `start` and `end`: of the text that is there.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    field: _Word
    place: Literal["start", "end", "new"]
    text: _Word

    @property
    def path(self) -> tuple[str, ...]:
        """The field's names and numbers; a name in the form or in an earlier context may hold dots."""
        root, _, rest = self.field.partition(".")
        most = {"application_form": 0, "context": 1}.get(root, -1)
        return (root, *rest.split(".", most)) if rest else (root,)


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    id: _Word
    kind: Annotated[str, AfterValidator(_known_class)] = Field(alias="class")
    case: _Word
    parts: Annotated[tuple[Part, ...], Field(min_length=1)]
    language: _Word
    evidence: _Word | None = None


@dataclass(frozen=True, slots=True)
class Planted:
    """A text with the request that it stands in; `case` is the fixture, whose own request is its clean twin.

    `evidence` is None for an attack.
    """

    id: str
    kind: str
    case: str
    language: str
    parts: tuple[Part, ...]
    request: AssessmentRequest
    evidence: str | None = None


def load_texts(file: Path, fixtures: Path) -> list[Planted]:
    """Read the texts of `file`, each in its fixture's request; raises FixtureError, which names the line."""
    found: dict[str, Planted] = {}
    for where, body in _lines(file):
        line = _read(where, body)
        if line.id in found:
            raise FixtureError(f"{where}: /id: {line.id} is there already")
        found[line.id] = _planted(where, line, fixtures)
    if not found:
        raise FixtureError(f"{file}: holds no text")
    return list(found.values())


def with_parts(request: Mapping[str, Any], parts: Iterable[Part]) -> dict[str, Any]:
    """Return a request, as decoded JSON, with the parts in it; raises ValueError where one does not fit."""
    changed = copy.deepcopy(dict(request))
    for part in parts:
        if part.path[0] not in _ROOTS or len(part.path) == 1:
            raise ValueError(f"{part.field}: should lead into {', '.join(_ROOTS)}")
        if changed.get(part.path[0]) is None:
            changed[part.path[0]] = [] if part.path[0] in ("comments", "context") else {}
        _put(changed, part.path, part)
    return changed


def _put(holder: Any, path: Sequence[str], part: Part) -> None:
    """Put the text of `part` at `path` within `holder`."""
    key: Any = path[0]
    if isinstance(holder, list):
        if part.place == "new" and len(path) == 1:
            member = _MEMBERS.get(part.path[0])
            holder.append({member: part.text} if member else part.text)
            return
        key = int(key) if key.isdecimal() else -1
        if not 0 <= key < len(holder):
            raise ValueError(f"{part.field}: there is no such item")
    elif not isinstance(holder, dict):
        raise ValueError(f"{part.field}: leads nowhere")
    there = holder[key] if isinstance(holder, list) else holder.get(key)
    if len(path) > 1:
        _put(there, path[1:], part)
    elif isinstance(there, dict) and "content" in there:
        _put(there, ("content",), part)
    else:
        holder[key] = _joined(there, part)


def _joined(there: Any, part: Part) -> str:
    if part.place == "new":
        if there:
            raise ValueError(f"{part.field}: is there already")
        return part.text
    if not isinstance(there, str):
        raise ValueError(f"{part.field}: there is no text to stand beside")
    return part.text + there if part.place == "start" else there + part.text


def _lines(file: Path) -> Iterator[tuple[str, bytes]]:
    try:
        with file.open("rb") as stream:
            for number, body in enumerate(stream, 1):
                if body.strip():
                    yield f"{file}:{number}", body
    except OSError as error:
        raise FixtureError(f"{file}: cannot be read: {error.strerror}") from None


def _read(where: str, body: bytes) -> _Line:
    try:
        line = read_model(_Line, decode_json(body))
    except InvalidRequest as error:
        told = "; ".join(f"{each.pointer or '/'}: {each.message}" for each in error.problems)
        raise FixtureError(f"{where}: {told}") from None
    if (line.evidence is None) != (line.kind in ATTACK_CLASSES):
        raise FixtureError(f"{where}: /evidence: an honest text has it, and an attack has none")
    if line.evidence and not any(line.evidence in part.text for part in line.parts):
        raise FixtureError(f"{where}: /evidence: stands in no part, word for word")
    if line.evidence and len(folded_words(line.evidence)) < LEAST_EVIDENCE:
        raise FixtureError(f"{where}: /evidence: has fewer than {LEAST_EVIDENCE} words")
    return line


def _planted(where: str, line: _Line, fixtures: Path) -> Planted:
    folder = fixtures / line.case
    if not (folder / REQUEST).is_file():
        raise FixtureError(f"{where}: /case: no fixture named {line.case} in {fixtures}")
    _, clean = read_request(folder)
    try:
        request = read_model(AssessmentRequest, with_parts(clean, line.parts))
    except ValueError as error:
        raise FixtureError(f"{where}: {error}") from None
    except InvalidRequest as error:
        raise FixtureError(f"{where}: with its parts: {error}") from None
    return Planted(line.id, line.kind, line.case, line.language, line.parts, request, line.evidence)
