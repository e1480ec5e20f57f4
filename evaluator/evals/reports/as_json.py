"""Runs, figures and comparisons as JSON: the same bytes for the same report.

Keys stand in the order of the models, cases in that of the runs. May import the siblings below it.
"""

import json
from dataclasses import asdict
from typing import Any

from evaluator.evals.reports import sentences
from evaluator.evals.reports.material import Report
from evaluator.evals.runs import Run
from evaluator.evals.twins import twin_deltas


def as_json(report: Report) -> str:
    """Return the whole report, its runs complete but for the secret of each call, with a line end."""
    value = {
        "format": 1,
        "verdicts": list(sentences.verdicts(report)),
        "told": list(sentences.told(report)),
        "cut": report.cut,
        "labels": report.labels.model_dump(mode="json"),
        "service_ratings": dict(report.service_ratings),
        "failed_gates": list(report.failed_gates),
        "worse": list(report.worse),
        "misses": [
            {"contestant": run.contestant.label, "case": case, "misses": list(report.missed(run, case))}
            for run in report.runs
            for case in report.names
            if report.missed(run, case)
        ],
        "figures": [each.model_dump(mode="json") for each in report.figures],
        "stability": [each.model_dump(mode="json") for each in report.stabilities],
        "twins": [
            {"contestant": run.contestant.label, **asdict(delta)}
            for run in report.runs
            for delta in twin_deltas(run)
        ],
        "comparisons": [each.model_dump(mode="json") for each in report.comparisons],
        "runs": [_run(run) for run in report.runs],
    }
    return json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _run(run: Run) -> dict[str, Any]:
    """Return a run as JSON from which it can be read again; the secret is an empty text."""
    kept = run.model_dump(mode="json")
    for row in kept["rows"]:
        if row["result"] is not None:
            row["result"]["call_secret"] = ""
    return kept
