"""Runs as one HTML file that loads nothing: figures, a scatter, and each candidate on a click.

Texts of candidates and models are escaped by the template or put in by the script as text; a policy in
the file lets it use its own style and script alone. May import `evals` siblings and below.
"""

import base64
import hashlib
import json
from collections.abc import Sequence
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from evaluator.evals.reports import sentences
from evaluator.evals.reports.details import packed
from evaluator.evals.reports.drawing import scatters
from evaluator.evals.reports.entries import entries
from evaluator.evals.reports.figure_lines import compared, figure_lines
from evaluator.evals.reports.material import Report
from evaluator.evals.reports.twin_lines import HEADINGS, twin_lines
from evaluator.evals.reports.words import counted, letter, plain
from evaluator.evals.twins import is_twin

_SORTS = {
    "change": "change",
    "disagreement": "disagreement with the label",
    "spread": "spread of repeats",
    "name": "name",
    "run": "order of the run",
}


def page(report: Report) -> str:
    """Return the whole page."""
    style, script = _asset("page.css"), _asset("page.js")
    contestants = [
        {"letter": letter(at), "label": run.contestant.label} for at, run in enumerate(report.runs)
    ]
    return (
        _environment()
        .get_template("page.html.jinja")
        .render(
            policy=_policy(style, script),
            style=style,
            script=script,
            title=_title(report),
            at=" and ".join(dict.fromkeys(run.at[:10] for run in report.runs)),
            candidates=sum(not is_twin(case) for case in report.names),
            version=report.runs[-1].version,
            interrupted=any(run.interrupted for run in report.runs),
            verdicts=sentences.verdicts(report),
            lines=sentences.told(report),
            alerts=[(heading, told) for heading, told in sentences.alerts(report) if told],
            contestants=contestants,
            contestants_json=_json(contestants),
            compared=compared(report),
            figures=figure_lines(report),
            columns=_columns(report),
            twin_headings=HEADINGS,
            twins=twin_lines(report),
            scatters=scatters(report),
            label_name=sentences.label_name(report),
            sorts=_sorts(report),
            cases=entries(report),
            cut=plain(report.cut),
            packed=packed(report),
        )
    )


def _title(report: Report) -> str:
    labels = [run.contestant.label for run in report.runs]
    return labels[0] if len(labels) == 1 else f"{labels[0]} beside {' and '.join(labels[1:])}"


def _columns(report: Report) -> Sequence[str]:
    """Return what stands over each value of the figures where a telephone has no room for their columns."""
    few = len(report.runs) < 3  # of more a legend stands above
    own = [
        f"{letter(at)} {run.contestant.label}" if few else letter(at) for at, run in enumerate(report.runs)
    ]
    return [*own, *(", ".join(filter(None, each)).removesuffix(" interval") for each in compared(report))]


def _sorts(report: Report) -> Sequence[tuple[str, str]]:
    """Return the orders that there are, the one to begin with first."""
    there = {
        "change": len(report.runs) > 1,
        "disagreement": bool(report.labels.by_case),
        "spread": bool(report.stabilities),
    }
    return [(value, words) for value, words in _SORTS.items() if there.get(value, True)]


def _policy(style: str, script: str) -> str:
    """Return a Content-Security-Policy under which these two texts are used and nothing is loaded."""
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _json(value: object) -> Markup:
    """Return JSON that no script element ends in, whatever its texts hold."""
    return Markup(json.dumps(value, ensure_ascii=True).replace("<", "\\u003c"))  # noqa: S704 - no `<` is left


def _asset(name: str) -> str:
    return files("evaluator.evals.reports").joinpath("templates", name).read_text("utf-8")


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("evaluator.evals.reports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["counted"] = counted
    return environment
