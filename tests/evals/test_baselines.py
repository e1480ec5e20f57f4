"""Named baselines: what is kept of a run, what is refused, and the errors of reading one."""

import json
import re
from pathlib import Path

import pytest

from evaluator.contract.result import failed
from evaluator.errors import FixtureError
from evaluator.evals.baselines import baseline_names, digests, load_baseline, save_baseline
from evaluator.evals.runs import Exchange, Row, Run, Said
from tests.fakes.evaluating import case
from tests.fakes.runs import run_of

CASES = [case("a"), case("b")]
RUN = run_of({"a": [60, 70], "b": 40}, labels={"a": 66, "b": 30})


def talkative(run: Run) -> Run:
    """Return a run whose rows hold texts: an exchange, a comment, a summary, a secret."""
    rows = []
    for each in run.rows:
        assert each.result is not None
        assert each.result.context is not None
        context = each.result.context | {"summary": "PRIVATE", "questions": ["PRIVATE?"]}
        texts = {
            "comment": "PRIVATE",
            "call_secret": "PRIVATE",
            "candidate_id": "PRIVATE",
            "context": context,
        }
        exchange = Exchange(messages=(Said(role="user", content="PRIVATE"),), reply="PRIVATE")
        result = each.result.model_copy(update=texts)
        rows.append(Row(case=each.case, source="endpoint", seconds=1, result=result, exchanges=(exchange,)))
    return run.model_copy(update={"rows": tuple(rows)})


def test_baseline_is_read_as_it_was_saved(tmp_path: Path) -> None:
    """Ratings, labels, tokens and cost are the run's."""
    path = save_baseline(RUN, CASES, tmp_path, "main")
    kept = load_baseline(tmp_path, "main").run

    assert path == tmp_path / "baselines" / "main.json"
    assert [kept.rating(each) for each in "ab"] == [65, 40]
    assert (kept.expectations, kept.tokens, kept.cost_usd) == (RUN.expectations, RUN.tokens, RUN.cost_usd)


def test_baseline_holds_no_text_of_candidate_or_model(tmp_path: Path) -> None:
    """Exchanges, comments, summaries, ids and the call's secret are left out, and it is small."""
    text = save_baseline(talkative(RUN), CASES, tmp_path, "main").read_text(encoding="utf-8")

    assert "PRIVATE" not in text
    assert len(text) < 2_000 * len(RUN.rows)


def test_result_that_explains_nothing_is_kept(tmp_path: Path) -> None:
    """A failed assessment's result has no context; its status stays."""
    bare = failed(CASES[0].request, details="the model refused", at="now", app_id=None)
    refused = Row(case="b", source="endpoint", seconds=1, result=bare)
    run = run_of({"a": 60, "b": 40})
    save_baseline(
        run.model_copy(update={"rows": (run.rows[0], refused)}), CASES, tmp_path, "main", force=True
    )
    [_, kept] = load_baseline(tmp_path, "main").run.rows

    assert (kept.rating, kept.status) == (None, "failed")


def test_baseline_of_the_same_name_is_replaced_in_one_step(tmp_path: Path) -> None:
    """Nothing but the new file is left in the folder."""
    save_baseline(RUN, CASES, tmp_path, "main")
    save_baseline(run_of({"a": 10, "b": 20}), CASES, tmp_path, "main")

    assert load_baseline(tmp_path, "main").run.rating("a") == 10
    assert [path.name for path in (tmp_path / "baselines").iterdir()] == ["main.json"]


def test_request_that_changes_has_another_digest() -> None:
    """The CV counts, the call's secret and its time do not."""
    secret = CASES[0].request.model_copy(update={"call_secret": "other", "created_at": "later"})
    again = type(CASES[0])("a", secret, None)

    assert digests([again]) == digests([CASES[0]])
    assert digests([case("a", said="more")]) != digests([CASES[0]])


@pytest.mark.parametrize(
    ("run", "not_run", "message"),
    [
        (run_of({"a": 1}, interrupted=True), [], "main is not saved: the run was interrupted"),
        (RUN, ["c", "d"], "main is not saved: the run leaves out c, d; a baseline is of all cases"),
        (run_of({"a": None, "b": 1}), [], "main is not saved: no rating of a; --force saves it"),
    ],
)
def test_run_that_tells_too_little_is_not_blessed(
    tmp_path: Path, run: Run, not_run: list[str], message: str
) -> None:
    """One that was interrupted, is of some cases, or has one without rating; nothing is written."""
    with pytest.raises(FixtureError, match=message):
        save_baseline(run, CASES, tmp_path, "main", not_run=not_run)

    assert baseline_names(tmp_path) == []


def test_run_with_a_failed_case_can_be_forced(tmp_path: Path) -> None:
    """A failed case is then kept as one without a rating."""
    save_baseline(run_of({"a": None, "b": 1}), CASES, tmp_path, "main", force=True)

    assert load_baseline(tmp_path, "main").run.rating("a") is None


@pytest.mark.parametrize("name", ["", "../main", "Main", "a/b", "-x", "a" * 65])
def test_name_that_is_no_file_name_is_refused(tmp_path: Path, name: str) -> None:
    """No path can be named."""
    with pytest.raises(FixtureError, match="is no name for a baseline"):
        load_baseline(tmp_path, name)


def test_baseline_that_is_not_there_names_those_that_are(tmp_path: Path) -> None:
    """So a slip is seen at once."""
    save_baseline(RUN, CASES, tmp_path, "main")

    with pytest.raises(FixtureError, match=r"no baseline named man; there are: main\. --save-baseline man"):
        load_baseline(tmp_path, "man")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "main.json: is not JSON; save the baseline again"),
        ("[]", "main.json: is of another format; this version reads 1"),
        ('{"format": 2}', "main.json: is of another format; this version reads 1"),
        ('{"format": 1, "name": "main", "digests": {}}', "main.json: run: Field required; save"),
        ("\udcff", "main.json: is not JSON"),
    ],
)
def test_file_that_is_no_baseline_is_told(tmp_path: Path, text: str, message: str) -> None:
    """The message names the file and says what to do."""
    (tmp_path / "baselines").mkdir()
    (tmp_path / "baselines" / "main.json").write_bytes(text.encode(errors="surrogateescape"))

    with pytest.raises(FixtureError, match=re.escape(message)):
        load_baseline(tmp_path, "main")


def test_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """Where a file stands in the folder's place the path and the reason are told."""
    (tmp_path / "baselines").write_text("")

    with pytest.raises(FixtureError, match=r"main\.json: cannot be written"):
        save_baseline(RUN, CASES, tmp_path, "main")


def test_folder_in_the_place_of_a_baseline_is_told(tmp_path: Path) -> None:
    """What is no file cannot be read."""
    (tmp_path / "baselines" / "main.json").mkdir(parents=True)

    with pytest.raises(FixtureError, match=r"main\.json: cannot be read: Is a directory"):
        load_baseline(tmp_path, "main")


def test_file_can_be_read_by_a_person(tmp_path: Path) -> None:
    """It is JSON in lines, so that a commit shows what changed."""
    lines = save_baseline(RUN, CASES, tmp_path, "main").read_text(encoding="utf-8").splitlines()

    assert len(lines) > 20
    assert json.loads("".join(lines))["format"] == 1
