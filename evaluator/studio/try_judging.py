"""Who judges in a run: the draft and the published version, by the service's model or the offline rater.

Few questions are asked at once, all runs of a process together, so that candidates who are judged in earnest
do not wait for drafts. May import `evals`, `models`, `prompts`, `settings`, `errors` and `studio` siblings.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from evaluator import __version__
from evaluator.contract.ours import HEURISTIC
from evaluator.contract.request import AssessmentRequest
from evaluator.errors import EvaluatorError, PackError
from evaluator.evals.concurrency import Places
from evaluator.evals.contender import Contender
from evaluator.evals.contestants import contender_by
from evaluator.evals.dataset import Case
from evaluator.evals.endpoint import Endpoint
from evaluator.evals.runs import Contestant, Row
from evaluator.models.ask import Model
from evaluator.prompts.packs import Pack
from evaluator.settings import Settings
from evaluator.studio.try_cases import TryCase, as_json
from evaluator.studio.try_rows import DRAFT, PUBLISHED, Tried

AT_ONCE = 4
"""Questions that the runs of a process ask at once; fewer where the service itself asks fewer."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Who is asked: a model by its name, or the offline rater."""

    model: Model
    name: str
    offline: bool


class Judges:
    """Makes what judges. `aclose` ends the offline rater that it may have made."""

    def __init__(self, settings: Settings, asked: Asked, *, mark: Callable[..., str]) -> None:
        """`asked` is the service's own; `mark` makes a mark of texts that nobody else can."""
        self._settings = settings
        self._asked = asked
        self._mark = mark
        self._rater = Endpoint(settings.model_copy(update={"model_base_url": None}), None)
        self.places = Places.fixed(min(AT_ONCE, settings.max_concurrency))

    def asked(self, *, offline: bool) -> Asked:
        """Return who is asked: the service's own, or with `offline` the rater whatever is set up."""
        if self._asked.offline or not offline:
            return self._asked
        return Asked(self._rater, HEURISTIC, offline=True)

    def contender(self, pack: Pack, label: str, asked: Asked) -> Contender:
        """Return what judges by `pack`."""
        return contender_by(
            self._settings,
            pack,
            label,
            asked.model,
            name=asked.name,
            offline=asked.offline,
            places=self.places,
            canary_key=self._mark("canary").encode(),
        )

    def key(self, contestant: Contestant, request: AssessmentRequest) -> str:
        """Return the mark by which a result is known again: the same request, pack, model and program."""
        endpoint = "" if contestant.offline else self._settings.model_base_url or ""
        asked = AssessmentRequest.model_dump_json(request.model_copy(update={"call_secret": ""}))
        own = (__version__, contestant.pack_hash or "", contestant.model, endpoint)
        return self._mark("studio try", *own, asked)

    async def aclose(self) -> None:
        """Close what was opened."""
        await self._rater.aclose()


class Pairing:
    """Judges each candidate by both sides, and hands on what comes out; a `Judge` of the eval code.

    The draft's templates run in this process only once they were rendered for the same candidate in the
    bounded one, so that a loop without end holds up nothing.
    """

    def __init__(
        self,
        cases: Mapping[str, TryCase],
        *,
        draft: Contender | None,
        published: Contender | None,
        renders: Callable[[AssessmentRequest], Awaitable[int]],
        key: Callable[[Contestant, AssessmentRequest], str],
        earlier: Mapping[str, Row],
        keep: Callable[[TryCase, Tried], Awaitable[None]],
    ) -> None:
        """`renders` raises where the draft cannot be rendered; `earlier`: results by their key."""
        self._cases = cases
        self._draft = draft
        self._published = published
        self._renders = renders
        self._key = key
        self._earlier = earlier
        self._keep = keep

    async def judge(self, case: Case, repeat: int) -> Row:
        """Return the row of one side; both are kept. Raises StorageUnavailable where they cannot be."""
        chosen = self._cases[case.name]
        draft, (published, reused) = await asyncio.gather(
            self._by_draft(case, repeat), self._by_published(case, repeat)
        )
        keys = {
            name: self._key(each.contestant, case.request)
            for name, each in ((DRAFT, self._draft), (PUBLISHED, self._published))
            if each is not None
        }
        tried = Tried(
            case=case.name,
            title=chosen.title,
            request=as_json(case.request),
            expectation=case.expectation,
            draft=draft,
            published=published,
            reused=reused,
            keys=keys,
        )
        await self._keep(chosen, tried)
        return next(row for _, row in tried.sides)

    async def _by_draft(self, case: Case, repeat: int) -> Row | None:
        if self._draft is None:
            return None
        try:
            await self._renders(case.request)
        except EvaluatorError as error:
            return _unjudged(case, repeat, told(error))
        return _short(await self._draft.judge(case, repeat))

    async def _by_published(self, case: Case, repeat: int) -> tuple[Row | None, bool]:
        if self._published is None:
            return None, False
        found = self._earlier.get(self._key(self._published.contestant, case.request))
        if found is not None:
            return found.model_copy(update={"case": case.name, "repeat": repeat}), True
        return _short(await self._published.judge(case, repeat)), False


def contestant(pack: Pack, label: str, asked: Asked) -> Contestant:
    """Return what a pack judges as."""
    return Contestant(
        label=label, pack=pack.name, pack_hash=pack.hash, model=asked.name, offline=asked.offline
    )


def told(error: EvaluatorError) -> str:
    """Return what a person is told of an error: of a pack's its fault and line, without the place."""
    if isinstance(error, PackError):
        line = f", line {error.line}" if error.line is not None else ""
        return f"{error.path.name}{line}: {error.told}"
    return str(error)


def _short(row: Row) -> Row:
    """Leave out the prompt and the reply, which are long and told elsewhere."""
    return row.model_copy(update={"exchanges": ()})


def _unjudged(case: Case, repeat: int, why: str) -> Row:
    return Row(case=case.name, repeat=repeat, source="endpoint", seconds=0.0, error=why)
