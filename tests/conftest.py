"""What all tests share: hypothesis finds the same examples every time, and async tests run on asyncio.

`pytest --hypothesis-profile=explore` looks further, with new examples at every run.
"""

import logging
from collections.abc import Iterator

import hypothesis
import pytest
import structlog

from evaluator import log
from tests.fakes.postgres import postgres

__all__ = ["postgres"]

hypothesis.settings.register_profile("steady", derandomize=True, deadline=None, database=None)
hypothesis.settings.register_profile("explore", max_examples=2_000, deadline=None)
hypothesis.settings.load_profile("steady")


@pytest.fixture
def anyio_backend() -> str:
    """Run tests marked `anyio` on asyncio, the loop that the service runs on."""
    return "asyncio"


@pytest.fixture
def log_as_before() -> Iterator[None]:
    """Give the process's log back as it was."""
    root, levels = logging.getLogger(), {name: logging.getLogger(name).level for name in log.QUIET}
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, earlier in levels.items():
        logging.getLogger(name).setLevel(earlier)
    logging.captureWarnings(False)
    structlog.reset_defaults()
