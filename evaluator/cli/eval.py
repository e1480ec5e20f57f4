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
from evaluator.evals.reports.material import CUT, Report
from evaluator.evals.reports.terminal import show
from evaluator.evals.saved import save_run
from evaluator.evals.session import Session, Wanted
from evaluator.settings import Settings, load

INTERRUPTED = 130

_FORMATS = {
    "json": "evaluator.evals.reports.as_json:as_json",
    "junit": "evaluator.evals.reports.junit:junit",
    "markdown": "evaluator.evals.reports.markdown:markdown",
    "html": "evaluator.evals.reports.page:page",
}
"""What writes each form of a report; imported when it is asked for."""

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
@click.option(
    "--since", metavar="AGE", default="7d", show_default=True, help="With --from-jobs: 12h, 7d, a date."
)
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
@click.option("--replay", "replies", flag_value="replay", help="Recorded replies alone; no network.")
@click.option(
    "--record",
    "replies",
    flag_value="record",
    help="Ask, and keep what was asked and written beside the cases.",
)
@click.option("--live", "replies", flag_value="live", help="Ask, whatever is recorded.")
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
    if options["from_jobs"] and names:
        raise click.UsageError("--from-jobs takes all cases of the time given; leave out their names")
    if options["from_jobs"] and options["export"]:
        return _export(settings, options["since"], options["export"])
    source, names = _source(options["fixtures"], names)
    read = partial(_cases, settings, source, names, since=options["since"] if options["from_jobs"] else None)
    wanted = _wanted(source, names, options)
    session = Session(settings, wanted, sys.stderr)
    if options["watch"]:
        watch: Callable[..., None] = pkgutil.resolve_name("evaluator.cli.watching:watch")
        watch(settings, session, lambda: read().sound, packs=options["packs"], source=source)
        return 0
    return _play(session, wanted, read(), options)


def _play(session: Session, wanted: Wanted, cases: Cases, options: dict[str, Any]) -> int:
    """Judge the cases that are sound, tell of everything, and return the exit status."""
    for error in cases.broken:
        _complain(f"not replayed: {error}")
    if not cases.sound:
        return 2
    report = session.play(cases.sound)
    show(report, sys.stdout)
    _write(report, options)
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
        replies=options["replies"] or "auto",
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
        if path is None:
            continue
        form: Callable[[Report], str] = pkgutil.resolve_name(target)
        try:
            path.write_text(form(report), encoding="utf-8")
        except OSError as error:
            raise FixtureError(f"{path}: cannot be written: {error.strerror}") from None


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
