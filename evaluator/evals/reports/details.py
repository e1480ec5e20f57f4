"""What the page shows of a case once it is opened, as one packed value that its script unfolds.

Prompts of one job share most of their lines, so a prompt is kept as the numbers of its lines, and a line
stands with the case that has it first: near the same words of the CV, which it is then packed with.
May import `evals` siblings, the sibling `highlights` and below.
"""

import base64
import json
import zlib
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from evaluator.contract.result import CriterionResult, KeptQuote
from evaluator.evals.reports.highlights import marked, parts_of
from evaluator.evals.reports.material import Report
from evaluator.evals.reports.sentences import expected
from evaluator.evals.reports.words import letter, plain, rated, status_words
from evaluator.evals.runs import Exchange, Row, Run


class _Lines:
    """Every line once."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def kept(self, text: str) -> list[int]:
        """Return the numbers of a text's lines."""
        return [self._numbers.setdefault(line, len(self._numbers)) for line in text.split("\n")]

    def since(self, number: int) -> list[str]:
        """Return the lines from `number` on."""
        return list(islice(self._numbers, number, None))

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._numbers)


class _Quotes:
    """The quotes of one case: each by a number, with what it was quoted for and by whom."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, str], int] = {}
        self._for: list[list[str]] = []
        self._by: list[set[int]] = []

    def number(self, quote: KeptQuote, title: str, contestant: int) -> int:
        """Return a quote's number, the same for the same words of the same source."""
        at = self._numbers.setdefault((quote.source, quote.text), len(self._numbers))
        if at == len(self._for):
            self._for.append([])
            self._by.append(set())
        told = f"{title} ({letter(contestant)})"
        if told not in self._for[at]:
            self._for[at].append(told)
        self._by[at].add(contestant)
        return at

    @property
    def all(self) -> list[KeptQuote]:
        """The quotes by number."""
        return [KeptQuote.model_validate({"source": source, "text": text}) for source, text in self._numbers]

    @property
    def told(self) -> list[dict[str, Any]]:
        """By number: criteria that it serves, and contestants that gave it."""
        return [{"for": served, "by": sorted(by)} for served, by in zip(self._for, self._by, strict=True)]


def packed(report: Report) -> str:
    """Return the details of all cases as base64 of zlib's deflate of JSON."""
    lines = _Lines()
    cases = [_case(report, name, lines) for name in report.names]
    text = json.dumps(cases, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return base64.b64encode(zlib.compress(text.encode("utf-8", "replace"), 6)).decode("ascii")


def _case(report: Report, name: str, lines: _Lines) -> dict[str, Any]:
    quotes, known = _Quotes(), len(lines)
    sides = [_side(report, run, at, name, quotes, lines) for at, run in enumerate(report.runs)]
    case = report.cases.get(name)
    parts = parts_of(case.request) if case else []
    return {
        "expected": list(expected(report.expectations[name])),
        "sides": sides,
        "parts": [
            {
                "source": part.source,
                "heading": part.heading,
                "text": [[segment.text, *segment.quotes] for segment in segments],
            }
            for part, segments in zip(parts, marked(parts, quotes.all), strict=True)
        ],
        "quotes": quotes.told,
        "lines": lines.since(known),
    }


def _side(report: Report, run: Run, at: int, name: str, quotes: _Quotes, lines: _Lines) -> dict[str, Any]:
    rows = run.by_case.get(name, ())
    return {
        "misses": list(report.misses.get((run.contestant.label, name), ())),
        "rows": [_row(row, at, quotes, lines) for row in rows],
    }


def _row(row: Row, at: int, quotes: _Quotes, lines: _Lines) -> dict[str, Any]:
    context = row.context
    return {
        "rating": rated(row.rating),
        "status": status_words(row.status),
        "took": _took(row),
        "error": row.error or (row.result.failure_details if row.result else None),
        "flags": context.flags if context else [],
        "comment": row.result.comment or "" if row.result else "",
        "criteria": [_criterion(each, at, quotes) for each in context.criteria] if context else [],
        "exchanges": [_exchange(each, lines) for each in row.exchanges],
    }


def _took(row: Row) -> str:
    """Return tokens, price and time in a line."""
    cost = None if row.cost_usd is None else f"${row.cost_usd:.4f}"
    tokens = f"{row.tokens:,} tokens" if row.tokens else None
    return ", ".join(filter(None, (tokens, cost, f"{row.seconds:.2f} s")))


def _criterion(each: CriterionResult, at: int, quotes: _Quotes) -> dict[str, Any]:
    return {
        "id": each.id,
        "title": each.title,
        "must": each.must_have,
        "most": plain(100 * each.weight),
        "points": plain(each.contribution),
        "width": round(min(1.0, each.contribution / (100 * each.weight)) if each.weight else 0.0, 4),
        "level": each.level,
        "required": each.required_level,
        "finding": status_words(each.finding),
        "reason": each.reason,
        "note": each.note,
        "dropped": [f"A quote from {one.source} is no evidence: {one.why}" for one in each.dropped_quotes],
        "quotes": [[quotes.number(quote, each.title, at), quote.text] for quote in each.quotes],
    }


def _exchange(exchange: Exchange, lines: _Lines) -> Mapping[str, Any]:
    messages: Sequence[Any] = [[said.role, lines.kept(said.content)] for said in exchange.messages]
    return {"messages": messages, "reply": exchange.reply}
