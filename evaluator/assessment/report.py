"""Assembling the result: rating, status, comment, and a context that explains every point.

May import `commentary`, `scoring`, `evidence`, `prompts`, `models`, the siblings `flagging` and `screening`,
and below.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import reduce
from operator import add
from statistics import median_low

from evaluator import __version__
from evaluator.assessment.flagging import manipulations, removals, severe_flags
from evaluator.assessment.screening import Screened
from evaluator.commentary.comment import Findings, Flag, FlagKind, questions_for, write_comment
from evaluator.contract.ours import HEURISTIC
from evaluator.contract.request import AssessmentRequest
from evaluator.contract.result import (
    AssessmentResult,
    CriterionResult,
    Cut,
    DroppedQuote,
    Evaluator,
    KeptQuote,
    ModelStamp,
    PackStamp,
    PromptStamp,
    Range,
    ResultContext,
    Rules,
    SampleSpread,
    SecondOpinion,
    Section,
    Status,
    Unmatched,
)
from evaluator.evidence import Verified
from evaluator.judgement import Finding, Reply
from evaluator.models.ask import Answer, Usage
from evaluator.prompts.packs import Pack
from evaluator.prompts.render import Prompt
from evaluator.prompts.view import PARTS
from evaluator.rubric import Claims, Rubric
from evaluator.scoring import (
    MEDIUM_SPREAD,
    Contribution,
    MedianJudgement,
    Score,
    combine,
    confidence,
    score,
)

_CANDIDATES = frozenset(
    name for name, path in PARTS.items() if path[0] in {"cv", "form", "comments", "context"}
)
"""Parts of a prompt that are the candidate's material; the job's and the team's are not."""

_OTHERS = frozenset({"template", "rubric", "claims", *PARTS}) - _CANDIDATES

_OUTWEIGHING: frozenset[FlagKind] = frozenset(
    {"must_have_contradicted", "manipulation", "authority", "hidden", "encoded", "canary", "second_opinion"}
)
"""Flags for which a person looks, however little the material says."""

SECOND_POINTS = 5
"""Points by which flagged passages may move a reading until a person looks."""

_ROUNDING = 1e-9
"""What a sum of shares may lack by rounding."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One judgement of the model: what it answered, as read, and as checked.

    `leaked`: the answer held the canary, which `reply` no longer does.
    """

    answer: Answer
    reply: Reply
    verified: Mapping[str, Verified]
    leaked: bool = False


@dataclass(frozen=True, slots=True)
class Second:
    """The reading with the flagged passages as written: a sample, or why there is none, in public words."""

    sample: Sample | None = None
    failed: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that a result is made from. `request` is the one that came, with its ids untouched.

    `at` is when the result is made, `failures` why further samples failed, in words for outside;
    `screened` is what was found and taken out, `second` one more reading where the pack asks for it,
    `earlier` are samples in whose place others were taken.
    """

    request: AssessmentRequest
    pack: Pack
    rubric: Rubric
    claims: Claims
    prompt: Prompt
    samples: Sequence[Sample]
    offline: bool
    app_id: str | None
    at: datetime
    failures: Sequence[str] = ()
    unmatched: Unmatched = field(default_factory=Unmatched)
    screened: Screened | None = None
    second: Second | None = None
    earlier: Sequence[Sample] = ()

    @property
    def readings(self) -> Sequence[Sample]:
        """All that the model answered."""
        second = self.second.sample if self.second else None
        return [*self.samples, *([second] if second else []), *self.earlier]

    @property
    def by_heuristic(self) -> bool:
        """Whether the offline rater judged, also where it was reached under a model's name."""
        return self.offline or any(sample.answer.model == HEURISTIC for sample in self.readings)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What the samples say together; `reply` is of the sample whose rating is nearest to the result's."""

    verified: Mapping[str, Verified]
    score: Score
    overall: int
    rating: int
    ratings: Sequence[int]
    reply: Reply

    @property
    def spread(self) -> int:
        return max(self.ratings) - min(self.ratings)


