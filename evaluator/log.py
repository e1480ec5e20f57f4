"""Setting up the log: one line an event, JSON or readable, with the request's id, and scrubbed.

Modules get their logger from `structlog.get_logger()`; the standard library's loggers end in the same
stream. A request's id is bound with `structlog.contextvars.bound_contextvars(request_id=…)`. Scrubbing
is the last resort: code that logs must not log secrets or candidates in the first place. May import
`errors` alone of the package.
"""

import logging
import re
import sys
import traceback
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor

from evaluator.errors import EvaluatorError

QUIET = ("aiohttp", "asyncio", "dbos", "httpcore", "httpcore2", "httpx", "httpx2", "openai", "uvicorn")
"""Loggers heard from WARNING on: below it they write URLs, headers and whole bodies."""

REMOVED = "[removed]"
"""Stands where a value was taken out."""

MAX_TEXT = 400
"""Characters of one text that a line keeps; a CV or a payload is longer."""

_MAX_DEPTH = 4
_MAX_FRAMES = 40

_SECRET_WORDS = {"token", "secret", "password", "passwd", "authorization", "cookie", "credential", "bearer"}
_SECRET_ENDS = ("api_key", "apikey", "private_key", "encryption_key")
_CANDIDATE_ENDS = {"cv", "body", "payload", "content", "messages", "comments", "answers", "email", "phone"}

_IN_TEXT = (
    (re.compile(r"(?i)\b(bearer)\s+[^\s\"',;]{8,}"), rf"\1 {REMOVED}"),
    (re.compile(r"\bsk-[A-Za-z0-9_-]{8,}"), REMOVED),
    (re.compile(r"(/webhook/assessment/)[^\s\"'?]+"), rf"\1{REMOVED}"),
    (re.compile(r"(?i)(\b[a-z][a-z0-9+.-]*://)[^\s/@\"']+@"), rf"\1{REMOVED}@"),
    (re.compile(r"(/[^\s?\"']*)\?[^\s\"']+"), rf"\1?{REMOVED}"),
)
"""Secrets as they stand inside texts: credentials, keys, the webhook's token, users and queries of URLs."""

_SUSPECT = re.compile(r"(?i)bearer|sk-|/")
"""Stands in every text that one of the patterns above can match; most texts hold none of it."""

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
"""What would break a line or steer a terminal."""


def configure(
    form: Literal["auto", "json", "console"],
    level: Literal["debug", "info", "warning", "error"],
    stream: TextIO,
) -> None:
    """Send every log line of this process to `stream`; a later call takes the place of an earlier one.

    `form` auto is console where `stream` is a terminal and json elsewhere.
    """
    readable = form == "console" or (form == "auto" and stream.isatty())
    threshold = logging.getLevelNamesMapping()[level.upper()]
    _attach(_Handler(stream, readable=readable), threshold)
    structlog.configure(
        processors=[*_stamps(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def scrub(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Return `event` without what must not be logged: secrets, candidates' texts, unknown objects.

    `exc_info` becomes `error`, the exception's type, and `exception`, its places in the code. Messages
    are left out, since they may quote a payload, but for the package's own errors, whose messages are
    written to be shown.
    """
    error = _exception_of(event.pop("exc_info", None))
    event.pop("stack_info", None)
    clean = _without_secrets(event, 0)
    if error is not None:
        clean["error"] = _clean(_name_of(error))
        clean["exception"] = "\n".join(places(error))
    return clean


def places(error: BaseException) -> list[str]:
    """Return where `error` came from: a type and then its frames, `file:line in function`, causes first.

    Neither messages nor source lines nor local values are in it.
    """
    lines: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        frames = traceback.extract_tb(current.__traceback__)[-_MAX_FRAMES:]
        own = [f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]
        lines = [_type_of(current), *own, *lines]
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return lines


class _Handler(logging.StreamHandler[TextIO]):
    """Writes scrubbed lines; a line that cannot be written is lost and stops nobody's work."""

    def __init__(self, stream: TextIO, *, readable: bool) -> None:
        super().__init__(stream)
        renderer: Processor = structlog.processors.JSONRenderer()
        if readable:
            renderer = structlog.dev.ConsoleRenderer(colors=stream.isatty())
        self.setFormatter(
            structlog.stdlib.ProcessorFormatter(
                foreign_pre_chain=[*_stamps(), structlog.stdlib.add_logger_name, _first_line],
                processors=[
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    scrub,
                    renderer,
                ],
            )
        )
        self.addFilter(_heard)

    def handleError(self, record: logging.LogRecord) -> None:
        """Drop the record: the standard report would print its arguments, unscrubbed."""


def _attach(handler: _Handler, threshold: int) -> None:
    root = logging.getLogger()
    for earlier in [each for each in root.handlers if isinstance(each, _Handler)]:
        root.removeHandler(earlier)
    root.addHandler(handler)
    root.setLevel(threshold)
    for name in QUIET:
        logging.getLogger(name).setLevel(max(threshold, logging.WARNING))
    logging.captureWarnings(True)


def _heard(record: logging.LogRecord) -> bool:
    """Keep the quiet loggers quiet even where a library lowers its level, as OPENAI_LOG does."""
    return record.levelno >= logging.WARNING or record.name.partition(".")[0] not in QUIET


def _stamps() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _first_line(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Keep a library's first line; asyncio and warnings put values and source on further ones."""
    event["event"] = str(event["event"]).partition("\n")[0]
    return event


def _without_secrets(fields: Mapping[Any, Any], depth: int) -> dict[str, Any]:
    return {_clean_key(str(key)): _scrubbed(str(key), value, depth) for key, value in fields.items()}


def _scrubbed(key: str, value: Any, depth: int) -> Any:
    if value is None or isinstance(value, bool | float):
        return value
    if _is_sensitive(key):
        return REMOVED
    if isinstance(value, int):
        return int(value)
    if isinstance(value, str | Path):
        return _clean(str(value))
    if depth < _MAX_DEPTH and isinstance(value, Mapping):
        return _without_secrets(value, depth + 1)
    if depth < _MAX_DEPTH and isinstance(value, list | tuple | set | frozenset):
        return [_scrubbed(key, item, depth + 1) for item in value]
    return f"<{type(value).__name__}>"


@lru_cache(maxsize=512)  # the same few keys stand in every line
def _clean_key(key: str) -> str:
    return _clean(key)


@lru_cache(maxsize=512)
def _is_sensitive(key: str) -> bool:
    """Tell by a key's words: `token` but not `tokens`, which counts; `body` but not `body_bytes`."""
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key).lower().replace("-", "_")
    words = snake.split("_")
    return not _SECRET_WORDS.isdisjoint(words) or snake.endswith(_SECRET_ENDS) or words[-1] in _CANDIDATE_ENDS


def _clean(text: str) -> str:
    if not text.isprintable():
        text = _CONTROLS.sub(" ", text)
    if _SUSPECT.search(text):
        for pattern, replacement in _IN_TEXT:
            text = pattern.sub(replacement, text)
    return text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}… ({len(text)} characters)"


def _exception_of(info: Any) -> BaseException | None:
    """Return the exception that `exc_info` stands for: itself, a triple, or True for the current one."""
    if isinstance(info, BaseException):
        return info
    if isinstance(info, tuple):
        return info[1] if isinstance(info[1], BaseException) else None
    return sys.exception() if info else None


def _name_of(error: BaseException) -> str:
    return f"{_type_of(error)}: {error}" if isinstance(error, EvaluatorError) else _type_of(error)


def _type_of(error: BaseException) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
