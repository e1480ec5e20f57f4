"""The real studio over a real, empty database, in this process.

`studio_site` is a fixture for tests of pages, `open_site` the same without an account:

    def test_page(studio_site: StudioSite) -> None:
        with studio_site.client("editor") as client:
            assert client.get("/studio/packs").status_code == 200
            assert client.post("/studio/packs/default/draft", data={...}).status_code == 200

A client is signed in, and sends the token that a change needs with everything; `csrf=False` leaves it out.
"""

import asyncio
import contextlib
import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from litestar.types import Receive, Scope, Send
from pydantic import SecretStr

from evaluator import wiring
from evaluator.jobs.operations import Operations
from evaluator.jobs.published import Following
from evaluator.jobs.service import DurableJobs
from evaluator.settings import Settings
from evaluator.storage.jobs import JobStore
from evaluator.storage.keys import load_or_make_key
from evaluator.storage.migrations import migrate
from evaluator.storage.opening import fitting_sealer, open_database
from evaluator.studio.links import Links
from evaluator.studio.opening import studio_for
from evaluator.studio.people import ROLES, Role
from evaluator.studio.studio import Studio
from evaluator.web.studio import csrf
from evaluator.web.studio.visits import SESSION_COOKIE
from tests.fakes.clock import FakeClock
from tests.fakes.jobs import FakeJobs
from tests.fakes.web import app_over
from tests.fakes.working import FakeQueue

TOKENS = {role: f"token-of-the-{role}" for role in ROLES}
NAMES = {"viewer": "Vera", "editor": "Edgar", "publisher": "Paula"}


@dataclasses.dataclass
class StudioSite:
    """The application with a studio, and the store behind it, which may be used while no client is open."""

    studio: Studio
    store: JobStore
    services: wiring.Services
    links: Links
    folder: Path
    clock: FakeClock

    def app(self) -> Litestar:
        """Return the application, as a proxy in a private network calls it."""
        app = app_over(studio=self.studio)
        served = app.asgi_handler

        async def called(scope: Scope, receive: Receive, send: Send) -> None:
            await served({**scope, "client": ("10.0.0.1", 40_000)}, receive, send)  # type: ignore[misc]  # one kind of scope, as it came

        app.asgi_handler = called
        return app

    def stranger(self, **options: Any) -> TestClient[Litestar]:
        """Return a client that is not signed in and follows no redirect."""
        options = {"raise_server_exceptions": False, "base_url": "http://testserver.local"} | options
        client = TestClient(self.app(), **options)
        client.follow_redirects = False
        return client

    def client(self, role: Role = "publisher", *, csrf: bool = True, **options: Any) -> TestClient[Litestar]:
        """Return a client that is signed in."""
        client = self.stranger(**options)
        signed_in = client.post(
            "/studio/sign-in",
            data={"token": TOKENS[role], "csrf": form_token(client)},
            follow_redirects=False,
        )
        assert signed_in.status_code == 303, signed_in.text
        if csrf:
            client.headers["x-csrf-token"] = token_for(client)
        return client


def form_token(client: TestClient[Litestar]) -> str:
    """Open the form of the sign-in and return the token in it."""
    page = client.get("/studio/sign-in").text
    return page.partition('name="csrf" value="')[2].partition('"')[0]


def token_for(client: TestClient[Litestar]) -> str:
    """Return a token that a change needs in a client's session."""
    return csrf.token_of(client.cookies[SESSION_COOKIE])


@pytest.fixture
def studio_site(tmp_path: Path) -> Iterator[StudioSite]:
    """A studio with an account for each role, over the shipped packs and the offline rater."""
    accounts = ",".join(f"{NAMES[role]}:{role}:{TOKENS[role]}" for role in ROLES)
    with site_of(Settings(data_dir=tmp_path, studio_tokens=SecretStr(accounts))) as site:
        yield site


@pytest.fixture
def open_site(tmp_path: Path) -> Iterator[StudioSite]:
    """The same without an account, which links open."""
    with site_of(Settings(data_dir=tmp_path)) as site:
        yield site


@contextlib.contextmanager
def site_of(settings: Settings) -> Iterator[StudioSite]:
    """Yield a studio with these settings; its clock stands still."""
    clock = FakeClock()
    store, links = store_in(settings.data_dir, clock), Links(timer=clock)
    services = wiring.build(settings)
    durable = wiring.Durable(
        jobs=cast(DurableJobs, FakeJobs()),
        store=store,
        operations=Operations(
            store=store,
            queue=FakeQueue(clock),
            assess_within_s=100,
            deliver_within_s=200,
            callback=True,
            clock=clock,
        ),
        callback=None,
        following=Following(services.packs, store.pack_versions),
        stop=lambda: None,
    )
    studio = studio_for(settings, services, durable, links, clock=clock)
    with contextlib.closing(studio):
        yield StudioSite(studio, store, services, links, settings.data_dir, clock)
    asyncio.run(_close(store, services))


async def _close(store: JobStore, services: wiring.Services) -> None:
    await services.aclose()
    await store.aclose()


def store_in(folder: Path, clock: FakeClock) -> JobStore:
    """Return a store in a folder, ready for whatever loop uses it."""
    keys, database = load_or_make_key(folder), open_database(None, folder)
    migrate(database)
    return JobStore(database, fitting_sealer(database, keys), clock=clock)
