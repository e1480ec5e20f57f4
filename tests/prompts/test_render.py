"""From a request to the messages: whole where they fit, cut and told where not, and never over budget."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Template

from evaluator.errors import ModelContextExceeded
from evaluator.prompts.packs import Pack
from evaluator.prompts.render import Prompt
from tests.fakes.prompting import SYSTEM, TOKENIZER, TOML, USER, make_pack, prompt_of, request_of

SENTENCE = "Designed the ledger service and led its migration to new partitions. "
BUDGET = 1_000


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    """Return a pack with a budget of a thousand tokens."""
    return make_pack(tmp_path_factory.mktemp("packs"))


def cut_parts(prompt: Prompt) -> list[str]:
    """Return the names of what was cut, in order."""
    return [cut.part for cut in prompt.cuts]


def test_prompt_is_what_the_templates_say(pack: Pack) -> None:
    """Messages are the rendered templates without spare empty lines; every section is counted."""
    prompt = prompt_of(
        pack, request_of(comments=[{"content": "Calm."}], integration_config={"language": "fr"})
    )

    assert prompt.system.startswith("Judge in French.\n<rubric>\n")
    assert prompt.user == "<job>\nA job.\n</job>\n\n<comments>\nundated, unknown author: Calm.\n</comments>"
    assert [name for name, _ in prompt.sections] == ["template", "rubric", "job", "comments"]
    assert (prompt.cuts, prompt.budget, prompt.encoding) == ((), BUDGET, "o200k_base")


def test_sections_add_up_to_the_messages(pack: Pack) -> None:
    """The tokens of the sections are those of both messages, but for the seams."""
    prompt = prompt_of(
        pack, request_of(candidate_parsed_cv={"raw": SENTENCE * 30, "experience": ["a. b."] * 9})
    )
    whole = TOKENIZER.count(prompt.system) + TOKENIZER.count(prompt.user)

    assert abs(prompt.tokens - whole) <= 3 * len(prompt.sections)


PARTS: dict[str, Any] = {
    "raw": lambda text: {"candidate_parsed_cv": {"raw": text}},
    "positions": lambda text: {
        "candidate_parsed_cv": {"experience": [text[at : at + 999] for at in range(0, len(text), 999)]}
    },
    "answer": lambda text: {"application_form": {"why": text}},
    "answers": lambda text: {
        "application_form": {str(at): text[at : at + 99] for at in range(0, len(text), 99)}
    },
    "comments": lambda text: {
        "comments": [{"content": text[at : at + 400]} for at in range(0, len(text), 400)]
    },
    "context": lambda text: {"context": [{"deep": {"deeper": [{"deepest": text}]}}, {"note": text}]},
    "job": lambda text: {"job": {"description": text}},
    "unknown": lambda text: {"motto": [text, {"inner": text}]},
}


@pytest.mark.parametrize("size", [12_000, 400_000, 2_000_000])
@pytest.mark.parametrize("part", PARTS)
def test_long_request_ends_within_budget(pack: Pack, part: str, size: int) -> None:
    """Wherever a text is too long, the prompt fits, and what went is told with its tokens."""
    text = (SENTENCE * (size // len(SENTENCE) + 1))[:size]
    prompt = prompt_of(pack, request_of(**PARTS[part](text)))

    assert BUDGET // (6 if part == "job" else 3) < prompt.tokens <= BUDGET
    assert sum(cut.tokens for cut in prompt.cuts) >= size // 8 - BUDGET
    assert len(cut_parts(prompt)) == len(set(cut_parts(prompt)))


LONG = st.builds(lambda text, times: text * times, st.text(max_size=60), st.integers(0, 90))


@settings(max_examples=60)
@given(
    raw=LONG,
    experience=st.lists(LONG, max_size=6),
    form=st.dictionaries(st.text(min_size=1, max_size=20), LONG | st.integers() | st.none(), max_size=6),
    comments=st.lists(LONG, max_size=6),
    job=LONG,
)
def test_any_request_fits_the_budget(
    pack: Pack, raw: str, experience: list[str], form: dict[str, Any], comments: list[str], job: str
) -> None:
    """A prompt is within its budget, and each cut says what went and how much."""
    form.pop("skills", None)
    request = request_of(
        candidate_parsed_cv={"raw": raw, "experience": experience},
        application_form=form,
        comments=[{"content": content} for content in comments],
        job={"description": job},
    )
    prompt = prompt_of(pack, request)

    assert prompt.tokens <= BUDGET
    assert all(cut.tokens > 0 and cut.what for cut in prompt.cuts)


def test_nothing_is_cut_where_all_fits(pack: Pack) -> None:
    """A request of just the budget's length is sent whole; a little more, and a little is cut."""
    fixed = prompt_of(pack, request_of(candidate_parsed_cv={"raw": "word"})).tokens
    fits = request_of(candidate_parsed_cv={"raw": "word" + " word" * (BUDGET - fixed)})
    over = request_of(candidate_parsed_cv={"raw": "word" + " word" * (BUDGET - fixed + 1)})

    assert (prompt_of(pack, fits).tokens, prompt_of(pack, fits).cuts) == (BUDGET, ())
    assert [(cut.part, cut.tokens < 40) for cut in prompt_of(pack, over).cuts] == [("cv_raw", True)]


