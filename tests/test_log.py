"""The log: one line an event, with the request's id, and nothing of a secret or a candidate."""

import io
import json
import logging
import warnings
from pathlib import Path
from typing import Any, Literal

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from evaluator import log
from evaluator.errors import ModelTimeout
from evaluator.rubric import Level

pytestmark = pytest.mark.usefixtures("log_as_before")


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Say yes."""
        return True


def logged(stream: io.StringIO) -> list[dict[str, Any]]:
    """Return the JSON objects that `stream` holds, one a line."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def one_line(event: str = "event", **fields: Any) -> dict[str, Any]:
    """Log one event as JSON and return its line."""
    stream = io.StringIO()
    log.configure("json", "info", stream)
    structlog.get_logger().info(event, **fields)
    (line,) = logged(stream)
    return line


def unfit(cv: str) -> None:
    """Fail as code does that meets a text it did not expect."""
    try:
        int(cv)
    except ValueError as error:
        raise RuntimeError(f"cannot read {cv}") from error


@pytest.mark.parametrize(
    ("form", "stream", "is_json"),
    [
        ("json", Terminal(), True),
        ("auto", io.StringIO(), True),
        ("auto", Terminal(), False),
        ("console", io.StringIO(), False),
    ],
)
def test_form_follows_setting_and_stream(
    form: Literal["auto", "json", "console"], stream: io.StringIO, is_json: bool
) -> None:
    """`auto` is readable on a terminal and JSON elsewhere; the others are what they say."""
    log.configure(form, "info", stream)
    structlog.get_logger().info("assessed", rating=77)

    assert stream.getvalue().startswith("{") is is_json
    assert stream.getvalue().count("\n") == 1


def test_every_line_has_the_requests_id() -> None:
    """Within a request, our lines and those of libraries carry its id."""
    stream = io.StringIO()
    log.configure("json", "info", stream)
    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        structlog.get_logger().info("ours")
        logging.getLogger("library").warning("theirs %s", "too")

    assert [line["request_id"] for line in logged(stream)] == ["r-1", "r-1"]
    assert [line["event"] for line in logged(stream)] == ["ours", "theirs too"]
    assert [line["level"] for line in logged(stream)] == ["info", "warning"]


def test_later_configuration_takes_the_place_of_the_earlier() -> None:
    """After a second call each line is written once, to the second stream, at its level."""
    first, second = io.StringIO(), io.StringIO()
    log.configure("json", "info", first)
    log.configure("json", "error", second)
    structlog.get_logger().info("below")
    structlog.get_logger().error("above")

    assert first.getvalue() == ""
    assert [line["event"] for line in logged(second)] == ["above"]


@pytest.mark.parametrize(
    "key",
    [
        "call_secret",
        "webhook_token",
        "Authorization",
        "apiKey",
        "X-Api-Key",
        "cv",
        "raw_cv",
        "body",
        "payload",
    ],
)
def test_sensitive_key_loses_its_value(key: str) -> None:
    """What stands under a secret's or a candidate's name is removed, at the top and inside."""
    line = one_line(**{key: "hunter2", "inside": [{key: {"deep": "hunter2"}}], "number": {key: 77}})

    assert "hunter2" not in json.dumps(line)
    assert line[key] == line["inside"][0][key] == line["number"][key] == log.REMOVED


def test_harmless_values_are_kept() -> None:
    """Counts, names and places come through as they are."""
    kept = {"tokens": 12, "prompt_tokens": 9, "body_bytes": 77, "content_type": "text/html", "cost": 0.5}

    line = one_line(
        **kept, ok=True, none=None, level_found=Level.STRONG, path=Path("a/b"), event_at="1 + 1 = 2?"
    )

    assert kept.items() <= line.items()
    assert [line["ok"], line["none"], line["level_found"], line["path"]] == [True, None, 3, "a/b"]
    assert line["event_at"] == "1 + 1 = 2?"


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer hunter2hunter2",
        "POST /webhook/assessment/hunter2 201",
        "GET https://model.test/v1?key=hunter2",
        "https://me:hunter2@model.test/v1",
        "key sk-hunter2hunter2 rejected",
        "x" * log.MAX_TEXT + "hunter2",
    ],
)
def test_secret_within_a_text_is_removed(text: str) -> None:
    """Credentials, the webhook's path token, queries and the rest of a long text are not kept."""
    line = one_line(text, detail=text)

    assert "hunter2" not in json.dumps(line)


