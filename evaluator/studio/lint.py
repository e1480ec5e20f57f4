"""What is wrong or unwise in a pack, without rendering it: in its words, its rubric and its templates.

Trying a template on samples is `studio.drawing`'s part. May import `prompts`, `errors` and `studio` siblings.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from jinja2 import TemplateSyntaxError, nodes

from evaluator.prompts.environment import environment
from evaluator.prompts.files import PackFiles
from evaluator.prompts.names import name_problems, parts_of, variables_of
from evaluator.prompts.packs import TOO_DEEP
from evaluator.prompts.toml_lines import line_of
from evaluator.studio.explaining import plain
from evaluator.studio.findings import Finding, in_order
from evaluator.studio.lint_rubric import FILE, unwise_rubric
from evaluator.studio.lint_words import Place, own_words, unwise_words
from evaluator.studio.rubric_form import FormUnreadable, RubricFields, read

TEMPLATES = ("system.jinja", "user.jinja")

_READS: tuple[tuple[frozenset[str], str, str], ...] = (
    (frozenset({"job", "job_prompt"}), "the job's description", '{{ job.description | fence("job") }}'),
    (
        frozenset({"cv_summary", "cv_experience", "cv_education", "cv_raw"}),
        "the CV",
        '{{ cv.raw | fence("cv_raw") }}',
    ),
)
"""Parts of which the model should read one at least, what they are, and how to write that."""


def lint(files: PackFiles) -> tuple[Finding, ...]:
    """Return what is wrong or unwise in a pack's texts, the gravest first."""
    read_in = [_in_template(name, files[name]) for name in TEMPLATES]
    found = [*_in_rubric(files[FILE]), *(each for told in read_in for each in told.findings)]
    if all(told.is_valid for told in read_in):
        found += _unread(frozenset().union(*(told.reads for told in read_in)))
    return in_order(found)


@dataclass(frozen=True, slots=True)
class _Template:
    """What is found in a template, and which parts of a request and variables it reads."""

    findings: tuple[Finding, ...]
    is_valid: bool = False
    reads: frozenset[str] = frozenset()


@lru_cache(maxsize=16)
def _in_template(name: str, text: str) -> _Template:
    """Read one template; kept, since an edit changes one file of a pack."""
    words = tuple(unwise_words(own_words(text), Place(name, 1)))
    try:
        tree = environment().parse(text, filename=name)
        reads = parts_of([tree]) | variables_of(tree)
        return _Template((*words, *_in_names(name, tree)), True, reads)
    except TemplateSyntaxError as error:
        told = plain(f"not a valid template: {error.message}")
        return _Template((*words, Finding("not_valid", "error", name, error.lineno, told)))
    except RecursionError:
        return _Template((*words, Finding("not_valid", "error", name, 0, plain(TOO_DEEP))))


@lru_cache(maxsize=16)
def _in_rubric(text: str) -> tuple[Finding, ...]:
    try:
        form = read(text)
    except FormUnreadable:
        return ()  # loading the pack says what is wrong, and where
    words = [each for place, told in _texts(text, form) for each in unwise_words(told, place)]
    return (*unwise_rubric(text, form), *words)


def _texts(text: str, form: RubricFields) -> Iterator[tuple[Place, str]]:
    yield Place(FILE, line_of(text, ("description",))), form.description
    for at, each in enumerate(form.criteria):
        for key in ("title", "description"):
            yield Place(FILE, line_of(text, ("criteria", at, key)), each.title), getattr(each, key)
        for word, anchor in each.anchors.items():
            yield Place(FILE, line_of(text, ("criteria", at, "anchors", word)), each.title), anchor


def _in_names(name: str, tree: nodes.Template) -> Iterator[Finding]:
    for line, told in name_problems(tree, environment()):
        yield Finding("unknown_name", "error", name, line, plain(told))
    if "current_rating" in variables_of(tree):
        line = next(each.lineno for each in tree.find_all(nodes.Name) if each.name == "current_rating")
        yield Finding(
            "current_rating", "warning", name, line,
            "The model is told the rating that the candidate has so far.",
            "It will stay near that figure, whatever the CV shows.",
            "Take current_rating out.",
        )  # fmt: skip


def _unread(reads: frozenset[str]) -> Iterator[Finding]:
    for wanted, what, code in _READS:
        if not wanted & reads and "request" not in reads:
            yield Finding(
                "not_read", "warning", TEMPLATES[1], 0,
                f"The model never reads {what}.",
                "It can only guess then.",
                f"Write {code} on a line of its own.",
            )  # fmt: skip


def place_of(path: Path) -> str:
    """Return the file of a pack that a path of an error means."""
    return path.name if path.name in (FILE, *TEMPLATES) else FILE
