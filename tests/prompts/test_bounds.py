"""Bounds before counting: the same for every candidate of a job, told, and cheap whatever is sent."""

from pathlib import Path
from typing import Any

import pytest

from evaluator.assessment.criteria import rubric_for
from evaluator.prompts.bounds import bounded
from evaluator.prompts.packs import Budget, Pack
from evaluator.prompts.render import Prompt, build_prompt
from evaluator.prompts.tokens import Tokenizer
from evaluator.prompts.view import PARTS, SHARED_PARTS, template_view
from evaluator.rubric import Criterion, Level, Rubric
from tests.fakes.prompting import TOKENIZER, TOML, USER, make_pack, prompt_of, request_of

SENTENCE = "Designed the ledger service and led its migration to new partitions. "
BUDGET = Budget(prompt_tokens=1_000)
SHARED = """\
{{ job.description | fence("job") }}
{{ job.prompt | fence("job_prompt") }}
{{ step_prompt | fence("step_prompt") }}
{{ config.instructions | fence("team_instructions") }}
"""
LONG_JOB = {
    "job": {"description": SENTENCE * 300, "prompt": SENTENCE * 90},
    "step_prompt": SENTENCE * 90,
    "integration_config": {"instructions": SENTENCE * 50},
}


class CountingTokenizer(Tokenizer):
    """A tokenizer that knows how many characters it was given."""

    def __init__(self) -> None:
        super().__init__("o200k_base")
        self.characters = 0

    def count(self, text: str) -> int:
        """Count, and remember the length."""
        self.characters += len(text)
        return super().count(text)


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    """Return a pack with a budget of a thousand tokens that shows the shared parts first."""
    return make_pack(tmp_path, user=SHARED + USER.partition("\n")[2])


def long_texts(size: int) -> dict[str, dict[str, Any]]:
    """Return requests of about `size` characters, each long in another place."""
    text = (SENTENCE * (size // len(SENTENCE) + 1))[:size]
    pieces = [text[at : at + 99] for at in range(0, size, 99)]
    return {
        "raw": {"candidate_parsed_cv": {"raw": text}},
        "repeated": {"candidate_parsed_cv": {"raw": text[: size // 2], "summary": text[: size // 2]}},
        "positions": {"candidate_parsed_cv": {"experience": pieces}},
        "answer": {"application_form": {"why": text}},
        "answers": {"application_form": {str(at): piece for at, piece in enumerate(pieces)}},
        "comments": {"comments": [{"content": piece} for piece in pieces]},
        "context": {"context": [{"deep": {"deeper": [{"deepest": text}]}}]},
        "everywhere": {
            "candidate_parsed_cv": {"raw": text[::5], "summary": text[1::5], "experience": [text[2::5]]},
            "comments": [{"content": text[3::5]}],
            "application_form": {"why": text[4::5]},
        },
        "job": {"job": {"description": text}},
        "unknown": {"motto": [text, {"inner": text}]},
    }


@pytest.mark.parametrize("place", long_texts(0))
def test_two_million_characters_are_not_all_counted(pack: Pack, place: str) -> None:
    """However long a text is, no more reaches the tokenizer than the budget could hold many times over."""
    request = request_of(**long_texts(2_000_000)[place])
    tokenizer = CountingTokenizer()
    prompt = build_prompt(pack, request, rubric_for(request, pack), {}, tokenizer=tokenizer)

    assert prompt.tokens <= prompt.budget
    assert tokenizer.characters < 15 * 16 * prompt.budget


@pytest.mark.parametrize("place", ["raw", "positions", "answer", "context", "job", "unknown"])
def test_tokens_of_what_is_not_counted_are_about_right(pack: Pack, place: str) -> None:
    """The cuts of a long request tell about as many tokens as really went."""
    size = 400_000
    prompt = prompt_of(pack, request_of(**long_texts(size)[place]))
    times = 2 if place == "unknown" else 1

    assert len({cut.part for cut in prompt.cuts}) == len(prompt.cuts)
    assert sum(cut.tokens for cut in prompt.cuts) == pytest.approx(
        times * TOKENIZER.count(SENTENCE * 1_000) * size / len(SENTENCE * 1_000), rel=0.15
    )


@pytest.mark.parametrize("candidate", [{}, {"raw": "Nurse"}, {"raw": "word and word. " * 30_000}])
def test_job_is_cut_alike_for_every_candidate(pack: Pack, candidate: dict[str, Any]) -> None:
    """A long job begins every prompt with the same bytes, whatever room the candidate leaves."""
    usual = prompt_of(pack, request_of(**LONG_JOB, candidate_parsed_cv={"raw": "Teacher. " * 40}))
    prompt = prompt_of(pack, request_of(**LONG_JOB, candidate_parsed_cv=candidate))

    assert (shared(prompt), prompt.system) == (shared(usual), usual.system)
    assert shared_cuts(prompt) == shared_cuts(usual)
    assert {cut.part for cut in shared_cuts(prompt)} == SHARED_PARTS


def shared(prompt: Prompt) -> str:
    """Return what stands before the candidate."""
    return prompt.user.partition("<cv_raw>")[0].strip()


def shared_cuts(prompt: Prompt) -> list[Any]:
    """Return the cuts of the parts that candidates share."""
    return [cut for cut in prompt.cuts if cut.part in SHARED_PARTS]


def test_share_of_a_shared_part_is_its_bound(tmp_path: Path) -> None:
    """Each has at most its share of the budget, the pack's own where it gives one."""
    toml = TOML.replace("1000", "5000") + "[budget.shares]\njob = 0.3\n"
    pack = make_pack(tmp_path, user=SHARED, toml=toml)
    sections = dict(prompt_of(pack, request_of(**LONG_JOB)).sections)

    assert 1_400 < sections["job"] <= 1_500
    assert all(450 < sections[part] <= 500 for part in SHARED_PARTS - {"job"})


def test_what_is_within_its_bounds_stays_the_same_object() -> None:
    """A usual request is neither copied nor counted."""
    rubric = Rubric((Criterion("own", "Own", 1, Level.BASIC, "pack"),))
    view = template_view(request_of(comments=[{"content": "Calm."}]), rubric, {}, app_id=None)
    tokenizer = CountingTokenizer()
    kept, cuts = bounded(view, frozenset(PARTS), BUDGET, tokenizer)

    assert kept is view
    assert (cuts, tokenizer.characters) == ({}, 0)