def test_unknown_object_shows_its_type_alone() -> None:
    """An object that might hold a payload is not printed."""
    line = one_line(request=io.StringIO("hunter2"), deep={"a": {"b": {"c": {"d": {"e": "hunter2"}}}}})

    assert line["request"] == "<StringIO>"
    assert "hunter2" not in json.dumps(line)


ANY_VALUE = st.recursive(
    st.none() | st.text(max_size=20) | st.integers(), lambda inner: st.lists(inner, max_size=3), max_leaves=5
)


@given(fields=st.dictionaries(st.text(max_size=12), ANY_VALUE, max_size=4))
def test_whatever_is_logged_is_one_line(fields: dict[str, Any]) -> None:
    """No key and no value breaks the log or a line of it, in either form."""
    for form in ("json", "console"):
        stream = io.StringIO()
        log.configure(form, "info", stream)
        structlog.get_logger().info("event", **{f"_{key}": value for key, value in fields.items()})
        assert stream.getvalue().count("\n") == 1


@pytest.mark.parametrize("form", ["json", "console"])
def test_exception_shows_type_and_places_and_no_message(form: Literal["json", "console"]) -> None:
    """An unexpected error is logged with the types and places of its chain, without a payload."""
    stream = io.StringIO()
    log.configure(form, "info", stream)
    try:
        unfit("hunter2")
    except RuntimeError:
        structlog.get_logger().exception("failed")
        logging.getLogger("library").exception("failed")

    assert stream.getvalue().count("RuntimeError") == 4
    assert stream.getvalue().count("ValueError") == 2
    assert stream.getvalue().count(" in unfit") == 4
    assert "hunter2" not in stream.getvalue()
    assert "int(cv)" not in stream.getvalue()


def test_own_error_shows_its_message() -> None:
    """The package's own errors are written to be shown."""
    line = one_line(exc_info=ModelTimeout("no answer in 60 s"))

    assert line["error"] == "evaluator.errors.ModelTimeout: no answer in 60 s"


def test_exception_that_is_its_own_context_ends() -> None:
    """A circle in a chain of exceptions is gone through once."""
    first, second = ValueError(), KeyError()
    first.__context__, second.__context__ = second, first

    assert log.places(first) == ["KeyError", "ValueError"]


def test_missing_exception_is_no_fault() -> None:
    """`exc_info` without an exception at hand leaves an ordinary line."""
    assert "error" not in one_line(exc_info=True)
    assert "error" not in one_line(exc_info=(None, None, None))


@pytest.mark.parametrize("name", ["uvicorn.error", "httpx", "openai._base_client", "aiohttp.client"])
def test_quiet_library_is_heard_from_warning_on(name: str) -> None:
    """Chatty libraries stay quiet even where something lowers their level."""
    stream = io.StringIO()
    log.configure("json", "debug", stream)
    chatty = logging.getLogger(name)
    chatty.setLevel(logging.DEBUG)
    chatty.info("POST https://model.test/v1")
    chatty.warning("slow")
    chatty.setLevel(logging.NOTSET)

    assert [line["event"] for line in logged(stream)] == ["slow"]


def test_warning_is_logged_by_its_first_line() -> None:
    """A warning of Python's becomes one line, without the source it stands in."""
    stream = io.StringIO()
    log.configure("json", "info", stream)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("first\nhunter2", stacklevel=1)

    (line,) = logged(stream)
    assert line["event"].endswith("UserWarning: first")
    assert "hunter2" not in stream.getvalue()


def test_lost_stream_stops_nobody() -> None:
    """A line that cannot be written is lost without an error and without a report of its arguments."""
    stream = io.StringIO()
    log.configure("json", "info", stream)
    stream.close()

    structlog.get_logger().info("event")
