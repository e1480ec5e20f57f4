"""`evaluator eval`: replays cases, says how near the ratings are to what is expected, and which is better."""

import pkgutil
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import click

from evaluator.cli.wrapping import fitted
from evaluator.errors import FixtureError
from evaluator.evals.conditions import conditions
from evaluator.evals.dataset import Case, Cases, load_cases
from evaluator.evals.exchanges import Replies
from evaluator.evals.reports.material import CUT, Report
from evaluator.evals.reports.terminal import show
from evaluator.evals.saved import save_run, write_private
from evaluator.evals.session import Session, Wanted
from evaluator.settings import Settings, load

INTERRUPTED = 130
SINCE = "7d"

_FORMATS = {
    "json": "evaluator.evals.reports.as_json:as_json",
    "junit": "evaluator.evals.reports.junit:junit",
    "markdown": "evaluator.evals.reports.markdown:markdown",
    "html": "evaluator.evals.reports.page:page",
}
"""What writes each form of a report; imported when it is asked for."""

_REPLIES: tuple[Replies, ...] = ("replay", "record", "live")

_file = click.Path(path_type=Path, dir_okay=False)
_there = click.Path(path_type=Path, dir_okay=False, exists=True)


@click.command("eval")
@click.argument("names", nargs=-1, metavar="[CASE]...")
@click.option(
    "--fixtures",
    type=click.Path(path_type=Path),
    default=Path("fixtures"),
    show_default=True,
    help="Folder of the cases, or a file of requests as JSON, one a line.",
)
@click.option("--from-jobs", is_flag=True, help="Take the cases from the service's own store, redacted.")
@click.option("--since", metavar="AGE", help=f"With --from-jobs: 12h, 7d, a date.  [default: {SINCE}]")
@click.option("--export", type=_file, help="With --from-jobs: write the cases to this file and end.")
@click.option(
    "--prompt",
    "packs",
    multiple=True,
    metavar="PACK",
    help="A pack, or PACK@REVISION of git; several compare.",
)
@click.option(
    "--model", "models", multiple=True, metavar="MODEL", help="A model of the endpoint; several compare."
)
@click.option(
    "--against", multiple=True, type=_there, metavar="RUN", help="Compare with a run that --save wrote."
)
@click.option("--replay", is_flag=True, help="Recorded replies alone; no network.")
@click.option(
    "--record",
    is_flag=True,
    help="Ask, and keep what was asked and written beside the cases.",
)
@click.option("--live", is_flag=True, help="Ask, whatever is recorded.")
@click.option(
    "--repeat",
    "repeats",
    type=click.IntRange(1, 100),
    default=1,
    show_default=True,
    help="Judge each case so often.",
)
@click.option("--twins", is_flag=True, help="Judge counterfactual twins of each case too.")
@click.option(
    "--cut",
    type=click.FloatRange(0, 100),
    default=CUT,
    show_default=True,
    help="Rating from which a candidate would go on.",
)
@click.option("--baseline", metavar="NAME", help="Compare with this baseline; name what got worse.")
@click.option("--save-baseline", metavar="NAME", help="Bless this run as a baseline.")
@click.option("--force", is_flag=True, help="With --save-baseline: also where a case has no rating.")
@click.option(
    "--fail-on",
    multiple=True,
    metavar="CONDITION",
    help="What must not be, as mae>12, spearman<0.7, in-range<90%, max-drop>10, cost>0.5, tokens>200000, "
    "twin-delta>5, or mae+1.5 for worse than the baseline by more than that.",
)
@click.option(
    "--concurrency",
    type=click.IntRange(1, 512),
    help="Questions asked at a time. Default: what the endpoint takes.",
)
@click.option("--resume", is_flag=True, help="Go on with the run that was not finished.")
@click.option("--watch", is_flag=True, help="Judge again the cases that an edit touches, until Ctrl-C.")
@click.option("--save", type=_file, help="Write the whole run, for --against.")
@click.option("--json", type=_file, help="Write a report as JSON.")
@click.option("--junit", type=_file, help="Write a report as JUnit XML.")
@click.option("--markdown", type=_file, help="Write a report as Markdown.")
@click.option("--html", type=_file, help="Write a report as one page.")
def command(names: Sequence[str], **options: Any) -> int:
    """Replay all cases, or the CASEs named, and compare each rating with what its case expects.

    A case is a folder with request.json and, where something is expected of it, expect.toml. A single CASE
    may be a file of cases. Replies come from recordings where there are some, else from the endpoint, else
    from the offline rater.

    Exits with 0 where everything holds; with 1 where a condition of --fail-on holds, a case got worse than
    the --baseline, or, without both, a case is not as it expects, and always where one has no rating; with 2
    where a case is broken or the run could not be made.
    """
    settings = load()
    _check(names, options)
    if options["from_jobs"] and options["export"]:
        return _export(settings, options["since"] or SINCE, options["export"])
    source, names = _source(options["fixtures"], names)
    read = partial(
        _cases, settings, source, names, since=(options["since"] or SINCE) if options["from_jobs"] else None
    )
    wanted = _wanted(source, names, options)
    session = Session(settings, wanted, sys.stderr)
    if options["watch"]:
        watch: Callable[..., None] = pkgutil.resolve_name("evaluator.cli.watching:watch")
        watch(settings, session, lambda: read().sound, packs=options["packs"], source=source)
        return 0
    return _play(session, wanted, read(), options)


