"""Writing the rubric's form back into pack.toml.

Only what the form changed is written. Comments, the order of keys and what the form does not show stay as
they are, so that who edits the form and who edits the text do not lose each other's work. May import
`rubric` and `studio` siblings.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from evaluator.rubric import LEVEL_WORDS
from evaluator.studio.rubric_form import DEFAULTS, CriterionFields, FormUnreadable, RubricFields, read
from evaluator.studio.toml_chunks import Chunk, join, split


def write(text: str, form: RubricFields) -> str:
    """Return `text` with what `form` says in other words; itself where it says the same.

    Raises FormUnreadable where the text is no pack.toml that a form can change.
    """
    before = read(text)
    if form == before:
        return text
    try:
        return _written(text, before, form)
    except (TOMLKitError, TypeError, ValueError, AttributeError, KeyError):
        told = "The form cannot change this rubric. Change the text of pack.toml instead."
        raise FormUnreadable(told) from None


def id_of(title: str, taken: Sequence[str]) -> str:
    """Return the id of a new criterion: its title in the characters of an id, told apart from `taken`."""
    plain = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")[:36]
    plain = re.sub(r"^(skill|team)_", "", plain).lstrip("0123456789_") or "criterion"
    found, number = plain, 2
    while found in taken or found in ("skill", "team"):
        found, number = f"{plain}_{number}", number + 1
    return found


def _written(text: str, before: RubricFields, form: RubricFields) -> str:
    chunks = split(text)
    own = [chunk.text for chunk in chunks if chunk.is_criterion]
    if len(own) != len(before.criteria):
        chunks, own = _with_tables(text)
    by_id = {each.id: (chunk, each) for each, chunk in zip(before.criteria, own, strict=True)}
    taken = [each.id for each in (*before.criteria, *form.criteria)]
    written: list[str] = []
    for each in form.criteria:
        chunk, old = by_id.get(each.id) or ("", None)
        new = each if each.id else replace(each, id=id_of(each.title, taken))
        taken.append(new.id)
        written.append(_with_criterion(chunk, old, new))
    if [each.id for each in form.criteria] != [each.id for each in before.criteria]:
        written = [each.rstrip("\n") + "\n\n" for each in written]
    head = _with_head(chunks[0].text, before, form)
    rest = _with_skills(chunks[1:], before, form)
    if rest is None:
        head, rest = _with_share(head, form.skills_share), list(chunks[1:])
    ended = join([Chunk(head, False), *rest], written)
    return ended.rstrip("\n") + "\n" if ended.endswith("\n\n") else ended


def _with_tables(text: str) -> tuple[list[Chunk], list[str]]:
    """Return chunks of a text that has its criteria as a list in place of `[[criteria]]` tables."""
    document = tomlkit.parse(text)
    criteria = document.pop("criteria")
    own = [tomlkit.dumps({"criteria": [each]}).rstrip("\n") + "\n\n" for each in criteria.unwrap()]
    chunks = [Chunk(tomlkit.dumps(document).rstrip("\n") + "\n\n", False)]
    return chunks + [Chunk(each, True) for each in own], own


def _with_head(text: str, before: RubricFields, form: RubricFields) -> str:
    changes = {
        key: getattr(form, key) for key in ("title", *DEFAULTS) if getattr(form, key) != getattr(before, key)
    }
    if not changes:
        return text
    document = tomlkit.parse(text)
    for key, value in changes.items():
        document[key] = _plain(value) if isinstance(value, float) else value
    return tomlkit.dumps(document)


def _with_skills(chunks: Sequence[Chunk], before: RubricFields, form: RubricFields) -> list[Chunk] | None:
    """Return `chunks` with the skills' share; None where none of them holds the skills' table."""
    if form.skills_share == before.skills_share:
        return list(chunks)
    for at, chunk in enumerate(chunks):
        if not chunk.is_criterion and "skills" in tomlkit.parse(chunk.text):
            return [
                *chunks[:at],
                replace(chunk, text=_with_share(chunk.text, form.skills_share)),
                *chunks[at + 1 :],
            ]
    return None


def _with_share(text: str, share: float) -> str:
    document = tomlkit.parse(text)
    if "skills" not in document:
        return f"{text.rstrip()}\n\n[skills]\nshare = {_plain(share)}\n\n"
    document["skills"]["share"] = _plain(share)
    return tomlkit.dumps(document)


def _with_criterion(text: str, old: CriterionFields | None, new: CriterionFields) -> str:
    if old == new:
        return text
    if old is None:
        return _new_criterion(new)
    document = tomlkit.parse(text)
    table: Any = document["criteria"][0]
    for key in ("title", "description", "weight", "must_have", "required_level"):
        if (value := getattr(new, key)) != getattr(old, key):
            table[key] = _plain(value) if key == "weight" else value
    if old.anchors != new.anchors:
        _set_anchors(table, new.anchors)
    return tomlkit.dumps(document)


def _set_anchors(table: Any, anchors: Mapping[str, str]) -> None:
    if "anchors" not in table:
        table["anchors"] = tomlkit.table()
    held = table["anchors"]
    for word in LEVEL_WORDS:
        if word in anchors and held.get(word) != anchors[word]:
            held[word] = anchors[word]
        elif word in held and word not in anchors:
            del held[word]


def _new_criterion(new: CriterionFields) -> str:
    table = tomlkit.table()
    table.update({"id": new.id, "title": new.title, "description": new.description})
    table["weight"] = _plain(new.weight)
    table["required_level"] = new.required_level
    if new.must_have:
        table["must_have"] = True
    table["anchors"] = tomlkit.table()
    _set_anchors(table, new.anchors)
    listed = tomlkit.aot()
    listed.append(table)
    return tomlkit.dumps({"criteria": listed}).strip("\n") + "\n"


def _plain(number: float) -> float:
    """Return a number as somebody would write it: whole ones without a point."""
    return int(number) if number == int(number) else round(number, 4)
