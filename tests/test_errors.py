"""What each error tells outside."""

import re
from collections.abc import Iterator

import pytest

from evaluator.errors import EvaluatorError, ModelError

SETTING_OR_HOST = re.compile(r"[A-Z]{2,}|_|://|\.\w|\d")


def tree(root: type[EvaluatorError]) -> Iterator[type[EvaluatorError]]:
    """Yield a class of errors and all below it."""
    yield root
    for child in root.__subclasses__():
        yield from tree(child)


@pytest.mark.parametrize("kind", list(tree(EvaluatorError)))
def test_every_error_has_words_for_a_recruiter(kind: type[EvaluatorError]) -> None:
    """They say that nothing was rated and what may be done, and name no setting, host, path or code."""
    assert re.fullmatch(r"[A-Z][^;]+; nothing was rated\. [A-Z][^.]+\.", kind.public)
    assert not SETTING_OR_HOST.search(kind.public)


def test_every_failure_of_a_model_is_told_by_itself() -> None:
    """A recruiter can tell a refusal from a full account."""
    named = [kind for kind in tree(ModelError) if not kind.__name__.startswith("_")]

    assert len({kind.public for kind in named}) == len(named)