def report(material: Report) -> AssessmentResult:
    """Return the result of an assessment that a model has answered."""
    outcome = _outcome(material)
    findings = _findings(material, outcome)
    request = material.request
    config = request.integration_config
    return AssessmentResult(
        candidate_id=request.candidate_id,
        pipeline_step_id=request.pipeline_step_id,
        call_secret=request.call_secret,
        v=request.v,
        app_id=material.app_id,
        rating=outcome.rating,
        status=_status(findings.flags, findings.insufficient),
        comment=write_comment(findings, language=config.language, style=config.comment_style),
        context=_context(material, outcome, findings).model_dump(mode="json"),
        created_at=material.at.isoformat(timespec="seconds"),
    )


def _outcome(material: Report) -> _Outcome:
    verified = _settled(material)
    computed = score(material.rubric, verified, material.claims)
    overall = median_low([sample.reply.overall for sample in material.samples])
    rating = overall if material.rubric.holistic else computed.rating
    single = len(material.samples) == 1
    ratings = [rating] if single else [_rating(sample, material) for sample in material.samples]
    nearest = min(range(len(ratings)), key=lambda at: abs(ratings[at] - rating))
    return _Outcome(verified, computed, overall, rating, ratings, material.samples[nearest].reply)


def _settled(material: Report) -> Mapping[str, Verified]:
    """Return one verified judgement per criterion: what the samples say together, with one's own quotes."""
    verified = [sample.verified for sample in material.samples]
    if len(verified) == 1:
        return verified[0]
    medians = combine(verified, material.rubric)
    return {key: _stood_for(median, [each[key] for each in verified]) for key, median in medians.items()}


def _stood_for(median: MedianJudgement, verified: Sequence[Verified]) -> Verified:
    """Return the sample that stands for all, at their level; none where no sample has their finding."""
    if median.sample is None:
        note = f"{len(verified)} readings disagree, and no finding has the majority: not evidenced"
        return Verified((), (), "", median.finding, median.level, note)
    chosen = verified[median.sample]
    if chosen.level is median.level:
        return chosen
    shown = f"the one shown here says {chosen.level.word}"
    note = f"{median.level.word} is the median of {len(verified)} readings; {shown}"
    return replace(chosen, level=median.level, note=note)


def _rating(sample: Sample, material: Report) -> int:
    if material.rubric.holistic:
        return sample.reply.overall
    return score(material.rubric, sample.verified, material.claims).rating


def _findings(material: Report, outcome: _Outcome) -> Findings:
    return Findings(
        rating=outcome.rating,
        score=outcome.score,
        holistic=material.rubric.holistic,
        verified=outcome.verified,
        claims=material.claims,
        summary=outcome.reply.summary,
        questions=outcome.reply.questions,
        flags=_flags(material, outcome),
        insufficient=outcome.score.coverage < material.rubric.coverage_floor - _ROUNDING,
        offline=material.by_heuristic,
        unread_percent=_unread_percent(material.prompt),
        unmatched=(*material.unmatched.must_have, *material.unmatched.weights),
        stamp=f"{material.pack.name} {material.pack.hash[:8]}",
    )


def _flags(material: Report, outcome: _Outcome) -> list[Flag]:
    flags = [
        Flag("must_have_contradicted", part.criterion.shown)
        for part in outcome.score.contributions
        if part.criterion.must_have and part.finding is Finding.CONTRADICTED
    ]
    flags += severe_flags(material.screened)
    if any(reading.leaked for reading in material.readings):
        flags.append(Flag("canary", "the prompt's own mark stands in a reply"))
    second = _second_opinion(material, outcome)
    if second and second.difference is not None and abs(second.difference) > SECOND_POINTS:
        flags.append(Flag("second_opinion", str(abs(second.difference))))
    if outcome.spread > MEDIUM_SPREAD:
        flags.append(Flag("samples_disagree", str(outcome.spread)))
    if (points := _points_off(material, outcome)) > material.pack.settings.cross_check_points:
        flags.append(Flag("holistic_gap" if material.rubric.holistic else "cross_check", str(points)))
    return flags


def _second_opinion(material: Report, outcome: _Outcome) -> SecondOpinion | None:
    if material.second is None or material.second.sample is None:
        return SecondOpinion(failed=material.second.failed) if material.second else None
    rating = _rating(material.second.sample, material)
    return SecondOpinion(rating=rating, difference=rating - outcome.rating)


def _points_off(material: Report, outcome: _Outcome) -> int:
    """Return how far the overall figure is from the computed range; as the rating, from the computed one."""
    computed = outcome.score
    if material.rubric.holistic:
        return abs(outcome.overall - computed.rating)
    return max(computed.low - outcome.overall, outcome.overall - computed.high, 0)


