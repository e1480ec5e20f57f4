"""What SolidATS gets back: the result of the reference, and the typed `context` that explains it.

May import `contract` siblings.
"""

from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from evaluator.contract.config import LevelName
from evaluator.contract.ours import NAME
from evaluator.contract.request import AssessmentRequest, Identifier

Unrated = Literal["failed", "opted_out"]
"""Statuses of a result without a rating."""

UNRATED = frozenset(get_args(Unrated))

Status = Literal["completed", "needs_review", "insufficient_data", Unrated]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class KeptQuote(_Part):
    """A quote found in its source, in the source's own words."""

    source: Literal["cv", "form", "comments", "context"]
    text: str


class DroppedQuote(_Part):
    """A quote that is no evidence, and why; its text is not repeated."""

    source: Literal["cv", "form", "comments", "context"]
    why: str


class CriterionResult(_Part):
    """How one criterion was judged and what it contributes."""

    id: str = Field(description="`skill_…`, the pack's, or the team's own.")
    title: str
    kind: Literal["skill", "pack", "team"]
    must_have: bool
    weight: float = Field(description="Share of the whole weight, 0 to 1.")
    required_level: LevelName
    level: LevelName = Field(description="Level that verified evidence shows; `none` where nothing does.")
    finding: Literal["evidenced", "contradicted", "not_evidenced"]
    claimed_level: LevelName | None = Field(
        default=None, description="The candidate's own claim in the form; never evidence."
    )
    contribution: float = Field(
        description="Points of the rating that this criterion gives, 0 to 100 × weight."
    )
    reason: str = Field(description="The model's reason, in a sentence or two.")
    quotes: list[KeptQuote] = Field(description="Verified quotes.")
    dropped_quotes: list[DroppedQuote] = Field(default_factory=list)
    note: str | None = Field(default=None, description="Set where code changed what the model said, and why.")


class Evaluator(_Part):
    """Which program made the result."""

    name: str = NAME
    version: str


class PackStamp(_Part):
    """Which prompt pack was used, exactly."""

    name: str
    hash: str = Field(description="SHA-256 over the pack's files.")
    rubric_hash: str = Field(description="SHA-256 over criteria, weights and rules of this assessment.")


class ModelStamp(_Part):
    """Which model judged, and what it took."""

    name: str
    kind: Literal["model", "offline heuristic"] = Field(
        description="`offline heuristic`: the embedded word-matching rater, which is no model."
    )
    form: str = Field(description="How structured output was asked for.")
    calls: int
    repaired: bool
    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int
    cost_usd: float | None = Field(description="None where the price table does not know the model.")
    latency_ms: int


class Section(_Part):
    """Tokens of one part of the prompt."""

    name: str
    tokens: int


class Cut(_Part):
    """What did not reach the model, and why."""

    section: str
    what: str
    tokens: int = Field(description="Tokens left out.")


class PromptStamp(_Part):
    """What was sent."""

    encoding: str = Field(description="tiktoken encoding that the counts are made with.")
    tokens: int
    budget: int
    sections: list[Section]
    cut: list[Cut] = Field(default_factory=list)


class SampleSpread(_Part):
    """How far several samples agree."""

    count: int = Field(description="Samples that the rating stands on.")
    ratings: list[int]
    spread: int = Field(description="Highest minus lowest rating.")
    failed: list[str] = Field(
        default_factory=list,
        description="Why further samples failed, one entry each; they count for nothing.",
    )


class Unmatched(_Part):
    """Names in the team's settings that no criterion of this job has; they change nothing."""

    must_have: list[str] = Field(default_factory=list, description="Of `integration_config.must_have`.")
    weights: list[str] = Field(default_factory=list, description="Of `integration_config.weights`.")


class Range(_Part):
    """The rating by the criteria with all unknowns unmet, and with all met."""

    low: int
    high: int


class Rules(_Part):
    """The pack's figures with which the arithmetic can be done again."""

    claim_weight: float = Field(description="Part at which a claim counts that nothing shows, 0 to 1.")
    coverage_floor: float = Field(description="Coverage under which the material says too little, 0 to 1.")


QuotedFrom = Literal["cv", "form", "comments", "context"]
"""Where a text of the candidate's material stands."""


