"""The Jinja environment of prompt templates: sandboxed, undefined variables an error, no HTML escaping.

Request data is handed over as values and is never compiled, so template code inside it stays text.
May import `errors` and the sibling modules `effort`, `fence`, `names` and `samples`.
"""

import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, nodes

from evaluator.errors import PackError
from evaluator.prompts.effort import MOST_WRITTEN, BoundedEnvironment, effort, with_ends
from evaluator.prompts.fence import fence
from evaluator.prompts.names import check_names, line_outside_fence, parts_of, variables_of
from evaluator.prompts.samples import sample_views, shows_rubric, text_in_another_fence, text_outside_fence

_FAILURES = (
    TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RuntimeError,
    MemoryError,
)  # fmt: skip
"""What a template's own expressions can raise; RuntimeError is that of endless recursion."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """The templates of a pack and the variables each reads, by file name, and the parts that they use.

    Variables are those of `view.VARIABLES`, parts those of `view.PARTS`.
    """

    templates: Mapping[str, Template]
    variables: Mapping[str, frozenset[str]]
    parts: frozenset[str]


def environment() -> BoundedEnvironment:
    """Return a new environment with the filter `fence`, and without what would make two renderings differ."""
    made = BoundedEnvironment(
        undefined=StrictUndefined, autoescape=False, trim_blocks=True, lstrip_blocks=True
    )
    made.filters["fence"] = fence
    del made.filters["random"]
    del made.globals["lipsum"]
    return made


def load_templates(folder: Path, sources: Mapping[str, str]) -> Loaded:
    """Compile and try `sources` (text by file name) of a pack; raises PackError with file and line.

    Each is rendered for a sample that has every field and for one that has only the required fields, and
    must put every text of a request in a fence, not another variable's, and the rubric in its own.
    """
    made = environment()
    trees = {name: _parse(made, folder / name, source) for name, source in sources.items()}
    templates = {name: _compile(made, tree, folder / name) for name, tree in trees.items()}
    rendered = [
        text for name, template in templates.items() for text in _try(template, trees[name], folder / name)
    ]
    if not any(map(shows_rubric, rendered)):
        told = 'the rubric is missing: write what is judged through the filter fence("rubric")'
        raise PackError(told, path=folder / "system.jinja")
    variables = {name: variables_of(tree) for name, tree in trees.items()}
    return Loaded(templates, variables, parts_of(trees.values()))


def render(template: Template, view: Mapping[str, Any], path: Path) -> str:
    """Render `template`; raises PackError with the line of `path` where it fails or takes too long.

    The message does not repeat what the template says of the failure: it may quote the request.
    """
    try:
        return _written(template, view)
    except _FAILURES as error:
        told = f"does not render for this request ({type(error).__name__})"
        raise PackError(told, path=path, line=_failing_line(error, path)) from None


def _written(template: Template, view: Mapping[str, Any]) -> str:
    """Return what a template writes within its bounds; raises one of _FAILURES."""
    with effort():
        text = template.render(view)
    if len(text) > MOST_WRITTEN:
        raise MemoryError("the message is too long")
    return text


def _parse(made: BoundedEnvironment, path: Path, source: str) -> nodes.Template:
    try:
        return made.parse(source, filename=str(path))
    except TemplateSyntaxError as error:
        raise PackError(f"not a valid template: {error.message}", path=path, line=error.lineno) from None


def _compile(made: BoundedEnvironment, tree: nodes.Template, path: Path) -> Template:
    try:
        check_names(tree, made, path)
        code = made.compile(with_ends(tree), name=path.name, filename=str(path))
    except TemplateSyntaxError as error:
        raise PackError(f"not a valid template: {error.message}", path=path, line=error.lineno) from None
    return Template.from_code(made, code, made.make_globals(None))


def _try(template: Template, tree: nodes.Template, path: Path) -> Iterator[str]:
    """Yield what the template makes of each sample; raises PackError where that is not in order."""
    for view in sample_views():
        try:
            text = _written(template, view)
        except _FAILURES as error:
            raise PackError(f"does not render: {error}", path=path, line=_failing_line(error, path)) from None
        if name := text_outside_fence(text):
            told = (
                f"text of {name} stands outside a fence: write it through the filter fence, on its own line"
            )
            raise PackError(told, path=path, line=_line_of(name, tree))
        if misplaced := text_in_another_fence(text):
            name, fenced_as = misplaced
            told = f"text of {name} stands in the fence {fenced_as}, which is made for another variable"
            raise PackError(told, path=path, line=_line_of(name, tree))
        yield text


def _line_of(name: str, tree: nodes.Template) -> int | None:
    return line_outside_fence(tree, name.partition(".")[0]) or line_outside_fence(tree, "request")


def _failing_line(error: BaseException, path: Path) -> int | None:
    frames = traceback.extract_tb(error.__traceback__)
    return next((frame.lineno for frame in reversed(frames) if frame.filename == str(path)), None)