def _check(names: Sequence[str], options: dict[str, Any]) -> None:
    """Refuse what contradicts itself, and files that could not be written once all is paid for."""
    if sum(map(bool, (options[each] for each in _REPLIES))) > 1:
        raise click.UsageError("--replay, --record and --live exclude each other")
    fault = _fault_of_stored(names, options) if options["from_jobs"] else _fault_of_files(options)
    if fault:
        raise click.UsageError(fault)
    for name in ("save", *_FORMATS):
        path: Path | None = options[name]
        if path is not None and not path.absolute().parent.is_dir():
            raise FixtureError(f"{path}: cannot be written: there is no such folder")


def _fault_of_stored(names: Sequence[str], options: dict[str, Any]) -> str | None:
    """Say what cannot be asked of cases from the store."""
    if names:
        return "--from-jobs takes all cases of the time given; leave out their names"
    asked = [name for name in ("record", "baseline", "save_baseline") if options[name]]
    if asked:
        return f"--{asked[0].replace('_', '-')} needs cases of a folder or a file; --export makes one"
    return None


def _fault_of_files(options: dict[str, Any]) -> str | None:
    """Say what is meant for cases from the store alone."""
    asked = [f"--{name}" for name in ("since", "export") if options[name]]
    return f"{asked[0]} goes with --from-jobs" if asked else None


def _play(session: Session, wanted: Wanted, cases: Cases, options: dict[str, Any]) -> int:
    """Judge the cases that are sound, tell of everything, and return the exit status."""
    for error in cases.broken:
        _complain(f"not replayed: {error}")
    if not cases.sound:
        return 2
    report = session.play(cases.sound)
    show(report, sys.stdout)
    _write(report, options)
    session.forget()
    if report.runs[-1].interrupted:
        _complain("interrupted; --resume goes on from here")
        return INTERRUPTED
    if options["save_baseline"]:
        _bless(session, report, wanted, options)
    if cases.broken:
        return 2
    return 1 if _falls_short(report, wanted) else 0


def _source(fixtures: Path, names: Sequence[str]) -> tuple[Path, Sequence[str]]:
    """Return where cases come from, and which are meant; a single file in place of a name is the former."""
    if len(names) == 1 and Path(names[0]).is_file():
        return Path(names[0]), ()
    return fixtures, names


def _cases(settings: Settings, source: Path, names: Sequence[str], *, since: str | None) -> Cases:
    if since is None:
        return load_cases(source, names)
    stored: Callable[..., list[Case]] = pkgutil.resolve_name("evaluator.evals.stored:stored_cases")
    return Cases(stored(settings, since))


def _export(settings: Settings, since: str, file: Path) -> int:
    export: Callable[..., int] = pkgutil.resolve_name("evaluator.evals.stored:export_jsonl")
    number = export(settings, since, file)
    click.echo(f"{number} redacted cases written to {file}")
    return 0


def _wanted(source: Path, names: Sequence[str], options: dict[str, Any]) -> Wanted:
    return Wanted(
        fixtures=source,
        whole=not names,
        packs=options["packs"],
        models=options["models"],
        against=options["against"],
        replies=next((each for each in _REPLIES if options[each]), "auto"),
        repeats=options["repeats"],
        concurrency=options["concurrency"],
        twins=options["twins"],
        cut=options["cut"],
        baseline=options["baseline"],
        gates=conditions(options["fail_on"]),
        resume=options["resume"],
    )


def _write(report: Report, options: dict[str, Any]) -> None:
    """Write what was asked for; raises FixtureError where a file cannot be written."""
    if options["save"]:
        save_run(report.runs[-1], options["save"])
    for name, target in _FORMATS.items():
        path: Path | None = options[name]
        if path is not None:
            form: Callable[[Report], str] = pkgutil.resolve_name(target)
            write_private(path, form(report))


def _bless(session: Session, report: Report, wanted: Wanted, options: dict[str, Any]) -> None:
    there = () if wanted.whole else load_cases(wanted.fixtures).sound
    not_run = [case.name for case in there if case.name not in report.cases]
    path = session.bless(report, options["save_baseline"], not_run, force=options["force"])
    click.echo(f"Baseline saved to {path}")


def _falls_short(report: Report, wanted: Wanted) -> bool:
    """Tell whether the last run falls short.

    By the conditions and the baseline that were asked for, or else by what each case expects; and always
    where a case has no rating.
    """
    run = report.runs[-1]
    if report.failed_gates or report.worse:
        return True
    missed = [case for case in run.expectations if report.missed(run, case)]
    if wanted.gates or wanted.baseline:
        missed = [case for case in missed if run.rating(case) is None]
    return bool(missed)


def _complain(message: str) -> None:
    click.secho(fitted(f"evaluator: {message}", sys.stderr), fg="red", err=True)
