"""What the machinery says, in plain words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import TemplateSyntaxError

from evaluator.prompts.environment import environment
from evaluator.studio.explaining import plain, plain_failure, plain_toml

JARGON = ("token", "statement", "expression", "template", "Encountered", "Jinja")

BROKEN = [
    "{% if a %}", "{% endif %}", "{% wend %}", "{{ }}", "{{ a b }}", "{% for a %}", "{{ a", "{# a", "{% if a",
    "{{ a | }}", "{{ a + }}", "{{ (a }}", "{% set %}", "{{ a ? b }}", "{{ 'a }}",
]  # fmt: skip


@pytest.mark.parametrize("text", BROKEN)
def test_broken_template_is_told_without_jargon(text: str) -> None:
    """Nobody has to know how templates are read to mend one."""
    with pytest.raises(TemplateSyntaxError) as caught:
        environment().parse(text)
    told = plain(f"not a valid template: {caught.value.message}")
    assert [word for word in JARGON if word in told] == []


def test_value_that_is_lacking_is_named() -> None:
    """What to write is part of the words."""
    told = plain_failure("UndefinedError", "'dict object' has no attribute 'shoes'")
    assert (
        told
        == 'This cannot be written: it uses shoes, which a candidate may lack; write shoes | default("").'
    )


def test_faults_of_a_rubric_are_a_sentence_each() -> None:
    """Criteria are counted from 1, as people count."""
    told = plain_toml("/criteria/0/title: must have at least 3 characters; /claim_weight: must be less")
    assert told == "Criterion 1: give it a title of 3 to 120 characters. claim_weight: must be less."


@given(st.text())
def test_whatever_is_said_is_told(text: str) -> None:
    """No message is without an end, and none breaks the page."""
    assert plain(text).endswith((".", "?"))
    assert plain_toml(text).endswith((".", "?"))
