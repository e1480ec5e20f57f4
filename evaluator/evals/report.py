"""How a run is shown in the terminal. May import `evals` siblings."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from evaluator.evals.metrics import compared, rank_correlation, share_in_range
from evaluator.evals.runner import Outcome


def outcome_table(outcomes: Sequence[Outcome]) -> Table:
    """Return a row per case: rating, what is expected, status, tokens and seconds.

    A row in red with a cross is not as expected, or has no rating.
    """
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("case", no_wrap=True)
    for name in ("rating", "expected"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("status", no_wrap=True)
    table.add_column("tokens", justify="right", no_wrap=True)
    table.add_column("s", justify="right", no_wrap=True)
    for outcome in outcomes:
        table.add_row(*_row(outcome), style=None if outcome.holds else "red")
    return table


def failures(outcomes: Sequence[Outcome]) -> list[Text]:
    """Return a line for each case that has no rating, with the reason."""
    return [Text(f"{each.case.name}: {each.error}", style="red") for each in outcomes if each.error]


def closing_line(outcomes: Sequence[Outcome]) -> str:
    """Return the run in a sentence: share in range and rank correlation with the reference ratings."""
    share = share_in_range(outcomes)
    if share is None:
        return f"{_cases(len(outcomes))} without expectation: nothing to compare with"
    counted = compared(outcomes)
    held = sum(outcome.holds for outcome in counted)
    others = len(outcomes) - len(counted)
    rho = rank_correlation(outcomes)
    figure = "not defined" if rho is None else f"{rho:.2f}"
    return (
        f"{held} of {_cases(len(counted))} as expected ({share:.0%})"
        + (f", {others} without expectation" if others else "")
        + f"; rank correlation with the authors' reference ratings: {figure}"
    )


def _cases(number: int) -> str:
    return "1 case" if number == 1 else f"{number} cases"


def _row(outcome: Outcome) -> list[str]:
    expectation = outcome.case.expectation
    context = outcome.context
    tokens = context.model.prompt_tokens + context.model.completion_tokens if context else None
    return [
        outcome.case.name,
        "no rating" if outcome.rating is None else f"{outcome.rating:g}",
        f"{expectation.rating[0]:g}–{expectation.rating[1]:g}" if expectation else "no expectation",
        outcome.status if outcome.holds else f"✗ {outcome.status}",
        "–" if tokens is None else f"{tokens:,}",
        f"{outcome.seconds:.2f}",
    ]
