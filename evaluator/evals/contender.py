"""One contestant, able to judge: a case in, a row out, whatever happens.

May import `assessment`, `errors` and the siblings `exchanges`, `recordings`, `endpoint`,
`dataset` and `runs`.
"""

from collections.abc import Mapping

import structlog

from evaluator.assessment.assessor import DEFAULT_PACK, Assessor
from evaluator.assessment.screening import Screen, screened
from evaluator.contract.request import AssessmentRequest
from evaluator.contract.result import AssessmentResult, failed
from evaluator.errors import EvaluatorError, FixtureError, OptedOut
from evaluator.evals.counting import Counts
from evaluator.evals.dataset import Case
from evaluator.evals.endpoint import Endpoint
from evaluator.evals.exchanges import Asking, Exchanges
from evaluator.evals.recordings import RecordingFile, Recordings
from evaluator.evals.runs import Contestant, Row, Source

_log = structlog.get_logger(__name__)


class Contender:
    """One contestant, able to judge. `aclose` ends it, and puts in order what it recorded."""

    def __init__(
        self,
        contestant: Contestant,
        assessor: Assessor,
        *,
        asking: Asking,
        recordings: Recordings,
        endpoint: Endpoint,
        chosen: Mapping[str, str],
        screen: Screen = screened,
    ) -> None:
        """`chosen`: members of `integration_config` that stand over each request's own."""
        self.contestant = contestant
        self._assessor = assessor
        self._asking = asking
        self._recordings = recordings
        self._endpoint = endpoint
        self._chosen = chosen
        self._screen = screen
        self._counts = Counts()
        self._told_of_a_fault = False

    async def judge(self, case: Case, repeat: int) -> Row:
        """Assess `case`; whatever goes wrong is the row's error. `repeat` counts from 0."""
        try:
            exchanges = self._exchanges(case, repeat)
        except EvaluatorError as error:
            source = self._asking.source
            return Row(case=case.name, repeat=repeat, source=source, seconds=0.0, error=str(error))
        came = await self._assessed(case.request, exchanges)
        return Row(
            case=case.name,
            repeat=repeat,
            source=_source(exchanges, came),
            seconds=exchanges.seconds(),
            result=None if isinstance(came, str) else came,
            error=came if isinstance(came, str) else None,
            exchanges=exchanges.heard,
        )

    async def aclose(self) -> None:
        """Close the connections; raises FixtureError where recordings cannot be written."""
        await self._endpoint.aclose()
        self._recordings.tidy()

    def _exchanges(self, case: Case, repeat: int) -> Exchanges:
        file = self._file_of(case)
        return Exchanges(
            self._asking,
            case.name,
            repeat,
            pack=self._pack_of(case),
            file=file,
            counts=self._counts_of(case, file),
        )

    def _pack_of(self, case: Case) -> str:
        return self.contestant.pack or case.request.integration_config.prompt or DEFAULT_PACK

    def _file_of(self, case: Case) -> RecordingFile | None:
        if self._asking.replies == "live":
            return None
        file = self._recordings.of(case)
        if file is None and self._asking.replies == "record":
            raise FixtureError(
                f"{case.name}: has no folder, and comes from no file, to keep recordings beside"
            )
        return file

    def _counts_of(self, case: Case, file: RecordingFile | None) -> Counts:
        """Return what counts tokens: for a recording a new one each time, so that it notes them all."""
        if self._asking.replies == "record":
            return Counts()
        for recording in file.of_case(case.name) if file else ():
            self._counts.learn(recording.tokens)
        return self._counts

    async def _assessed(self, request: AssessmentRequest, exchanges: Exchanges) -> AssessmentResult | str:
        """Return the result, or what went wrong; keeps what was asked, if it is to be kept."""
        try:
            came = await self._told(request, exchanges)
            exchanges.keep()
        except EvaluatorError as error:
            return str(error)
        except Exception as error:  # noqa: BLE001 - a case that crashes is a row, not the end
            return self._fault(error)
        return came

    async def _told(self, request: AssessmentRequest, exchanges: Exchanges) -> AssessmentResult | str:
        """Return the result, or the words of the failure."""
        assessor = self._assessor.over(
            exchanges, now=exchanges.made_at, tokenizer=exchanges.counts.tokenizer, screen=self._screen
        )
        try:
            result = await assessor.assess(self._judged_as(request))
        except OptedOut as error:
            at = exchanges.made_at().isoformat(timespec="seconds")
            return failed(request, details=error.public, at=at, app_id=None, status=error.result_status)
        except EvaluatorError as error:
            return str(error)
        # Of several samples one without a recording does not stop the others, and the result is another.
        return str(exchanges.lacking) if exchanges.lacking else result

    def _judged_as(self, request: AssessmentRequest) -> AssessmentRequest:
        if not self._chosen:
            return request
        config = request.integration_config.model_copy(update=self._chosen)
        return request.model_copy(update={"integration_config": config})

    def _fault(self, error: Exception) -> str:
        while isinstance(error, ExceptionGroup):
            error = error.exceptions[0]
        if not self._told_of_a_fault:
            _log.error("unexpected_error", exc_info=error)
            self._told_of_a_fault = True
        return f"unexpected {type(error).__name__}; the log says where"


def _source(exchanges: Exchanges, came: AssessmentResult | str) -> Source:
    """Return where the replies came from; the offline rater behind an endpoint says so in its answer."""
    if isinstance(came, str) or exchanges.source != "endpoint":
        return exchanges.source
    stamp = (came.context or {}).get("model", {})
    return "offline" if stamp.get("kind") == "offline heuristic" else "endpoint"
