"""Finding the line of a TOML text where a value stands: tomllib reads values and forgets their places.

May import nothing of the package.
"""

import re
from collections.abc import Mapping, Sequence

Path = tuple[str | int, ...]

# Of a line without what it is indented by; neither can begin again within a long run of spaces.
_HEADER = re.compile(r"(\[\[?)([^\]]+)\]")
_KEY = re.compile(r"([A-Za-z0-9_.\"' \t-]+)=")


def line_of(text: str, path: Sequence[str | int]) -> int:
    """Return the line, from 1, of the value at `path`, or of the innermost table around it that has one.

    Values inside an inline table or a list stand on the line where that begins.
    """
    places = _places(text)
    return next((places[key] for key in _from_longest(tuple(path)) if key in places), 1)


def _from_longest(path: Path) -> list[Path]:
    return [path[:length] for length in range(len(path), 0, -1)]


def _places(text: str) -> Mapping[Path, int]:
    places: dict[Path, int] = {}
    entries: dict[Path, int] = {}
    table: Path = ()
    for number, line in enumerate(map(str.lstrip, text.splitlines()), 1):
        if header := _HEADER.match(line):
            table = _located(_keys(header[2]), entries)
            if header[1] == "[[":
                entries[table] = entries.get(table, -1) + 1
                table = (*table, entries[table])
            places.setdefault(table, number)
        elif key := _KEY.match(line):
            places.setdefault((*table, *_keys(key[1])), number)
    return places


def _located(keys: Path, entries: Mapping[Path, int]) -> Path:
    """Return `keys` with the number of the newest entry after each list of tables but the last name."""
    found: Path = ()
    for key in keys:
        found = (*found, entries[found]) if found in entries else found
        found = (*found, key)
    return found


def _keys(dotted: str) -> Path:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))
