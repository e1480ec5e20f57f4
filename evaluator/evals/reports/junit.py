"""Runs as JUnit XML, which build servers read: a suite per contestant, a test per case.

May import the siblings below it.
"""

import re
from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from evaluator.contract.result import UNRATED
from evaluator.evals.reports import sentences
from evaluator.evals.reports.material import Report
from evaluator.evals.runs import Run

_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 §2.2 does not take, not even as a reference."""


def junit(report: Report) -> str:
    """Return the XML document.

    A case that falls short has a `failure` with what it misses, one without a rating an `error`. Conditions
    that do not hold and cases that got worse are a suite of their own.
    """
    root = Element("testsuites", name="evaluator eval")
    for run in report.runs:
        _suite(root, report, run)
    _sentences(root, "conditions", report.failed_gates)
    _sentences(root, "baseline", report.worse)
    _count(root)
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _suite(root: Element, report: Report, run: Run) -> None:
    suite = SubElement(root, "testsuite", name=_text(run.contestant.label), timestamp=_text(run.at))
    for case in run.expectations:
        if run.by_case[case]:
            _test(suite, report, run, case)
    output = SubElement(suite, "system-out")
    output.text = _text("\n".join([*sentences.judges(report), *sentences.verdicts(report)]))


def _test(suite: Element, report: Report, run: Run, case: str) -> None:
    rows, missed = run.by_case[case], report.missed(run, case)
    seconds = sum(row.seconds for row in rows)
    test = SubElement(
        suite, "testcase", name=_text(case), classname=_text(run.contestant.label), time=f"{seconds:.3f}"
    )
    expectation = run.expectations[case]
    may_fail = expectation is not None and not UNRATED.isdisjoint(expectation.status)
    if run.rating(case) is None and (missed or not may_fail):
        _fault(test, "error", list(dict.fromkeys(row.error or f"status {row.status}" for row in rows)))
    elif missed:
        _fault(test, "failure", missed)


def _sentences(root: Element, name: str, told: Sequence[str]) -> None:
    """Add a suite with a failing test for each sentence; none where there is none."""
    if told:
        suite = SubElement(root, "testsuite", name=name)
        for sentence in told:
            _fault(SubElement(suite, "testcase", name=_text(sentence), classname=name), "failure", [sentence])


def _fault(test: Element, kind: str, lines: Sequence[str]) -> None:
    SubElement(test, kind, message=_text(lines[0])).text = _text("\n".join(lines))


def _count(root: Element) -> None:
    """Set the numbers of tests, failures and errors that readers ask for, in suites and in the whole."""
    for each in [*root.findall("testsuite"), root]:
        for name, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error")):
            each.set(name, str(len(list(each.iter(tag)))))


def _text(text: str) -> str:
    return _NO_XML.sub("�", text)
