"""Cases: a request and, where it is told, what is expected of its result; a folder each, or a line of JSONL.

May import `contract`, `errors` and `evals.expectation`.
"""

import graphlib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evaluator.contract.decode import decode_json, read_model
from evaluator.contract.request import AssessmentRequest
from evaluator.errors import FixtureError, InvalidRequest
from evaluator.evals.expectation import Expectation, nearest, read_expectation
from evaluator.evals.jsonl import read_lines

REQUEST = "request.json"
EXPECT = "expect.toml"

_SHOWN = 8
"""Names of cases that are told where one is not there."""


@dataclass(frozen=True, slots=True)
class Case:
    """A named case.

    `expectation` is None where nothing is expected of it, `folder` where it has none of its own.
    `service_rating` is what the service gave when it was asked: information, and no label.
    """

    name: str
    request: AssessmentRequest
    expectation: Expectation | None
    folder: Path | None = None
    service_rating: float | None = None


@dataclass(frozen=True, slots=True)
class Cases:
    """What a set of cases holds: those that can be replayed, and an error for each that is broken."""

    sound: list[Case] = field(default_factory=list)
    broken: list[FixtureError] = field(default_factory=list)


def load_cases(source: Path, names: Sequence[str] = ()) -> Cases:
    """Load the cases of `source`, a folder of folders or a file of JSONL, or only those in `names`.

    From a folder they come in the order of their names, from a file as they stand there. Raises
    FixtureError where there is no such folder or file, no case in it, or none of a name.
    """
    return _from_file(source, names) if source.is_file() else _from_folder(source, names)


def read_request(path: Path) -> tuple[bytes, Any]:
    """Return the JSON text of a fixture, and its value; `path` is a case's folder or a JSON file."""
    file = path / REQUEST if path.is_dir() else path
    try:
        body = file.read_bytes()
        return body, decode_json(body)
    except OSError as error:
        raise FixtureError(f"{file}: cannot be read: {error.strerror}") from None
    except InvalidRequest as error:
        raise FixtureError(f"{file}: {error}") from None


def load_request(path: Path) -> AssessmentRequest:
    """Return the request of a fixture; `path` is a case's folder or a JSON file. Raises FixtureError."""
    _, value = read_request(path)
    try:
        return read_model(AssessmentRequest, value)
    except InvalidRequest as error:
        raise FixtureError(f"{path}: {error}") from None


def _from_folder(folder: Path, names: Sequence[str]) -> Cases:
    if not folder.is_dir():
        raise FixtureError(f"{folder}: no such folder of fixtures, and no such file of JSONL")
    found = {path.name: path for path in sorted(folder.iterdir()) if (path / REQUEST).is_file()}
    if not found:
        raise FixtureError(
            f"{folder}: holds no case; a case is a folder with {REQUEST} and, mostly, {EXPECT}"
        )
    _check_known(folder, names, found)
    cases = Cases()
    for name in dict.fromkeys(names or found):
        try:
            cases.sound.append(_load_case(found[name]))
        except FixtureError as error:
            cases.broken.append(error)
    where = {name: str(path / EXPECT) for name, path in found.items()}
    return _compared_with_known(cases, where)


def _from_file(file: Path, names: Sequence[str]) -> Cases:
    """Read every line, since a name may stand in any; the broken are told where all cases are asked for."""
    where: dict[str, str] = {}
    found: dict[str, Case] = {}
    broken: list[FixtureError] = []
    for line in read_lines(file):
        try:
            name = line.name
            if name in found:
                raise FixtureError(f"{line.where}: the name {name} is that of {where[name]} already")
            found[name] = Case(name, line.request, line.expectation, service_rating=line.service_rating)
            where[name] = line.where
        except FixtureError as error:
            broken.append(error)
    if not found and not broken:
        raise FixtureError(f"{file}: holds no case; a case is a line with a request as JSON")
    _check_known(file, names, found)
    wanted = [found[name] for name in dict.fromkeys(names or found)]
    return _compared_with_known(Cases(wanted, [] if names else broken), where)


def _check_known(source: Path, names: Sequence[str], found: Mapping[str, Any]) -> None:
    unknown = [name for name in names if name not in found]
    if unknown:
        meant = nearest(unknown[0], found) if len(unknown) == 1 else ""
        told = meant or f"; there are {_first_of(list(found))}"
        raise FixtureError(f"{source}: no case named {', '.join(unknown)}{told}")


def _first_of(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _load_case(path: Path) -> Case:
    return Case(path.name, load_request(path), _load_expectation(path / EXPECT), path)


def _load_expectation(file: Path) -> Expectation | None:
    try:
        return read_expectation(tomllib.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise FixtureError(f"{file}: cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FixtureError(f"{file}: not valid TOML: {error}") from None
    except InvalidRequest as error:
        raise FixtureError(f"{file}: {error}") from None


def _compared_with_known(cases: Cases, where: Mapping[str, str]) -> Cases:
    """Call a case broken that is compared with one that the set does not hold, with itself, or in a circle.

    `where`: the place of each case of the set, also of those that are not loaded.
    """
    checked = Cases(broken=list(cases.broken))
    for case in cases.sound:
        faults = _false_names(case, where)
        if faults:
            checked.broken.append(FixtureError(f"{where[case.name]}: {'; '.join(faults)}"))
        else:
            checked.sound.append(case)
    _check_order(checked, where)
    return checked


def _false_names(case: Case, where: Mapping[str, str]) -> list[str]:
    named = case.expectation.others if case.expectation else {}
    itself = [f"{place}: names the case itself" for place, name in named.items() if name == case.name]
    return itself + [
        f"{place}: no case named {name}{nearest(name, where)}"
        for place, name in named.items()
        if name not in where
    ]


def _check_order(cases: Cases, where: Mapping[str, str]) -> None:
    """Take out the cases whose `above` goes round, which no ratings can satisfy."""
    lower = {case.name: case.expectation.above for case in cases.sound if case.expectation}
    try:
        graphlib.TopologicalSorter(lower).prepare()
    except graphlib.CycleError as error:
        circle: list[str] = error.args[1]
        first = next(case for case in cases.sound if case.name in circle)
        way = " below ".join(circle)
        cases.broken.append(FixtureError(f"{where[first.name]}: /above goes round: {way}"))
        cases.sound[:] = [case for case in cases.sound if case.name not in circle]
        _check_order(cases, where)
