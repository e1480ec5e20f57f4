"""How a run is shown in the terminal. May import `evals` siblings."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from evaluator.evals.metrics import rank_correlation, share_in_range
from evaluator.evals.runner import Outcome


def outcome_table(outcomes: Sequence[Outcome]) -> Table:
    """Return a row per case: rating, what is expected, status, tokens and seconds.

    A row in red with a cross is not as expected.
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
    rho = rank_correlation(outcomes)
    held = sum(outcome.holds for outcome in outcomes)
    figure = "not defined" if rho is None else f"{rho:.2f}"
    return (
        f"{held} of {len(outcomes)} cases as expected ({share_in_range(outcomes):.0%}); "
        f"rank correlation with the authors' reference ratings: {figure}"
    )


def _row(outcome: Outcome) -> list[str]:
    expectation = outcome.case.expectation
    context = outcome.context
    tokens = context.model.prompt_tokens + context.model.completion_tokens if context else None
    return [
        outcome.case.name,
        "no rating" if outcome.rating is None else f"{outcome.rating:g}",
        f"{expectation.rating[0]:g}–{expectation.rating[1]:g}",
        outcome.status if outcome.holds else f"✗ {outcome.status}",
        "–" if tokens is None else f"{tokens:,}",
        f"{outcome.seconds:.2f}",
    ]
