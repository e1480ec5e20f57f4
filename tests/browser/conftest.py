"""What the browser tests share: one service and one browser for the tests of a module."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.fakes.browser import browsing
from tests.fakes.recruiting import PATIENCE_MS, studio_service
from tests.fakes.service import Process


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """Yield a running service over an empty database, with an account for each role."""
    with studio_service(tmp_path_factory.mktemp("studio")) as process:
        yield process


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    """Yield one browser; each test signs in anew."""
    expect.set_options(timeout=PATIENCE_MS)
    with browsing(tmp_path_factory.mktemp("browser") / "profile") as started:
        yield started
