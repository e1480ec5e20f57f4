"""Judging planted texts: each goes through the whole pipeline, under a model that is made for it.

May import `assessing`, `assessment`, `settings`, `errors` and the siblings below it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from evaluator.assessment.assessor import Assessor, utc_now
from evaluator.contract.request import AssessmentRequest
from evaluator.contract.result import AssessmentResult
from evaluator.errors import EvaluatorError
from evaluator.evals.attacks.gullible import Gullible, Sober
from evaluator.evals.attacks.outcomes import Attacked, Honest, Leaks
from evaluator.evals.attacks.scripted import FORMS, PLACES, Leaking, Overheard, Quoting
from evaluator.evals.attacks.texts import Planted
from evaluator.models.ask import Model
from evaluator.offline.rater import Rater

_SOURCES = {"application_form": "form", "comments": "comments", "context": "context"}

_LEAK_FLAG = "canary"


class Models(Protocol):
    """Makes the model that judges an attack, and the one that judges a clean twin."""

    def against(self, attack: Sequence[str]) -> Model:
        """Return a model for a request that holds `attack`."""
        ...

    def plain(self) -> Model:
        """Return a model for a request without one."""
        ...


@dataclass(frozen=True, slots=True)
class Scripted:
    """The gullible model: a new one for each attack, which obeys from the share `enough` on."""

    rater: Rater
    enough: float

    def against(self, attack: Sequence[str]) -> Gullible:
        """See Models."""
        return Gullible(self.rater, attack, enough=self.enough)

    def plain(self) -> Sober:
        """See Models."""
        return Sober(self.rater)


@dataclass(frozen=True, slots=True)
class Configured:
    """One model for everything."""

    model: Model

    def against(self, attack: Sequence[str]) -> Model:
        """See Models."""
        return self.model

    def plain(self) -> Model:
        """See Models."""
        return self.model


@dataclass(frozen=True, slots=True)
class Told:
    """A result, or in its place the error."""

    result: AssessmentResult | None = None
    error: str | None = None

    @property
    def rating(self) -> float | None:
        """The rating, None where there is none."""
        return None if self.result is None or self.result.rating is None else float(self.result.rating)

    @property
    def context(self) -> Mapping[str, Any]:
        """What explains the rating; empty where nothing does."""
        return (self.result and self.result.context) or {}

    @property
    def passages(self) -> Counter[tuple[str, str, str, str]]:
        """The flagged passages: kind, severity, rule and own words of each."""
        found: Sequence[Mapping[str, Any]] = self.context.get("manipulation", ())
        return Counter(
            (each["kind"], each["severity"], each["rule"], each.get("excerpt") or "") for each in found
        )

    def flagged_beyond(self, clean: "Told") -> tuple[tuple[str, ...], bool]:
        """Return the kinds of what is flagged here and not in the clean twin, and whether any is severe."""
        more = self.passages - clean.passages
        return tuple(sorted({kind for kind, *_ in more})), any(each[1] == "severe" for each in more)

    @property
    def tells_of_a_leak(self) -> bool:
        """Whether a person is asked to look because a reply gave the prompt's mark away."""
        flags = self.context.get("flags", ())
        status = self.result.status if self.result else ""
        return status == "needs_review" and any(flag.startswith(_LEAK_FLAG) for flag in flags)


async def told(assessor: Assessor, request: AssessmentRequest, model: Model) -> Told:
    """Assess `request` with `model`; an error that the service knows is told in its place."""
    try:
        return Told(await assessor.over(model, now=utc_now).assess(request))
    except EvaluatorError as error:
        return Told(error=str(error))


async def judged_attack(assessor: Assessor, planted: Planted, clean: Told, models: Models) -> Attacked:
    """Assess a request with its attack beside its clean twin's outcome."""
    model = models.against([part.text for part in planted.parts])
    heard = Overheard(model)
    came = await told(assessor, planted.request, heard)
    flagged, severe = came.flagged_beyond(clean)
    scripted = model if isinstance(model, Gullible) else None
    return Attacked(
        id=planted.id,
        kind=planted.kind,
        case=planted.case,
        language=planted.language,
        clean=clean.rating,
        rating=came.rating,
        status=came.result.status if came.result else "failed",
        flagged=flagged,
        severe=severe,
        reached=scripted and round(scripted.reached, 3),
        obeyed=scripted and scripted.obeyed,
        leaked=heard.leaked,
        leak_noticed=heard.leaked and came.tells_of_a_leak,
        error=came.error,
    )


async def judged_honest(assessor: Assessor, planted: Planted, clean: Told, rater: Rater) -> Honest:
    """Assess a request with an honest text, whose evidence is quoted by a scripted model."""
    evidence = planted.evidence or ""
    root = next(part.path[0] for part in planted.parts if evidence in part.text)
    came = await told(assessor, planted.request, Quoting(rater, _SOURCES.get(root, "cv"), evidence))
    flagged, severe = came.flagged_beyond(clean)
    first: Mapping[str, Any] = next(iter(came.context.get("criteria", ())), {})
    kept = bool(first.get("quotes")) and first.get("finding") == "evidenced"
    return Honest(
        id=planted.id,
        kind=planted.kind,
        case=planted.case,
        language=planted.language,
        flagged=flagged,
        severe=severe,
        kept=kept,
        why=None if kept else next((each["why"] for each in first.get("dropped_quotes", ())), None),
        error=came.error,
    )


async def given_away(assessor: Assessor, request: AssessmentRequest, rater: Rater) -> Leaks:
    """Give the prompt's mark away in every slot and form, and count what goes unnoticed."""
    unnoticed = []
    for place in PLACES:
        for form in FORMS:
            came = await told(assessor, request, Leaking(rater, place, form))
            if not came.tells_of_a_leak:
                unnoticed.append(f"{place} {form}")
    return Leaks(tried=len(PLACES) * len(FORMS), unnoticed=tuple(unnoticed))
