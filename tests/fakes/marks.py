"""Marked strings, planted in everything that is sent or set, and searched for in everything that is written.

    marks = Marks()
    body = marks.planted(request)              # every text of it, keys of unknown fields too, has a mark
    key = marks.new("settings/api_key")        # a secret of its own
    marks.in_bytes(log.read_bytes())           # the places of the marks that are in it, in whatever form

A mark is a word of ASCII letters and digits, so that neither JSON, URLs nor HTML change it. It is looked for
in any case, in hexadecimal, in base64 and base32, and in UTF-16.
"""

import base64
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

_BEGIN, _END = "zqm", "mqz"


class Marks:
    """Marks, and the places that they were planted in."""

    def __init__(self) -> None:
        """Begin with none."""
        self.places: dict[str, str] = {}
        self._forms: dict[bytes, str] = {}

    def new(self, place: str) -> str:
        """Return a mark for `place`, which a search will tell."""
        mark = f"{_BEGIN}{len(self.places) + 46_656:x}{_END}"
        self.places[mark] = place
        self._forms |= dict.fromkeys(_forms(mark.encode()), place)
        return mark

    def planted(
        self,
        value: Any,
        place: str,
        *,
        spare: Collection[str] = (),
        keys: Callable[[str], bool] = lambda place: False,
    ) -> Any:
        """Return JSON `value` with a mark at the end of every text, and of the keys that `keys` tells.

        Places are JSON pointers behind `place`; what stands at one of `spare` stays.
        """
        if place in spare:
            return value
        if isinstance(value, str):
            return f"{value} {self.new(place)}" if " " in value else f"{value}{self.new(place)}"
        if isinstance(value, list):
            return [
                self.planted(item, f"{place}/{at}", spare=spare, keys=keys) for at, item in enumerate(value)
            ]
        if not isinstance(value, Mapping):
            return value
        marked = {}
        for key, member in value.items():
            name = f"{key}{self.new(f'{place}/{key}#key')}" if keys(place) else key
            marked[name] = self.planted(member, f"{place}/{key}", spare=spare, keys=keys)
        return marked

    def in_bytes(self, *written: bytes) -> set[str]:
        """Return the places of all marks that are in what was written."""
        lowered = [each.lower() for each in written]
        plain = {
            place for form, place in self._forms.items() if any(form.lower() in each for each in lowered)
        }
        return plain | {place for form, place in self._forms.items() if any(form in each for each in written)}

    def under(self, *prefixes: str) -> set[str]:
        """Return the places that begin so."""
        return {place for place in self.places.values() if place.startswith(prefixes)}


def _forms(mark: bytes) -> Iterable[bytes]:
    """Yield what a mark looks like in bytes; within base64 it may begin at each of three places."""
    yield from (mark, mark.hex().encode(), mark.decode().encode("utf-16-le"))
    for offset in range(3):
        whole = base64.b64encode(b"\0" * offset + mark)
        yield whole[(0, 2, 3)[offset] : -4]
    yield base64.b32encode(mark)[:16]
