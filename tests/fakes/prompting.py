"""Small packs and requests to render, written into a test's own folder."""

from pathlib import Path
from typing import Any

from evaluator.assessment.criteria import claims_for, rubric_for
from evaluator.contract.decode import read_model
from evaluator.contract.request import AssessmentRequest
from evaluator.hygiene import clean_request
from evaluator.prompts.packs import Pack, load_pack
from evaluator.prompts.render import Prompt, build_prompt
from evaluator.prompts.tokens import Tokenizer

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "prompts"
FIXTURES = sorted((ROOT / "fixtures").glob("*/request.json"))
TOKENIZER = Tokenizer("o200k_base")

TOML = """\
title = "Sample"

[[criteria]]
id = "care"
title = "Care with detail"
weight = 40

[criteria.anchors]
basic = "once"
strong = "always"

[[criteria]]
id = "speed"
title = "Speed"
weight = 60
required_level = "working"

[criteria.anchors]
basic = "slow"
working = "fast"

[budget]
prompt_tokens = 1000
"""
SYSTEM = "Judge in {{ language }}."
RUBRIC = '{{ rubric.others | map(attribute="title") | fence("rubric") }}'
USER = """\
{{ job.description | fence("job") }}
{{ claims | fence("claims") }}
{{ cv.summary | fence("cv_summary") }}
{{ cv.experience | fence("cv_experience") }}
{{ cv.raw | fence("cv_raw") }}
{{ form | fence("form") }}
{{ comments | fence("comments") }}
{{ context | fence("context") }}
{{ extra | fence("extra") }}
"""


def write_pack(
    folder: Path, *, toml: str = TOML, system: str = SYSTEM, user: str = USER, name: str = "sample"
) -> Path:
    """Write a pack into `folder` and return its own folder; where no template shows the rubric, one does."""
    path = folder / name
    path.mkdir()
    if 'fence("rubric")' not in system + user:
        system, user = (f"{system}\n{RUBRIC}", user) if system == SYSTEM else (system, f"{user}\n{RUBRIC}")
    for file, text in (("pack.toml", toml), ("system.jinja", system), ("user.jinja", user)):
        (path / file).write_text(text, encoding="utf-8")
    return path


def make_pack(folder: Path, **texts: str) -> Pack:
    """Write a pack and load it."""
    return load_pack(write_pack(folder, **texts))


def payload(**changes: Any) -> dict[str, Any]:
    """Return the least request as decoded JSON, with `changes` at its top."""
    least = {
        "job": {"description": "A job."},
        "candidate_id": "c-1",
        "pipeline_step_id": "p-1",
        "call_secret": "s-1",
        "candidate_parsed_cv": {},
    }
    return least | changes


def read(sent: Any) -> AssessmentRequest:
    """Return a decoded request as the assessment sees it: validated and cleaned."""
    return clean_request(read_model(AssessmentRequest, sent))


def request_of(**changes: Any) -> AssessmentRequest:
    """Return the least request with `changes`."""
    return read(payload(**changes))


def prompt_of(pack: Pack, request: AssessmentRequest, *, app_id: str | None = None) -> Prompt:
    """Return the prompt that the assessment would send."""
    return build_prompt(
        pack,
        request,
        rubric_for(request, pack),
        claims_for(request),
        tokenizer=TOKENIZER,
        app_id=app_id,
    )
