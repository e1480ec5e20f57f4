"""`evaluator audit`: the bias-audit figures of New York's Local Law 144 from two CSV files."""

from collections.abc import Iterable
from pathlib import Path

import click
from rich.console import Console

from evaluator.errors import FixtureError
from evaluator.evals.audit_data import Columns, read_sample
from evaluator.evals.audit_figures import audit
from evaluator.evals.audit_page import audit_page
from evaluator.evals.audit_tables import LEGEND, as_csv, counts, data_line, left_out_line, plain, terminal
from evaluator.evals.printing import print_parts

_File = click.Path(path_type=Path, dir_okay=False)
_MOST_COLUMNS = 80


@click.command("audit")
@click.argument("ratings", type=_File)
@click.argument("categories", type=_File)
@click.option("--csv", "csv_file", type=_File, metavar="FILE", help="Write the figures as CSV, too.")
@click.option("--html", "html_file", type=_File, metavar="FILE", help="Write them as one page of HTML, too.")
@click.option(
    "--data",
    type=click.Choice(["historical", "test"]),
    help="What data it is. The rule asks that it be said: every output tells where it was not.",
)
@click.option(
    "--leave-out-small",
    "left_out",
    metavar="REASON",
    help="Leave categories under 2 % of the sample out of the ratios, for this reason.",
)
@click.option("--id-column", default="id", show_default=True, help="In both files.")
@click.option("--rating-column", default="rating", show_default=True)
@click.option("--job-column", default="job", show_default=True, help="May be absent.")
@click.option("--sex-column", default="sex", show_default=True)
@click.option("--race-column", default="race_ethnicity", show_default=True)
def command(
    ratings: Path,
    categories: Path,
    csv_file: Path | None,
    html_file: Path | None,
    data: str | None,
    left_out: str | None,
    id_column: str,
    rating_column: str,
    job_column: str,
    sex_column: str,
    race_column: str,
) -> None:
    """Print scoring rates and impact ratios by sex, race/ethnicity and both, for each job and pooled.

    RATINGS is a CSV of id, rating (0 to 100, empty where the assessment failed) and, if there are several,
    job. CATEGORIES is a CSV of id, sex and race_ethnicity. Ids are pseudonyms. Nothing is kept of either.
    """
    _keep_apart((ratings, categories), (csv_file, html_file))
    columns = Columns(id_column, rating_column, job_column, sex_column, race_column)
    sample = read_sample(ratings, categories, columns)
    audited = audit(sample, leave_out_small=left_out is not None)
    if csv_file is not None:
        text = as_csv(audited, data=data, left_out=left_out)
        _write(csv_file, f"\ufeff{text}")  # without the mark spreadsheets guess another encoding
    if html_file is not None:
        _write(html_file, audit_page(audited, sample, data=data, left_out=left_out))
    out = Console(highlight=False, markup=False)
    told = [data_line(data), *counts(sample), *filter(None, [left_out_line(left_out)])]
    print_parts(out, [plain(" ".join(told))])
    print_parts(Console(highlight=False, width=min(out.width, _MOST_COLUMNS)), [terminal(audited)])
    print_parts(out, [f"\n{LEGEND}"])


def _keep_apart(read: Iterable[Path], written: Iterable[Path | None]) -> None:
    inputs = {path.resolve() for path in read}
    for path in written:
        if path is not None and path.resolve() in inputs:
            raise click.UsageError(f"{path} is read; the figures go to another file")


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise FixtureError(f"{file}: cannot be written: {error.strerror}") from None
