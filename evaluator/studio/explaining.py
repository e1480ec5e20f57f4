"""What loading and rendering say of a template or a pack.toml, in words for who does not program.

Imports nothing of the package.
"""

import re
import tomllib
from functools import cache
from importlib.resources import files

_KINDS = {
    "TooLong": "it takes too long: a loop has no end, or goes round too often",
    "MemoryError": "it makes more text than fits into memory; shorten what it repeats",
    "RecursionError": "it calls itself without end",
    "ZeroDivisionError": "it divides by nothing",
    "TypeError": "it does something with a value of another kind, such as adding text to a number",
    "SecurityError": "it reaches for what a template may not touch",
    "OverflowError": "a number or a text gets too large",
}  # fmt: skip
"""What an error of rendering means, by its class."""

_LACKS = re.compile(r"has no (?:attribute|element) '?(\w+)'?|'(\w+)' is undefined")


@cache
def _meanings(of: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return what is said `of` a template or a rubric, and what that means, read once."""
    told = tomllib.loads((files(__package__) / "explaining.toml").read_text(encoding="utf-8"))
    return tuple((re.compile(each["said"], re.DOTALL | re.IGNORECASE), each["means"]) for each in told[of])


def plain(told: str) -> str:
    """Return what is told of a template's fault in plain words; as it is where there are none for it."""
    bare = told.removeprefix("not a valid template: ")
    for pattern, words in _meanings("template"):
        if found := pattern.search(bare):
            return found.expand(words)
    return _sentence(bare)


def plain_failure(kind: str, message: str) -> str:
    """Return what an error of rendering means, by its class and message."""
    if lacks := _LACKS.search(message):
        name = lacks[1] or lacks[2]
        told = f'it uses {name}, which a candidate may lack; write {name} | default("")'
    else:
        told = _KINDS.get(kind, message or kind)
    return f"This cannot be written: {told}."


def plain_toml(told: str) -> str:
    """Return what is told of a pack.toml's faults in plain words, one sentence for each."""
    return " ".join(map(_plain_field, told.split("; ")))


def _plain_field(told: str) -> str:
    for pattern, words in _meanings("rubric"):
        if found := pattern.fullmatch(told):
            return f"Criterion {int(found[1]) + 1}: {found.expand(words)}."
    bare = told.removeprefix("/").replace("not valid TOML: ", "This cannot be read: ")
    return _sentence(bare)


def _sentence(told: str) -> str:
    """Return what is told as a sentence; a name of a template, such as cv.raw, keeps its letters."""
    begins = told if re.match(r"\w+[._]\w", told) else told[:1].upper() + told[1:]
    return begins if begins.endswith((".", "?")) else f"{begins}."
