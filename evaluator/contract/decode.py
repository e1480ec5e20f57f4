"""Strict reading of JSON text, and of the contract's models from it.

Where two readers of one text could see two values, the text is refused: duplicate keys, NaN and
Infinity, numbers out of range, lone surrogates, other encodings than UTF-8. May import
`errors` and `json_numbers`.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from evaluator.errors import InvalidRequest, Problem
from evaluator.json_numbers import NoJsonNumber, finite, no_constant

MAX_DEPTH = 64
"""Levels of nesting taken; the contract itself needs six."""

MAX_VALUES = 50_000
"""Values taken, each member and item counted: small ones by the million would hold up everyone else."""

_Path = tuple[str | int, ...]

_ModelT = TypeVar("_ModelT", bound=BaseModel)


def decode_json(body: bytes) -> Any:
    """Return the value that the UTF-8 JSON text `body` holds.

    Raises InvalidRequest with the pointer "" or the place of the fault; the text is never quoted.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _refused(f"must be UTF-8; byte {error.start} is not") from None
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=no_constant, parse_float=finite)
    except RecursionError:
        raise _refused(f"nested deeper than {MAX_DEPTH} levels") from None
    except json.JSONDecodeError as error:
        raise _refused(f"not valid JSON at line {error.lineno}, column {error.colno}: {error.msg}") from None
    except NoJsonNumber as error:
        raise _refused(str(error)) from None
    except ValueError:  # an integer beyond sys.int_info's digit limit
        raise _refused("holds a number with too many digits") from None
    if not _is_plain(value, text):
        _walk(value)
    return value


def read_model(model: type[_ModelT], value: Any) -> _ModelT:
    """Validate a decoded JSON `value` as `model`; raises InvalidRequest with every problem found."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise InvalidRequest(problems_of(error.errors(include_input=False), sent=value)) from None


def problems_of(errors: Sequence[Any], prefix: _Path = (), *, sent: Any = None) -> list[Problem]:
    """Turn pydantic's error dicts (`loc`, `type`, `msg`) into problems without values.

    A field that takes several types gives one problem, not one for each. With `sent`, the value that
    was validated, the pointers are true for it also where one object stood for a list of one.
    """
    branches = Counter(tuple(error["loc"][:-1]) for error in errors if _names_a_type(error))
    found: dict[_Path, list[Any]] = {}
    for error in errors:
        path: _Path = tuple(error["loc"])
        field = path[:-1] if _names_a_type(error) and branches[path[:-1]] > 1 else path
        found.setdefault(field, []).append(error)
    return [Problem(pointer((*prefix, *_as_sent(at, sent))), _message(each)) for at, each in found.items()]


def pointer(path: _Path) -> str:
    """Return the JSON pointer of `path` (RFC 6901 §3: `~` is `~0`, `/` is `~1`)."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


_EXPECTED = {
    "string_type": "text",
    "float_type": "a number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "list_type": "a list",
    "dict_type": "an object",
    "model_type": "an object",
}
"""What pydantic's errors of type ask for, in the words of JSON."""

_SUBJECT = re.compile(r"^(Input|String|List|Dictionary) should ")

_BRANCHES = {"str": "string_type", "int": "int_type", "float": "float_type"}
"""The part that pydantic adds to `loc` for a type out of several, and the error under it."""


def _names_a_type(error: Any) -> bool:
    """Tell whether the last part of `loc` may be no field but one type out of several."""
    return bool(error["loc"]) and _BRANCHES.get(error["loc"][-1]) == error["type"]


def _as_sent(path: _Path, sent: Any) -> _Path:
    """Leave out the index 0 where an object was taken for a list of one."""
    kept: list[str | int] = []
    for part in path:
        if part == 0 and isinstance(sent, Mapping):
            continue
        kept.append(part)
        sent = _member(sent, part)
    return tuple(kept)


def _member(value: Any, part: str | int) -> Any:
    if isinstance(value, Mapping):
        return value.get(part)
    inside = isinstance(value, list) and isinstance(part, int) and part < len(value)
    return value[part] if inside else None


def _message(errors: Sequence[Any]) -> str:
    kinds = [error["type"] for error in errors]
    expected = [words for kind, words in _EXPECTED.items() if kind in kinds]
    if "a number" in expected:
        expected = [words for words in expected if words != "a whole number"]
    if expected:
        return f"must be {' or '.join(expected)}"
    if kinds[0] == "missing":
        return "required, and not there"
    if kinds[0] == "extra_forbidden":
        return "not known here"
    message = _SUBJECT.sub("must ", str(errors[0]["msg"])).removeprefix("Value error, ")
    return message[:1].lower() + message[1:]


def _refused(message: str, path: _Path = ()) -> InvalidRequest:
    return InvalidRequest([Problem(pointer(path), message)])


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _refused("an object holds the same key twice; each key may stand once")
    return members


def _is_plain(root: Any, text: str) -> bool:
    """Tell, at a tenth of the cost, that `_walk` would find nothing; level by level, containers alone.

    Half of a surrogate pair can only come from an escape, since the text itself was UTF-8.
    """
    if "\\ud" in text or "\\uD" in text:
        return False
    level, count = [root] if isinstance(root, dict | list) else [], 1
    for _ in range(MAX_DEPTH):
        count += sum(map(len, level))
        if not level or count > MAX_VALUES:
            break
        level = [
            inner
            for outer in level
            for inner in (outer.values() if type(outer) is dict else outer)
            if inner and (type(inner) is dict or type(inner) is list)
        ]
    return not level and count <= MAX_VALUES


def _walk(root: Any) -> None:
    """Refuse what is nested too deep, too many values, and lone surrogates, which have no UTF-8 form.

    Does not recurse.
    """
    stack: list[tuple[Any, _Path]] = [(root, ())]
    count = 1
    while stack:
        value, path = stack.pop()
        if isinstance(value, str):
            _check_text(value, path)
        size = len(value) if isinstance(value, dict | list) else 0
        count += size
        if count > MAX_VALUES:
            raise _refused(f"holds more than {MAX_VALUES} values")
        if size and len(path) >= MAX_DEPTH:
            raise _refused(f"nested deeper than {MAX_DEPTH} levels", path[:3])
        for part, member in _members(value):
            _check_text(str(part), path)
            stack.append((member, (*path, part)))


def _members(value: Any) -> Iterable[tuple[str | int, Any]]:
    if isinstance(value, dict):
        return value.items()
    return enumerate(value) if isinstance(value, list) else ()


def _check_text(text: str, path: _Path) -> None:
    if not text.isascii():
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            raise _refused("holds half of a surrogate pair, which is no character", path) from None