def _status(flags: Sequence[Flag], insufficient: bool) -> Status:
    """Some flags outweigh thin material, which explains the others: why figures disagree."""
    if any(flag.kind in _OUTWEIGHING for flag in flags):
        return "needs_review"
    if insufficient:
        return "insufficient_data"
    return "needs_review" if flags else "completed"


def _context(material: Report, outcome: _Outcome, findings: Findings) -> ResultContext:
    pack, rubric, reply = material.pack, material.rubric, outcome.reply
    return ResultContext(
        evaluator=Evaluator(version=__version__),
        pack=PackStamp(name=pack.name, hash=pack.hash, rubric_hash=rubric.digest()),
        model=_model_stamp(material),
        rating_range=Range(low=outcome.score.low, high=outcome.score.high),
        computed_rating=outcome.score.rating,
        coverage=round(outcome.score.coverage, 3),
        confidence=confidence(outcome.ratings),
        overall_cross_check=outcome.overall,
        scoring="holistic" if rubric.holistic else "criteria",
        rules=Rules(claim_weight=rubric.claim_weight, coverage_floor=rubric.coverage_floor),
        criteria=[_criterion(part, findings) for part in outcome.score.contributions],
        summary=reply.summary,
        strengths=list(reply.strengths),
        concerns=list(reply.concerns),
        questions=questions_for(findings, material.request.integration_config.language),
        flags=[f"{flag.kind}: {flag.detail}" for flag in findings.flags],
        unmatched=material.unmatched,
        manipulation=manipulations(material.screened),
        removed=removals(material.screened),
        redacted=dict(material.screened.redacted) if material.screened else {},
        second_opinion=_second_opinion(material, outcome),
        prompt=_prompt_stamp(material.prompt),
        samples=SampleSpread(
            count=len(outcome.ratings),
            ratings=list(outcome.ratings),
            spread=outcome.spread,
            failed=list(material.failures),
        ),
    )


def _criterion(part: Contribution, findings: Findings) -> CriterionResult:
    verified = findings.verified[part.criterion.id]
    claimed = findings.claims.get(part.criterion.id)
    return CriterionResult(
        id=part.criterion.id,
        title=part.criterion.title,
        kind=part.criterion.kind,
        must_have=part.criterion.must_have,
        weight=round(part.possible / 100, 4),
        required_level=part.criterion.required.word,
        level=part.level.word,
        finding=part.finding.value,
        claimed_level=claimed.word if claimed else None,
        contribution=round(part.points, 2),
        reason=verified.reason,
        quotes=[KeptQuote(source=quote.source.value, text=quote.text) for quote in verified.quotes],
        dropped_quotes=[DroppedQuote(source=each.source.value, why=each.why) for each in verified.dropped],
        note=verified.note,
    )


def _unread_percent(prompt: Prompt) -> int:
    """Return how much of the candidate's material was too long to be sent; repetition does not count."""
    cut = sum(cut.tokens for cut in prompt.cuts if cut.part in _CANDIDATES and not cut.repeated)
    sent = sum(tokens for name, tokens in prompt.sections if name not in _OTHERS)
    return round(100 * cut / (cut + sent)) if cut else 0


def _model_stamp(material: Report) -> ModelStamp:
    answers = [reading.answer for reading in material.readings]
    usage: Usage = reduce(add, (answer.usage for answer in answers), Usage())
    return ModelStamp(
        name=answers[0].model,
        kind="offline heuristic" if material.by_heuristic else "model",
        form=answers[0].form,
        calls=usage.calls,
        repaired=any(answer.repaired for answer in answers),
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
        cached_tokens=usage.cached_tokens,
        cost_usd=None if usage.cost_usd is None or material.by_heuristic else round(usage.cost_usd, 6),
        latency_ms=round(1000 * max(answer.latency_s for answer in answers)),
    )


def _prompt_stamp(prompt: Prompt) -> PromptStamp:
    return PromptStamp(
        encoding=prompt.encoding,
        tokens=prompt.tokens,
        budget=prompt.budget,
        sections=[Section(name=name, tokens=tokens) for name, tokens in prompt.sections],
        cut=[Cut(section=cut.part, what=cut.what, tokens=cut.tokens) for cut in prompt.cuts],
    )
