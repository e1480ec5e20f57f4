"""What a template's syntax tree says without rendering it: every name it uses, in every branch.

Trying a template on samples finds what the samples reach; this finds the rest. May import `errors` and
`prompts.view`.
"""

import difflib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, nodes
from jinja2.meta import find_undeclared_variables

from evaluator.errors import PackError
from evaluator.prompts.view import CRITERION_FIELDS, FIELDS, PARTS, VARIABLES

_Path = tuple[str, ...]

_METHODS = frozenset({"get", "items", "keys", "values"})
"""What can be called on any object."""

_CRITERIA = {("rubric", "skills"), ("rubric", "others")}
_SAME_ITEMS = {"selectattr", "rejectattr", "sort", "reverse", "list"}
_CLOSED = {"rubric"}


def check_names(tree: nodes.Template, made: Environment, path: Path) -> None:
    """Raise PackError, with the line of `path`, for the first of `name_problems`."""
    for line, told in name_problems(tree, made):
        raise PackError(told, path=path, line=line)


def name_problems(tree: nodes.Template, made: Environment) -> Iterator[tuple[int, str]]:
    """Yield the line and the fault of each name that rendering would not find in some branch.

    Fields that a request may lack are such names too, unless the template asks whether they are defined
    or gives a default.
    """
    for node in tree.find_all((nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)):
        yield node.lineno, "a pack's template stands alone: it cannot include, import or extend another"
    yield from _called(tree.find_all(nodes.Filter), made.filters, "filter")
    yield from _called(tree.find_all(nodes.Test), made.tests, "test")
    for name in sorted(_undeclared(tree) - set(VARIABLES) - set(made.globals)):
        line = min(node.lineno for node in tree.find_all(nodes.Name) if node.name == name)
        hint = _near(name, VARIABLES) or f"; there are {', '.join(VARIABLES)}"
        yield line, f"the variable {name} is not known{hint}"
    yield from _unknown_fields(tree)


def variables_of(tree: nodes.Template) -> frozenset[str]:
    """Return which of VARIABLES the template reads in any branch."""
    return frozenset(_undeclared(tree) & VARIABLES.keys())


@lru_cache(maxsize=8)
def _undeclared(tree: nodes.Template) -> frozenset[str]:
    """Return the names that a template reads and does not make, found once while it is loaded."""
    return frozenset(find_undeclared_variables(tree))


def parts_of(trees: Iterable[nodes.Template]) -> frozenset[str]:
    """Return which of PARTS the templates name, by themselves or as a whole variable such as `cv`."""
    named = {_without_method(found) for tree in trees for found, _ in _paths(tree)}
    return frozenset(
        part
        for part, place in PARTS.items()
        if any(found[: len(place)] == place or found == place[:1] for found in named)
    )


def line_outside_fence(tree: nodes.Template, variable: str) -> int | None:
    """Return the first line that names `variable` outside the filter `fence`, or else at all."""
    blocks = [node for node in tree.find_all(nodes.FilterBlock) if node.filter.name == "fence"]
    fences = [node for node in tree.find_all(nodes.Filter) if node.name == "fence"]
    inside = {id(name) for node in [*blocks, *fences] for name in node.find_all(nodes.Name)}
    names = [node for node in tree.find_all(nodes.Name) if node.name == variable]
    return next((node.lineno for node in sorted(names, key=lambda node: id(node) in inside)), None)


def _called(
    calls: Iterable[nodes.Filter] | Iterable[nodes.Test], known: Collection[str], kind: str
) -> Iterator[tuple[int, str]]:
    for node in calls:
        if node.name not in known:
            yield node.lineno, f"the {kind} {node.name} is not known{_near(node.name, known)}"


def _unknown_fields(tree: nodes.Template) -> Iterator[tuple[int, str]]:
    for node in tree.find_all(nodes.Getattr):
        if node.attr.startswith("__"):
            yield node.lineno, f"{node.attr} is out of a template's reach"
    given = Counter(node.name for node in tree.find_all(nodes.Name) if node.ctx != "load")
    known = {name: fields for name, fields in FIELDS.items() if name not in given}
    known |= dict.fromkeys(_names_of_criteria(tree, given), CRITERION_FIELDS)
    excused = _excused(tree)
    for found, line in _paths(tree):
        root, field = found[0], found[1] if len(found) > 1 else None
        if field is None or root not in known or field in known[root] | _METHODS or found[:2] in excused:
            continue
        near = _near(field, known[root], prefix=f"{root}.")
        hint = near or _hint(root, field, known[root])
        yield line, f"{root}.{field} is not known{hint}"


def _hint(root: str, field: str, fields: Collection[str]) -> str:
    if root not in FIELDS or root in _CLOSED:
        return f"; there are {', '.join(sorted(fields))}"
    asked = f'write {root}.{field} | default(""), or ask whether it is defined'
    return f"; a request may lack it, so {asked}"


def _near(name: str, known: Collection[str], prefix: str = "") -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {prefix}{close[0]}?" if close else ""


def _names_of_criteria(tree: nodes.Template, given: Counter[str]) -> set[str]:
    """Return the names that stand for an entry of the rubric wherever the template gives them a value."""
    loops = Counter(
        node.target.name
        for node in tree.find_all(nodes.For)
        if isinstance(node.target, nodes.Name) and _holds_criteria(node.iter)
    )
    return {name for name, times in loops.items() if given[name] == times}


def _holds_criteria(node: nodes.Node | None) -> bool:
    if isinstance(node, nodes.Add):
        return _holds_criteria(node.left) and _holds_criteria(node.right)
    if isinstance(node, nodes.Filter) and node.name in _SAME_ITEMS:
        return _holds_criteria(node.node)
    return node is not None and _path(node) in _CRITERIA


def _excused(tree: nodes.Template) -> set[_Path]:
    """Return the fields whose absence the template asks for or fills in, in any place."""
    asked = [node.node for node in tree.find_all(nodes.Test) if node.name in ("defined", "undefined")]
    filled = [node.node for node in tree.find_all(nodes.Filter) if node.name in ("default", "d")]
    found = [_path(node) for node in [*asked, *filled] if node is not None]
    return {each[:2] for each in found if each}


def _paths(tree: nodes.Template) -> Iterator[tuple[_Path, int]]:
    """Yield every name with the fields read from it, at its longest, such as ("cv", "raw"), and its line."""
    within: set[int] = set()
    for node in tree.find_all((nodes.Getattr, nodes.Getitem, nodes.Name)):
        if found := _path(node):
            if id(node) not in within:
                yield found, node.lineno
            if isinstance(node, nodes.Getattr | nodes.Getitem):
                within.add(id(node.node))


def _path(node: nodes.Node) -> _Path | None:
    if isinstance(node, nodes.Name):
        return (node.name,)
    if isinstance(node, nodes.Getattr) and (before := _path(node.node)):
        return (*before, node.attr)
    if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const) and (before := _path(node.node)):
        return (*before, str(node.arg.value))
    return None


def _without_method(found: _Path) -> _Path:
    return next((found[:at] for at, part in enumerate(found) if at and part in _METHODS), found)
