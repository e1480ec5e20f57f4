"""Making a value that fits a JSON Schema, as near as possible to a wanted one.

Whatever is made is checked against the schema before it is used: a schema that cannot be filled, or
holds a keyword not known here, is refused and never half honoured. May import nothing of the package.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

MAX_VALUES = 100_000
"""Values that are made for one schema, each member and item counted."""
MAX_DEPTH = 48
"""Levels of nesting and of references that are followed."""
MAX_ITEMS = 1_000
"""Items that a required length may ask for."""
MAX_LENGTH = 10_000
"""Characters that a required length may ask for."""

_ANNOTATIONS = frozenset((
    "title", "description", "default", "examples", "example", "deprecated", "readOnly", "writeOnly",
    "format", "nullable", "strict", "name", "$schema", "$id", "$anchor", "$comment", "$defs",
    "definitions", "contentEncoding", "contentMediaType",
))  # fmt: skip
_KNOWN = frozenset((
    "type", "enum", "const", "properties", "required", "additionalProperties", "items", "prefixItems",
    "minItems", "maxItems", "uniqueItems", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
    "multipleOf", "minLength", "maxLength", "minProperties", "maxProperties", "anyOf", "oneOf", "allOf",
    "$ref",
))  # fmt: skip
_TAKEN = _KNOWN | _ANNOTATIONS
_FORMATS = {
    "date": "2000-01-01", "date-time": "2000-01-01T00:00:00Z", "time": "00:00:00Z",
    "email": "nobody@example.org", "uri": "https://example.org/",
    "uuid": "00000000-0000-4000-8000-000000000000",
}  # fmt: skip

_NOTHING: Any = object()
Schema = Any


class SchemaRefused(ValueError):
    """No value could be made for a schema; the message says why."""


def fill(schema: Schema, wanted: Any = _NOTHING) -> Any:
    """Return a value that fits `schema`, taken from `wanted` wherever that fits; raises SchemaRefused."""
    maker = _Maker(schema)
    try:
        value = maker.make(schema, wanted, 0)
        fits = maker.fits(schema, value, 0)
    except (TypeError, AttributeError, LookupError, ArithmeticError):
        raise SchemaRefused("this is no valid JSON Schema") from None
    if not fits:
        raise SchemaRefused("no value that fits this schema was found")
    return value


class _Maker:
    """Makes and checks values for one root schema, within bounds."""

    def __init__(self, root: Schema) -> None:
        self._root = root
        self._left = MAX_VALUES
        self._known: dict[int, tuple[Schema, Mapping[str, Any]]] = {}
        self._makers: Mapping[str, Callable[[Mapping[str, Any], Any, int], Any]] = {
            "object": self._object, "array": self._array, "string": _string,
            "integer": _number, "number": _number, "boolean": _boolean, "null": _null,
        }  # fmt: skip

    def make(self, schema: Schema, wanted: Any, depth: int) -> Any:
        plain = self._plain(schema, depth)
        for key in ("anyOf", "oneOf"):
            if key in plain:
                return self._first(plain, key, wanted, depth)
        if "const" in plain:
            return plain["const"]
        if "enum" in plain:
            return next((each for each in plain["enum"] if _same(each, wanted)), plain["enum"][0])
        kind = _kind(plain, wanted)
        maker = self._makers.get(kind)
        if maker is None:
            raise SchemaRefused(f"the type {kind!r} is not known")
        return maker(plain, wanted, depth)

    def fits(self, schema: Schema, value: Any, depth: int) -> bool:
        if schema is False:
            return False
        plain = self._plain(schema, depth)
        if "anyOf" in plain and not any(self.fits(each, value, depth + 1) for each in plain["anyOf"]):
            return False
        if "oneOf" in plain and sum(self.fits(each, value, depth + 1) for each in plain["oneOf"]) != 1:
            return False
        if not _simple_fit(plain, value):
            return False
        if isinstance(value, Mapping):
            return all(self.fits(_member(plain, key), each, depth + 1) for key, each in value.items())
        if isinstance(value, list):
            return all(self.fits(_item(plain, at), each, depth + 1) for at, each in enumerate(value))
        return True

    def _plain(self, schema: Schema, depth: int) -> Mapping[str, Any]:
        """Return `schema` with references and `allOf` taken in; each call counts as one value."""
        self._left -= 1
        if depth > MAX_DEPTH or self._left < 0:
            raise SchemaRefused("the schema asks for too much, or for itself without an end")
        if id(schema) not in self._known:
            self._known[id(schema)] = (schema, self._taken_in(schema, depth))
        return self._known[id(schema)][1]

    def _taken_in(self, schema: Schema, depth: int) -> Mapping[str, Any]:
        if schema is True:
            return {}
        if not isinstance(schema, Mapping):
            raise SchemaRefused("a schema is an object, and one that is false fits nothing")
        if not schema.keys() <= _TAKEN:
            raise SchemaRefused(f"the keyword {min(schema.keys() - _TAKEN)!r} is not supported")
        if "$ref" not in schema and "allOf" not in schema:
            return schema
        merged = {key: value for key, value in schema.items() if key not in ("$ref", "allOf")}
        parts = list(schema.get("allOf", ())) + ([self._resolve(schema["$ref"])] if "$ref" in schema else [])
        for part in parts:
            merged = _merged(merged, self._plain(part, depth + 1))
        return merged

    def _resolve(self, reference: Any) -> Schema:
        target = self._root
        for part in str(reference).removeprefix("#").split("/")[1:]:
            key = part.replace("~1", "/").replace("~0", "~")
            if not isinstance(target, Mapping) or key not in target:
                raise SchemaRefused(f"the reference {str(reference)[:80]!r} leads nowhere")
            target = target[key]
        return target

    def _first(self, plain: Mapping[str, Any], key: str, wanted: Any, depth: int) -> Any:
        """Return the value of the first branch that fits; one that keeps `wanted` as it is goes first."""
        base = {name: value for name, value in plain.items() if name != key}
        made = []
        for branch in plain[key]:
            try:
                value = self.make(_merged(base, self._plain(branch, depth + 1)), wanted, depth + 1)
            except SchemaRefused:
                continue
            if self.fits(plain, value, depth + 1):
                made.append(value)
        if not made:
            raise SchemaRefused(f"no branch of {key} could be filled")
        return next((value for value in made if _same(value, wanted)), made[0])

    def _object(self, schema: Mapping[str, Any], wanted: Any, depth: int) -> dict[str, Any]:
        given = wanted if isinstance(wanted, Mapping) else {}
        known = schema.get("properties", {})
        keys = [key for key in known if key in given or key in schema.get("required", ())]
        keys += [key for key in schema.get("required", ()) if key not in known]
        spare = [key for key in known if key not in keys]
        keys += spare[: max(0, schema.get("minProperties", 0) - len(keys))]
        return {key: self.make(_member(schema, key), given.get(key, _NOTHING), depth + 1) for key in keys}

    def _array(self, schema: Mapping[str, Any], wanted: Any, depth: int) -> list[Any]:
        given = list(wanted) if isinstance(wanted, Sequence) and not isinstance(wanted, str) else []
        least = schema.get("minItems", 0)
        if least > MAX_ITEMS:
            raise SchemaRefused("the schema asks for too many items")
        count = max(least, min(len(given), schema.get("maxItems", len(given))))
        items: list[Any] = []
        for at in range(count):
            one = given[at] if at < len(given) else _NOTHING
            items.append(self._distinct(schema, _item(schema, at), one, items, depth + 1))
        return items

    def _distinct(
        self, array: Mapping[str, Any], schema: Schema, wanted: Any, items: list[Any], depth: int
    ) -> Any:
        """Return an item; where items must differ, one of the enum, or a number, that is not there yet."""
        value = self.make(schema, wanted, depth)
        if not array.get("uniqueItems") or value not in items:
            return value
        plain = self._plain(schema, depth)
        others: Sequence[Any] = plain.get("enum") or [len(items) + 1, f"{len(items) + 1}"]
        return next((each for each in others if each not in items and self.fits(schema, each, depth)), value)


def _kind(schema: Mapping[str, Any], wanted: Any) -> str:
    """Return the type to make: the one `wanted` has where it may, else the first that is not null."""
    kinds = schema.get("type") or _implied(schema)
    kinds = [kinds] if isinstance(kinds, str) else list(kinds)
    fitting = [kind for kind in kinds if wanted is not _NOTHING and _is_type(wanted, kind)]
    return next(iter(fitting or [kind for kind in kinds if kind != "null"] or kinds), "null")


def _implied(schema: Mapping[str, Any]) -> list[str]:
    if "properties" in schema or "required" in schema:
        return ["object"]
    if "items" in schema or "prefixItems" in schema or "minItems" in schema:
        return ["array"]
    if "minimum" in schema or "maximum" in schema:
        return ["number"]
    return ["string", "object", "array", "number", "boolean", "null"]


def _is_type(value: Any, kind: str) -> bool:
    if kind in ("integer", "number"):
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return number and (kind == "number" or float(value).is_integer())
    kinds: Mapping[str, Any] = {
        "object": Mapping,
        "array": list,
        "string": str,
        "boolean": bool,
        "null": type(None),
    }
    return isinstance(value, kinds.get(kind, ()))


def _same(one: Any, other: Any) -> bool:
    return other is not _NOTHING and bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def _string(schema: Mapping[str, Any], wanted: Any, _: int) -> str:
    text: str = wanted if isinstance(wanted, str) else _FORMATS.get(str(schema.get("format")), "")
    least = schema.get("minLength", 0)
    if least > MAX_LENGTH:
        raise SchemaRefused("the schema asks for too long a text")
    text = text + "." * (least - len(text))
    return text[: int(schema.get("maxLength", len(text)))]


def _number(schema: Mapping[str, Any], wanted: Any, _: int) -> int | float:
    """Return the nearest allowed number to `wanted`, else to 0; whole where it can be."""
    step = schema.get("multipleOf", 1)
    low = schema.get("minimum", float("-inf"))
    high = schema.get("maximum", float("inf"))
    above, below = schema.get("exclusiveMinimum", float("-inf")), schema.get("exclusiveMaximum", float("inf"))
    number = wanted if _is_type(wanted, "number") else 0
    number = max(min(number, high, below), low, above)
    whole = step * round(number / step)
    tries = [number, whole, whole + step, whole - step, (max(low, above) + min(high, below)) / 2]
    fitting = [each for each in tries if _is_type(each, "number") and _simple_fit(schema, each)]
    chosen: int | float = next(iter(fitting), 0)
    return int(chosen) if float(chosen).is_integer() else chosen


def _boolean(_: Mapping[str, Any], wanted: Any, __: int) -> bool:
    return wanted if isinstance(wanted, bool) else False


def _null(_: Mapping[str, Any], __: Any, ___: int) -> None:
    return None


def _member(schema: Mapping[str, Any], key: str) -> Schema:
    known = schema.get("properties", {})
    return known[key] if key in known else schema.get("additionalProperties", True)


def _item(schema: Mapping[str, Any], at: int) -> Schema:
    first = schema.get("prefixItems", ())
    return first[at] if at < len(first) else schema.get("items", True)


def _simple_fit(schema: Mapping[str, Any], value: Any) -> bool:
    """Check what needs no look into members and items."""
    kinds = schema.get("type", ())
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(_is_type(value, kind) for kind in kinds):
        return False
    if "enum" in schema and not any(_same(each, value) for each in schema["enum"]):
        return False
    if "const" in schema and not _same(schema["const"], value):
        return False
    if isinstance(value, str):
        return _within(len(value), schema, "minLength", "maxLength")
    if isinstance(value, list):
        distinct = not schema.get("uniqueItems") or all(
            each not in value[:at] for at, each in enumerate(value)
        )
        return distinct and _within(len(value), schema, "minItems", "maxItems")
    if isinstance(value, Mapping):
        named = all(key in value for key in schema.get("required", ()))
        return named and _within(len(value), schema, "minProperties", "maxProperties")
    return not _is_type(value, "number") or _number_fits(schema, value)


def _number_fits(schema: Mapping[str, Any], value: float) -> bool:
    inside = _within(value, schema, "minimum", "maximum")
    above = value > schema.get("exclusiveMinimum", float("-inf"))
    below = value < schema.get("exclusiveMaximum", float("inf"))
    step = schema.get("multipleOf")
    return inside and above and below and (step is None or (value / step).is_integer())


def _within(size: float, schema: Mapping[str, Any], least: str, most: str) -> bool:
    return bool(schema.get(least, float("-inf")) <= size <= schema.get(most, float("inf")))


def _merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Return what two schemas ask together, as far as their keywords do not overlap in kind."""
    merged = {**one, **other}
    for key in set(one) & set(other):
        merged[key] = _both(key, one[key], other[key])
    return merged


def _both(key: str, one: Any, other: Any) -> Any:
    if key == "properties":
        shared = {name: {"allOf": [one[name], other[name]]} for name in set(one) & set(other)}
        return {**one, **other, **shared}
    if key == "required":
        return [*one, *(name for name in other if name not in one)]
    if key.startswith(("min", "exclusiveMin")):
        return max(one, other)
    if key.startswith(("max", "exclusiveMax")):
        return min(one, other)
    if key == "enum":
        return [value for value in one if value in other] or one
    if key in _ANNOTATIONS or one == other:
        return other
    raise SchemaRefused(f"two schemas together with different {key!r} are not supported")
