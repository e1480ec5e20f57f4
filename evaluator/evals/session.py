"""One call of the command: cases and contestants in, runs and what was found in them out.

    session = Session(settings, wanted, sys.stderr)
    report = session.play(cases)          # also what there is after Ctrl-C: report.runs[…].interrupted

May import `assessing`, `settings` and all `evals` siblings.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import TextIO

from evaluator import __version__
from evaluator.assessing import packs_of
from evaluator.assessment.assessor import DEFAULT_PACK
from evaluator.evals import baselines, partial
from evaluator.evals.checks import misses, misses_across
from evaluator.evals.comparison import compare_all
from evaluator.evals.concurrency import MOST, Places
from evaluator.evals.conditions import Condition
from evaluator.evals.contender import Contender
from evaluator.evals.contestants import contenders
from evaluator.evals.dataset import Case
from evaluator.evals.exchanges import Replies
from evaluator.evals.gates import check_measurable, failing
from evaluator.evals.labels import labels_of
from evaluator.evals.progress import shown
from evaluator.evals.regressions import Against, against
from evaluator.evals.reports.material import CUT, Report
from evaluator.evals.running import Gathering, run_cases, to_the_end
from evaluator.evals.runs import Contestant, Row, Run
from evaluator.evals.saved import load_run
from evaluator.evals.twins import twins_of
from evaluator.settings import Settings

UNFINISHED = "evals"
"""The folder, within the data folder, of runs that were not finished."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What one call asks for.

    `fixtures` is the folder or the file that the cases come from, `whole` whether all of its cases are run.
    `against`: saved runs to compare with; `resume`: go on with the newest unfinished run that is this one.
    """

    fixtures: Path
    whole: bool = True
    packs: Sequence[str] = ()
    models: Sequence[str] = ()
    against: Sequence[Path] = ()
    replies: Replies = "auto"
    repeats: int = 1
    concurrency: int | None = None
    twins: bool = False
    cut: float = CUT
    baseline: str | None = None
    gates: Sequence[Condition] = ()
    resume: bool = False


class Session:
    """Plays cases, as often as it is asked to; every time with packs as they are then."""

    def __init__(
        self,
        settings: Settings,
        wanted: Wanted,
        progress: TextIO,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """`progress` is where a bar is shown; `now` and `clock` are for tests."""
        self._settings = settings
        self._wanted = wanted
        self._progress = progress
        self._now = now
        self._clock = clock
        self._spent: partial.Partial | None = None
        # Read before anything is paid for.
        self._saved = [load_run(path) for path in wanted.against]
        self._baseline = (
            None if wanted.baseline is None else baselines.load_baseline(wanted.fixtures, wanted.baseline)
        )

    def play(self, cases: Sequence[Case]) -> Report:
        """Judge `cases` by every contestant and return what is to be told; raises an EvaluatorError.

        After Ctrl-C it returns what there is.
        """
        whole = self._whole(cases)
        to_the_end(lambda: self._judge(whole))
        return self._ended(whole)

    def forget(self) -> None:
        """Remove what `--resume` would go on with, if all is there; called when reports are written."""
        if self._spent is not None:
            self._spent.remove()
            self._spent = None

    async def play_on(self, cases: Sequence[Case]) -> Report:
        """Do the same on a loop that runs already, where a cancellation ends it."""
        whole = self._whole(cases)
        try:
            await self._judge(whole)
        finally:
            report = self._ended(whole)
        return report

    def report(self, runs: Sequence[Run], cases: Sequence[Case]) -> Report:
        """Return what is told of `runs`: what falls short, what differs, and what got worse."""
        last = runs[-1]
        beside = self._beside(last, cases)
        labels = labels_of({case: each for run in runs for case, each in run.expectations.items()})
        return Report(
            runs=runs,
            cases={case.name: case for case in cases},
            comparisons=compare_all(runs, cut=self._wanted.cut, labels=labels) if len(runs) > 1 else (),
            misses=_missed(runs),
            failed_gates=failing(self._wanted.gates, last, beside),
            worse=[str(each) for each in beside.worse] if beside else (),
            notes=[*_interrupted(runs), *(beside.notes if beside else ())],
            cut=self._wanted.cut,
        )

    def bless(self, report: Report, name: str, not_run: Sequence[str], *, force: bool) -> Path:
        """Save the last run as the baseline `name`; raises FixtureError where it is none."""
        run, cases = report.runs[-1], report.cases.values()
        return baselines.save_baseline(run, cases, self._wanted.fixtures, name, not_run=not_run, force=force)

    def _whole(self, cases: Sequence[Case]) -> "_Whole":
        """Return everything that is to be judged, with what an unfinished run left of it."""
        wanted = self._wanted
        own = [*cases, *twins_of(cases)] if wanted.twins else list(cases)
        at_most = self._settings.max_concurrency
        places = Places(most=min(MOST, at_most))
        if wanted.concurrency is not None:
            places, at_most = Places.fixed(wanted.concurrency), max(at_most, wanted.concurrency)
        judges = contenders(
            self._settings.model_copy(update={"max_concurrency": at_most}),
            packs=wanted.packs,
            models=wanted.models,
            replies=wanted.replies,
            beside=wanted.fixtures if wanted.fixtures.is_file() else None,
            places=places,
        )
        check_measurable(wanted.gates, judges[-1].contestant)
        whole = _Whole(own, judges, places, wanted.repeats)
        if wanted.replies != "replay":  # which is done in no time
            whole.unfinished = self._unfinished(whole)
        return whole

    def _unfinished(self, whole: "_Whole") -> partial.Partial:
        header = partial.Header(
            program=partial.program_stamp(),
            replies=self._wanted.replies,
            endpoint=partial.endpoint_digest(self._settings.model_base_url),
            contestants=tuple(judge.contestant for judge in whole.judges),
            cases=partial.digests(whole.cases),
            packs=self._packs_chosen(whole.cases),
        )
        folder = self._settings.data_dir / UNFINISHED
        if not self._wanted.resume:
            return partial.begin(folder, header, self._now())
        file, kept = partial.resume(partial.to_resume(folder, header), header)
        for label, rows in kept.items():
            whole.take(label, rows)
        return file

    def _packs_chosen(self, cases: Iterable[Case]) -> Mapping[str, str]:
        """Return the hash of each pack that a request chooses itself, where it does."""
        if self._wanted.packs:
            return {}
        there = packs_of(self._settings, every_pack=False)
        names = {case.request.integration_config.prompt or DEFAULT_PACK for case in cases}
        return {name: there[name].hash for name in sorted(names) if name in there}

    async def _judge(self, whole: "_Whole") -> None:
        try:
            for judge in whole.judges:
                await self._judge_by(judge, whole)
        finally:
            for judge in whole.judges:
                await judge.aclose()

    async def _judge_by(self, judge: Contender, whole: "_Whole") -> None:
        label = judge.contestant.label
        gathering = whole.of[label]
        began = self._clock()
        try:
            with shown(len(gathering.missing), self._progress, label=label) as tell:

                def done(row: Row) -> None:
                    tell(row)
                    if whole.unfinished is not None:
                        whole.unfinished.add(label, row)

                await run_cases(gathering, judge, whole.places, done)
        finally:
            whole.seconds[label] = self._clock() - began

    def _ended(self, whole: "_Whole") -> Report:
        if whole.unfinished is not None:
            whole.unfinished.close()
            self._spent = whole.unfinished if whole.complete else None
        runs = [self._run(whole, judge) for judge in whole.judges]
        return self.report([*_apart(self._saved, runs), *runs], whole.cases)

    def _run(self, whole: "_Whole", judge: Contender) -> Run:
        gathering = whole.of[judge.contestant.label]
        rows = gathering.rows
        replayed = self._wanted.replies == "replay" or all(row.source == "recording" for row in rows)
        made = [row.result.created_at for row in rows if row.result is not None]
        now = self._now().isoformat(timespec="seconds")
        return Run(
            version=__version__,
            at=max(made, default=now) if replayed else now,
            contestant=_as_it_answered(judge.contestant, rows),
            # What a replay took says nothing, and would differ each time.
            seconds=(
                sum(row.seconds for row in rows)
                if replayed
                else whole.seconds.get(judge.contestant.label, 0.0)
            ),
            interrupted=not gathering.complete,
            repeats=gathering.repeats,
            expectations={case.name: case.expectation for case in whole.cases},
            rows=rows,
        )

    def _beside(self, run: Run, cases: Sequence[Case]) -> Against | None:
        if self._baseline is None:
            return None
        whole = self._wanted.whole and not run.interrupted
        return against(run, self._baseline, baselines.digests(cases), whole=whole)


class _Whole:
    """Everything that is to be judged, by contestant, and the file that keeps what is done."""

    def __init__(
        self, cases: Sequence[Case], judges: Sequence[Contender], places: Places, repeats: int
    ) -> None:
        self.cases = cases
        self.judges = judges
        self.places = places
        self.unfinished: partial.Partial | None = None
        self.of = {judge.contestant.label: Gathering(cases, repeats=repeats) for judge in judges}
        self.seconds: dict[str, float] = {}

    @property
    def complete(self) -> bool:
        """Whether every row of every contestant is there, and none of them failed."""
        return all(
            gathering.complete and all(row.result is not None for row in gathering.rows)
            for gathering in self.of.values()
        )

    def take(self, label: str, rows: Iterable[Row]) -> None:
        """Take rows that an earlier run left."""
        for row in rows:
            self.of[label].add(row)


def _apart(saved: Sequence[Run], runs: Sequence[Run]) -> Iterator[Run]:
    """Yield the saved runs, told apart by when they were made where a label comes twice."""
    labels = Counter(run.contestant.label for run in [*saved, *runs])
    for run in saved:
        label = run.contestant.label
        if labels[label] > 1:
            told = run.contestant.model_copy(update={"label": f"{label}, {run.at}"})
            run = run.model_copy(update={"contestant": told})
        yield run


def _as_it_answered(contestant: Contestant, rows: Sequence[Row]) -> Contestant:
    """Return the contestant marked as offline where it was, also behind a model's name."""
    kinds = {row.context.model.kind for row in rows if row.context is not None}
    return contestant.model_copy(update={"offline": contestant.offline or "offline heuristic" in kinds})


def _interrupted(runs: Sequence[Run]) -> Iterator[str]:
    for run in runs:
        if run.interrupted:
            asked = len(run.expectations) * run.repeats
            thing = "cases" if run.repeats == 1 else f"assessments ({run.repeats} of each case)"
            yield (
                f"Interrupted: {run.contestant.label} judged {len(run.rows)} of {asked} {thing}, and the "
                "figures are of these."
            )


def _missed(runs: Sequence[Run]) -> Mapping[tuple[str, str], Sequence[str]]:
    """Return what falls short, by contestant and case; of repeats each reason once."""
    found: dict[tuple[str, str], list[str]] = {}
    for run in runs:
        across = misses_across(run)
        for case, rows in run.by_case.items():
            own = [each for row in rows for each in misses(row, run.expectations[case])]
            told = list(dict.fromkeys([*own, *across.get(case, ())]))
            if told:
                found[run.contestant.label, case] = told
    return found