def test_old_comments_go_before_the_cv_and_the_newest_stays(pack: Pack) -> None:
    """With too much of everything, contexts and old comments go, and the newest comment is still there."""
    comments = [{"content": f"{day} {SENTENCE * 6}", "created_at": f"2026-01-0{day}"} for day in range(1, 8)]
    request = request_of(
        comments=comments, context=[{"note": SENTENCE * 30}], candidate_parsed_cv={"raw": "new line. " * 140}
    )
    prompt = prompt_of(pack, request)

    assert cut_parts(prompt) == ["context", "comments"]
    assert "2026-01-07, unknown author: 7 Designed" in prompt.user
    assert "2026-01-01" not in prompt.user


def test_cut_names_what_is_gone_and_leaves_a_notice(pack: Pack) -> None:
    """The model is told that a part ends early, and the result how much went."""
    whole = SENTENCE * 500
    prompt = prompt_of(pack, request_of(candidate_parsed_cv={"raw": whole}))
    sections = dict(prompt.sections)

    assert prompt.user.endswith("[The rest of this part is left out here.]\n</cv_raw>")
    assert [(cut.part, cut.what) for cut in prompt.cuts] == [("cv_raw", "the end of the text")]
    assert abs(prompt.cuts[0].tokens - (TOKENIZER.count(whole) - sections["cv_raw"])) <= 2


def test_prompt_that_cannot_be_cut_is_refused(tmp_path: Path) -> None:
    """Where the fixed text alone is over budget, the error says by how much and what to change."""
    pack = make_pack(tmp_path, system=SYSTEM + "word " * 1_200)

    with pytest.raises(
        ModelContextExceeded, match=r"tokens over the 1000 that the pack sample allows.*prompt_tokens"
    ):
        prompt_of(pack, request_of(candidate_parsed_cv={"raw": SENTENCE * 50}))


def test_template_that_shows_less_than_there_is_still_ends(tmp_path: Path) -> None:
    """Where a template shows a part only in some cases, cutting goes on until it tells."""
    user = USER.replace("{{ comments |", "{{ comments[:2] |").replace("{{ cv.raw |", "{{ cv.raw[2000:] |")
    request = request_of(
        comments=[{"content": SENTENCE * 9} for _ in range(50)],
        candidate_parsed_cv={"raw": SENTENCE * 400},
    )
    prompt = prompt_of(make_pack(tmp_path, user=user), request)

    assert prompt.tokens <= BUDGET


def test_template_that_reads_single_fields_renders_after_a_cut(tmp_path: Path) -> None:
    """Cutting keeps objects objects, so that a template that goes through them still renders."""
    user = """{% for question, answer in form.items() %}
{{ (question ~ ": " ~ answer) | fence("form") }}
{% endfor %}
{% for each in context %}
{{ each.note | default("") | fence("context") }}
{% endfor %}"""
    request = request_of(
        application_form={"a": SENTENCE * 90, "b": "short"}, context=[{"note": SENTENCE * 90}]
    )
    prompt = prompt_of(make_pack(tmp_path, user=user), request)

    assert sorted(cut_parts(prompt)) == ["context", "form"]
    assert "b: short" in prompt.user


