"""Strict reading of JSON text, and of the contract's models from it.

Where two readers of one text could see two values, the text is refused: duplicate keys, NaN and
Infinity, numbers out of range, lone surrogates, other encodings than UTF-8. May import `errors`.
"""

import json
import math
from typing import Any, Never, TypeVar

from pydantic import BaseModel, ValidationError

from evaluator.errors import InvalidRequest, Problem

MAX_DEPTH = 64
"""Levels of nesting taken; the contract itself needs six."""

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
        value = json.loads(
            text, object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite
        )
    except RecursionError:
        raise _refused(f"nested deeper than {MAX_DEPTH} levels") from None
    except json.JSONDecodeError as error:
        raise _refused(
            f"not valid JSON at line {error.lineno}, column {error.colno}: {error.msg}"
        ) from None
    except ValueError:  # an integer beyond sys.int_info's digit limit
        raise _refused("holds a number with too many digits") from None
    _walk(value)
    return value


def read_model(model: type[_ModelT], value: Any) -> _ModelT:
    """Validate a decoded JSON `value` as `model`; raises InvalidRequest with every problem found."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise InvalidRequest(problems_of(error.errors(include_input=False))) from None


def problems_of(errors: Any, prefix: tuple[str | int, ...] = ()) -> list[Problem]:
    """Turn pydantic's error dicts (`loc`, `type`, `msg`, `ctx`) into problems without values."""
    return [Problem(pointer((*prefix, *error["loc"])), _message(error)) for error in errors]


def pointer(path: tuple[str | int, ...]) -> str:
    """Return the JSON pointer of `path` (RFC 6901 §3: `~` is `~0`, `/` is `~1`)."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def _message(error: Any) -> str:
    message = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "missing":
        return "required, and not there"
    return message[:1].lower() + message[1:]


def _refused(message: str, path: tuple[str | int, ...] = ()) -> InvalidRequest:
    return InvalidRequest([Problem(pointer(path), message)])


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _refused("an object holds the same key twice; each key may stand once")
    return members


def _no_constant(_: str) -> Never:
    raise _refused("holds NaN or Infinity, which JSON does not have")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise _refused("holds a number beyond the range of a double")
    return number


def _walk(root: Any) -> None:
    """Refuse lone surrogates, which have no UTF-8 form, and too deep nesting; never recurses."""
    stack: list[tuple[Any, tuple[str | int, ...]]] = [(root, ())]
    while stack:
        value, path = stack.pop()
        if len(path) > MAX_DEPTH:
            raise _refused(f"nested deeper than {MAX_DEPTH} levels", path[:3])
        if isinstance(value, str):
            _check_text(value, path)
        elif isinstance(value, dict):
            for key, member in value.items():
                _check_text(key, path)
                stack.append((member, (*path, key)))
        elif isinstance(value, list):
            stack.extend((item, (*path, index)) for index, item in enumerate(value))


def _check_text(text: str, path: tuple[str | int, ...]) -> None:
    if not text.isascii():
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            raise _refused("holds half of a surrogate pair, which is no character", path) from None
