"""Rules that hold for every module, read from the syntax tree; a failure names the file.

The direction of imports is held by import-linter, style and naming by ruff; here stands what neither
of them says.
"""

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CODE = sorted(path for folder in ("evaluator", "tools", "bench") for path in (ROOT / folder).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))

READS_ENVIRONMENT = {
    "evaluator/settings/reading.py",
    "evaluator/cli/demo.py",  # hands it on to the service that it starts, without our variables
}
BROAD_EXCEPT = {
    "evaluator/cli/main.py",  # the top of the command line
    "evaluator/evals/contender.py",  # a case that crashes is a row, not the end
    "evaluator/jobs/engine.py",  # the job boundary: a unit that breaks is told in the log
    "evaluator/jobs/upkeep.py",  # a chore that breaks must not end the others
    "evaluator/jobs/work.py",  # the job boundary: a failed assessment becomes data
}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def name_of(path: Path) -> str:
    """Return a module's path from the root of the repository, with slashes."""
    return path.relative_to(ROOT).as_posix()


each_module = pytest.mark.parametrize("path", CODE, ids=name_of)
each_file = pytest.mark.parametrize("path", [*CODE, *TESTS], ids=name_of)


@functools.cache
def tree_of(path: Path) -> ast.Module:
    """Return the module's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def dotted(node: ast.AST) -> str:
    """Return `a.b.c` for a chain of attributes, "" for anything else."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def public(body: list[ast.stmt], within: str = "") -> Iterator[tuple[str, Function | ast.ClassDef]]:
    """Yield the public functions and classes of a module, and the public methods of its public classes."""
    for node in body:
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
            yield f"{within}{node.name}", node
            if isinstance(node, ast.ClassDef):
                yield from public(node.body, f"{node.name}.")


@each_module
def test_module_says_what_it_holds(path: Path) -> None:
    """Every module opens with a docstring."""
    assert ast.get_docstring(tree_of(path))


@each_module
def test_module_is_of_readable_length(path: Path) -> None:
    """No module has more than 400 lines, and none is named for having no subject."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400
    assert path.stem not in ("utils", "util", "helpers", "helper", "common", "misc")


@each_module
def test_public_things_are_documented(path: Path) -> None:
    """Every public class, function and method has a docstring."""
    things = public(tree_of(path).body)

    assert [name for name, node in things if not ast.get_docstring(node)] == []


@each_module
def test_imports_stand_at_the_top(path: Path) -> None:
    """No import hides in a function, nor behind TYPE_CHECKING."""
    functions = [node for node in ast.walk(tree_of(path)) if isinstance(node, Function)]
    inside = [node for function in functions for node in ast.walk(function)]

    assert [node.lineno for node in inside if isinstance(node, ast.Import | ast.ImportFrom)] == []
    assert "TYPE_CHECKING" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", [path for path in CODE if ROOT / "evaluator" in path.parents], ids=name_of)
def test_environment_is_read_in_one_place(path: Path) -> None:
    """Only the settings read the environment."""
    forbidden = {"environ", "environb", "getenv", "getenvb", "os.environ", "os.environb", "os.getenv"}
    read = {dotted(node) for node in ast.walk(tree_of(path))} & forbidden

    assert (not read) or name_of(path) in READS_ENVIRONMENT


@each_module
def test_broad_except_stands_at_the_boundaries_alone(path: Path) -> None:
    """A bare `except`, or one of Exception or BaseException, is at the listed boundaries only."""
    handlers = [node for node in ast.walk(tree_of(path)) if isinstance(node, ast.ExceptHandler)]
    caught = [ast.walk(node.type) if node.type else [ast.Name("BaseException")] for node in handlers]
    broad = [node for nodes in caught for node in nodes if dotted(node) in ("Exception", "BaseException")]

    assert (not broad) or name_of(path) in BROAD_EXCEPT


@each_file
def test_lint_ignore_says_why(path: Path) -> None:
    """Whatever is ignored is named by its code, and the reason stands on the line."""
    marks = re.findall(r"#\s*(?:noqa|type:\s*ignore)(.*)", path.read_text(encoding="utf-8"))
    excused = re.compile(r"(\[[a-z-, ]+\]|: [A-Z]+\d+(, ?[A-Z]+\d+)*)\W+\w+\W+\w+")

    assert [mark for mark in marks if path != Path(__file__) and not excused.match(mark)] == []


@each_file
def test_nothing_is_left_open(path: Path) -> None:
    """No to-do stands in the code, and no test is skipped or expected to fail."""
    left = r"\b(TODO|FIXME|XXX|NotImplementedError)\b|pytest\.(mark\.)?(skip|xfail)|pragma: no cover"
    lines = path.read_text(encoding="utf-8").splitlines()

    assert [line for line in lines if path != Path(__file__) and re.search(left, line)] == []


def test_patches_are_rare() -> None:
    """At most one test in fifty patches what it tests; the others use fakes."""
    nodes = [node for path in TESTS for node in ast.walk(tree_of(path))]
    tests = [node for node in nodes if isinstance(node, Function) and node.name.startswith("test_")]
    calls = [dotted(node.func) for node in nodes if isinstance(node, ast.Call)]
    patch = re.compile(r"(.*\.)?(monkeypatch|mp)\.(setattr|delattr|setitem)|(mock\.|mocker\.)?patch(\.\w+)?")

    assert len([call for call in calls if patch.fullmatch(call)]) <= len(tests) // 50


def test_package_imports_no_test_tool() -> None:
    """What is shipped needs nothing that only the tests install."""
    tools = {"pytest", "hypothesis", "schemathesis", "flask", "gunicorn", "tests", "tools", "bench"}
    shipped = [path for path in CODE if ROOT / "evaluator" in path.parents]
    imports = [node for path in shipped for node in ast.walk(tree_of(path))]
    named = {alias.name for node in imports if isinstance(node, ast.Import) for alias in node.names}
    named |= {str(node.module) for node in imports if isinstance(node, ast.ImportFrom)}

    assert {name.partition(".")[0] for name in named} & tools == set()