class Manipulation(_Part):
    """A passage that is made to move the judgement. It was kept from the model, and nothing of it counts."""

    source: QuotedFrom
    pointer: str = Field(description="JSON pointer of the text in the request, as far as it names no person.")
    kind: str = Field(description="What the passage is, such as `instruction`, `reply` or `authority`.")
    severity: Literal["notice", "severe"] = Field(description="`severe`: a person should look.")
    rule: str = Field(description="The rule that found it.")
    excerpt: str | None = Field(
        default=None, description="The passage's own words, 200 characters at most; redacted as the rest is."
    )


class Removal(_Part):
    """Characters without visible form that were taken out of a text before anything read it."""

    place: str = Field(description="JSON pointer of the part of the request.")
    kind: str
    count: int


class SecondOpinion(_Part):
    """One more reading, with the flagged passages as they were written; it is not the rating."""

    rating: int | None = Field(default=None, description="The rating of that reading; null where it failed.")
    difference: int | None = Field(default=None, description="That rating minus the result's own.")
    failed: str | None = Field(default=None, description="Why there is none, if so.")


class ResultContext(_Part):
    """Everything that explains a rating."""

    evaluator: Evaluator
    pack: PackStamp
    model: ModelStamp
    rating_range: Range
    computed_rating: int = Field(
        description="The rating by the criteria; only with `scoring` `holistic` another than the rating."
    )
    coverage: float = Field(description="Share of weight for which there is verified evidence, 0 to 1.")
    confidence: Literal["high", "medium", "low"] | None = Field(
        description="From the spread of several samples; null with one sample. Never the model's word."
    )
    overall_cross_check: int = Field(description="The model's own overall figure; a cross-check only.")
    scoring: Literal["criteria", "holistic"] = Field(
        description="`holistic`: the model's overall figure is the rating."
    )
    rules: Rules
    criteria: list[CriterionResult]
    summary: str
    strengths: list[str]
    concerns: list[str]
    questions: list[str]
    flags: list[str] = Field(default_factory=list, description="Why a person should look, if so.")
    unmatched: Unmatched = Field(
        default_factory=Unmatched,
        description="Names in the team's settings that no criterion of this job has.",
    )
    manipulation: list[Manipulation] = Field(
        default_factory=list, description="Passages that were flagged; the rating is what it is without them."
    )
    removed: list[Removal] = Field(default_factory=list, description="What cleaning took out, by part.")
    redacted: dict[str, int] = Field(
        default_factory=dict, description="How many texts redaction took out, by kind."
    )
    second_opinion: SecondOpinion | None = Field(
        default=None, description="Where the pack asks for it and passages were flagged."
    )
    prompt: PromptStamp
    samples: SampleSpread


class AssessmentResult(BaseModel):
    """The answer to SolidATS. A failed assessment has no rating: a failure is never a score."""

    candidate_id: Identifier = Field(description="As in the request.")
    pipeline_step_id: Identifier = Field(description="As in the request.")
    call_secret: Identifier = Field(description="As in the request.")
    rating: int | float | None = Field(
        default=None, ge=0, le=100, description="0 to 100; absent where the assessment failed."
    )
    v: Any = Field(default=None, description="As in the request.")
    app_id: str | None = Field(default=None, description="This app's id, where one is set.")
    context: dict[str, Any] | None = Field(default=None, description="See ResultContext.")
    comment: str | None = Field(default=None, description="The result in words, plain text.")
    status: Status
    failure_details: str | None = Field(default=None, description="What went wrong, for a person.")
    created_at: str = Field(description="ISO 8601, UTC.")

    @model_validator(mode="after")
    def _is_rated_unless_failed(self) -> "AssessmentResult":
        if self.rating is None and self.status not in UNRATED:
            raise ValueError("a result without a rating is a failed one, or of a candidate who opted out")
        return self

    def as_json(self) -> dict[str, Any]:
        """Return the JSON object without the fields that are not set."""
        return self.model_dump(mode="json", exclude_none=True)


def failed(
    request: AssessmentRequest, *, details: str, at: str, app_id: str | None, status: Unrated = "failed"
) -> AssessmentResult:
    """Return the result of a failed assessment: echoed ids, no rating, and what went wrong."""
    return AssessmentResult(
        candidate_id=request.candidate_id,
        pipeline_step_id=request.pipeline_step_id,
        call_secret=request.call_secret,
        v=request.v,
        app_id=app_id,
        status=status,
        failure_details=details,
        created_at=at,
    )