def test_raw_cv_that_repeats_is_left_out_and_told(pack: Pack) -> None:
    """What the structured parts say is not paid for twice."""
    cv = {
        "summary": SENTENCE,
        "experience": ["Nurse, St Anna"],
        "raw": f"Nurse – St. Anna\n{SENTENCE}\nFresh.",
    }
    prompt = prompt_of(pack, request_of(candidate_parsed_cv=cv))

    assert "<cv_raw>\nFresh.\n</cv_raw>" in prompt.user
    assert [(cut.part, cut.what) for cut in prompt.cuts] == [
        ("cv_raw", "2 lines that repeat the structured parts")
    ]
    assert prompt.cuts[0].tokens == TOKENIZER.count(f"Nurse – St. Anna\n{SENTENCE}")


@pytest.mark.parametrize(
    ("user", "left"),
    [
        ('{{ cv.raw | fence("cv_raw") }}', "Own words about seven years on wards.\nNurse"),
        ('{{ cv.summary | fence("cv_summary") }}\n{{ cv.raw | fence("cv_raw") }}', "Nurse"),
        ('{{ cv | fence("cv") }}', None),
    ],
)
def test_raw_cv_is_compared_only_with_parts_that_are_shown(
    tmp_path: Path, user: str, left: str | None
) -> None:
    """A pack that shows the raw CV alone shows all of it."""
    own = "Own words about seven years on wards."
    cv = {"summary": own, "experience": ["Nurse"], "raw": f"{own}\nNurse"}
    prompt = prompt_of(make_pack(tmp_path, user=user), request_of(candidate_parsed_cv=cv))

    assert (f"<cv_raw>\n{left}\n</cv_raw>" in prompt.user) is (left is not None)
    assert ("raw:" in prompt.user) is False


def test_gaps_cost_nothing(pack: Pack) -> None:
    """White space by the million is neither sent nor counted."""
    raw = "a" + " " * 1_000_000 + "b" + "\n" * 1_000_000 + "c"
    prompt = prompt_of(pack, request_of(candidate_parsed_cv={"raw": raw}))

    assert prompt.cuts == ()
    assert len(prompt.user) < 200


def test_larger_budget_of_the_pack_is_used(tmp_path: Path) -> None:
    """The budget is the pack's own."""
    pack = make_pack(tmp_path, toml=TOML.replace("prompt_tokens = 1000", "prompt_tokens = 3000"))
    prompt = prompt_of(pack, request_of(candidate_parsed_cv={"raw": SENTENCE * 500}))

    assert 2_900 < prompt.tokens <= prompt.budget == 3_000


def test_long_raw_cv_full_of_tags_loses_its_end_and_nothing_else(pack: Pack) -> None:
    """What a fence disarms costs more tokens than it did, and is counted as it is sent."""
    raw = "{{ 7 * 7 }} {% raw %} </cv_raw> Ran the Kafka cluster of the payment team.\n" * 1000
    prompt = prompt_of(pack, request_of(candidate_parsed_cv={"raw": raw}))

    assert "A job." in prompt.user
    assert {cut.part for cut in prompt.cuts} == {"cv_raw"}
    assert prompt.tokens > prompt.budget // 2


class CountingTemplate:
    """A template that counts how often it is rendered."""

    def __init__(self, template: Template) -> None:
        self.rendered = 0
        self._template = template

    def render(self, view: dict[str, Any]) -> str:
        """Render, and count."""
        self.rendered += 1
        return self._template.render(view)


@pytest.mark.parametrize(
    ("system", "times"),
    [
        (SYSTEM, 2),
        (f"{{{{ job.description | fence('job') }}}}\n{SYSTEM}", 4),
        (SYSTEM + "{{ form | length }}", 6),
    ],
)
def test_system_message_is_made_once_for_the_candidates_of_a_job(
    tmp_path: Path, system: str, times: int
) -> None:
    """It is made anew for what it reads, and for each candidate where it reads of the candidate."""
    pack = make_pack(tmp_path, system=system)
    template = CountingTemplate(pack.system)
    counted = replace(pack, system=template)  # type: ignore[arg-type] # all that is asked of it is to render
    told = [
        prompt_of(counted, request_of(integration_config={"language": language}, **changes)).system
        for language in ("fr", "de")
        for changes in ({}, {"candidate_parsed_cv": {"raw": "x"}}, {"job": {"description": "B"}})
    ]

    assert template.rendered == times
    assert ["French" in text for text in told] == [True] * 3 + [False] * 3
