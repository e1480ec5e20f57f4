"""What every report says in words: the verdict, who judged, where replies came from, what was expected.

May import `evals` siblings that hold data, and the siblings `material` and `words`.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean

from evaluator.evals.comparison import Comparison
from evaluator.evals.expectation import Expectation
from evaluator.evals.figures import Figures
from evaluator.evals.reports.material import Report
from evaluator.evals.reports.words import counted, letter, plain, status_words
from evaluator.evals.runs import Run, Source
from evaluator.evals.stability import Spread
from evaluator.evals.twins import is_twin

OFFLINE = "Judged by the offline heuristic (word matching); no model was asked."

_MOST_FLIPS = 2
"""Pairs of cases in another order that are named."""

_SOURCES: Mapping[Source, str] = {
    "recording": "replayed",
    "endpoint": "from the endpoint",
    "offline": "from the offline rater",
}


def verdicts(report: Report) -> Sequence[str]:
    """Return the closing sentence: of a comparison its verdict, of a single run how it came out."""
    if report.comparisons:
        return [each.verdict for each in report.comparisons]
    return [closing(report, run, own) for run, own in zip(report.runs, report.figures, strict=True)]


def closing(report: Report, run: Run, own: Figures) -> str:
    """Return one run in a sentence: cases that hold, and how near the ratings are to the labels."""
    parts = [_held(report, run)]
    if own.mae is not None:
        parts.append(
            f"mean absolute error {plain(own.mae)} points{_interval(own)}, rank correlation "
            f"{plain(own.spearman, 2)} with the {own.labels} (n = {own.labelled})"
        )
    if own.unrated:
        parts.append(f"{counted(len(own.unrated), 'case')} without rating")
    return "; ".join(parts) + "."


def _held(report: Report, run: Run) -> str:
    cases = report.own_cases(run)
    wanted = [case for case in cases if run.expectations[case] is not None]
    if not wanted:
        return f"{counted(len(cases), 'case')} without expectation: nothing to compare with"
    held = sum(not report.missed(run, case) for case in wanted)
    others = len(cases) - len(wanted)
    share = f"{100 * held / len(wanted):.0f} %"
    without = f", {others} without expectation" if others else ""
    return f"{held} of {counted(len(wanted), 'case')} as expected ({share}){without}"


def _interval(own: Figures) -> str:
    it = own.mae_interval
    if it is None:
        return ""
    return f" ({plain(100 * it.level)} % interval {plain(max(0.0, it.low))} to {plain(it.high)})"


def told(report: Report) -> Sequence[str]:
    """Return what has to be known beside the figures: who judged, where replies are from, which labels."""
    compared = dict.fromkeys(note for each in report.comparisons for note in each.notes)
    return [*judges(report), sources(report), labels(report), *_service(report), *compared, *report.notes]


def alerts(report: Report) -> Sequence[tuple[str, Sequence[str]]]:
    """Return what asks for a look, each under its heading; a list may be empty."""
    places = {run.contestant.label: letter(at) for at, run in enumerate(report.runs)}
    unstable = [
        f"{f'{places[stability.label]} ' if len(places) > 1 else ''}{_unstable(spread)}"
        for stability in report.stabilities
        for spread in stability.unstable
    ]
    return [
        ("Falls short of a condition", report.failed_gates),
        ("Worse than the baseline", report.worse),
        ("Unstable over repeats", unstable),
    ]


def _unstable(it: Spread) -> str:
    over = counted(it.repeats, "repeat")
    if it.low is None or it.high is None:
        return f"{it.case}: no rating over {over}"
    flips = (("status flips", it.status_flips), ("crosses the cut", it.crosses_cut))
    told = [f"{plain(it.low)} to {plain(it.high)} over {over}", *(words for words, holds in flips if holds)]
    return f"{it.case}: {', '.join(told)}"


def misses(report: Report) -> Sequence[str]:
    """Return what falls short, a line for each case and contestant."""
    several = len(report.runs) > 1
    return [
        f"{f'{letter(at)} ' if several else ''}{case}: {'; '.join(report.missed(run, case))}"
        for case in report.names
        for at, run in enumerate(report.runs)
        if report.missed(run, case)
    ]


def beside(comparison: Comparison, other: str) -> Sequence[str]:
    """Return what a table of changes leaves out; `other` is the letter of the second contestant."""
    unchanged = [each for each in comparison.changes if not each.size and not each.status_flips]
    unrated = sum(each.difference is None for each in unchanged)
    same = len(unchanged) - unrated
    named = [
        f"{each.above_in_a} above {each.above_in_b} under {letter(0)}, below under {other}"
        for each in comparison.order_flips[:_MOST_FLIPS]
    ]
    flips = counted(comparison.order_flip_count, "pair")
    closer, farther, as_near = comparison.closer_farther_same
    told = (
        (
            closer + farther + as_near,
            f"{other} is closer to the label in {counted(closer, 'case')}, farther in {farther}, "
            f"as near in {as_near}.",
        ),
        (same, f"{counted(same, 'case')} with the same rating not shown."),
        (unrated, f"{counted(unrated, 'case')} without a rating under both not shown."),
        (named, f"{flips} of cases in another order; the widest: {'; '.join(named)}."),
        (comparison.only_in_a, f"Only under {letter(0)}: {', '.join(comparison.only_in_a)}."),
        (comparison.only_in_b, f"Only under {other}: {', '.join(comparison.only_in_b)}."),
        (
            comparison.cut_flips,
            f"{counted(len(comparison.cut_flips), 'case')} on the other side of the cut at "
            f"{plain(comparison.cut)}.",
        ),
    )
    return [line for there, line in told if there]


def judges(report: Report) -> Sequence[str]:
    """Return who judged, each contestant apart where it is not the same of all."""
    said = [_judge(run) for run in report.runs]
    if len(set(said)) == 1:
        return said[:1]
    return [f"{letter(at)}, {run.contestant.label}: {_judge(run)}" for at, run in enumerate(report.runs)]


def _judge(run: Run) -> str:
    if all(row.result is None for row in run.rows):
        return f"{run.contestant.model} judged nothing."
    return OFFLINE if run.contestant.offline else f"Judged by {run.contestant.model}."


def sources(report: Report) -> str:
    """Return where the replies came from, counted."""
    rows = [row for run in report.runs for row in run.rows]
    counts = Counter(row.source for row in rows if row.rating is not None)
    parts = [f"{counts[source]:,} {words}" for source, words in _SOURCES.items() if counts[source]]
    if failed := len(rows) - counts.total():
        parts.append(f"{failed:,} failed")
    return f"Replies: {', '.join(parts) or 'none'}."


def labels(report: Report) -> str:
    """Return which labels the ratings are measured against."""
    kind, number = report.labels.kind, len(report.labels.by_case)
    of = counted(sum(not is_twin(case) for case in report.names), "case")
    if kind == "none":
        return "No case has a human or a reference rating: ratings are measured against nothing."
    return f"Labels: {kind}, of {number} of {of}."


def _service(report: Report) -> Iterator[str]:
    """Yield how far each run is from what the service itself gave, where an export tells."""
    given = report.service_ratings
    if not given:
        return
    parts = []
    for at, run in enumerate(report.runs):
        both = [abs(rating - given[case]) for case in given if (rating := run.rating(case)) is not None]
        if both:
            parts.append(f"{letter(at) if len(report.runs) > 1 else 'the run'} {plain(fmean(both))}")
    apart = f" Points from it on average: {', '.join(parts)}." if parts else ""
    yield f"Rated by the service before, which is no label: {counted(len(given), 'case')}.{apart}"


def label_name(report: Report) -> str:
    """Return what a single label is, in a word or two; nothing where there is none."""
    return {"human ratings": "human rating", "none": ""}.get(report.labels.kind, "reference rating")


def range_of(expectation: Expectation | None) -> tuple[float, float] | None:
    """Return the range that a rating is expected in, None where none is."""
    return expectation.rating if expectation else None


def expected(expectation: Expectation | None) -> Sequence[str]:
    """Return what is expected of a case, a phrase each."""
    return [] if expectation is None else list(_expected(expectation))


def _expected(it: Expectation) -> Iterator[str]:
    if it.rating is not None:
        yield f"rating {plain(it.rating[0])} to {plain(it.rating[1])}"
    if it.status:
        yield f"status {' or '.join(map(status_words, it.status))}"
    if it.reference_rating is not None:
        yield f"reference rating {plain(it.reference_rating)} by the {it.author}: {it.reference_why}"
    for rating in it.human_ratings:
        note = f": {rating.note}" if rating.note else ""
        yield f"human rating {plain(rating.rating)} by {rating.rater}, {rating.on.isoformat()}{note}"
    for criterion, levels in it.levels.items():
        yield f"{criterion} judged {' or '.join(levels)}"
    yield from (f"comment mentions “{phrase}”" for phrase in it.must_mention)
    yield from (f"comment does not mention “{phrase}”" for phrase in it.must_not_mention)
    yield from (f"asks about “{phrase}”" for phrase in it.questions)
    yield from (f"rated above {case}" for case in it.above)
    if it.twin is not None:
        yield (
            f"at most {plain(it.twin.most_difference)} points from {it.twin.of}, "
            f"which differs in {it.twin.differs_in}"
        )
