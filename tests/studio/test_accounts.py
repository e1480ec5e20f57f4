"""Accounts as they are set, and what of them a session outlives."""

from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from evaluator.errors import SettingsError
from evaluator.settings import Settings
from evaluator.storage.jobs import JobStore
from evaluator.studio.accounts import Account, Accounts, Entered, NotEntered, accounts_of, weak_tokens
from evaluator.studio.links import LINK_S, Links
from evaluator.studio.people import Person
from tests.fakes.clock import FakeClock
from tests.fakes.stores import Place, place, postgres_place, sqlite_place

__all__ = ["place", "postgres_place", "sqlite_place"]

ANNA = Account("anna", "publisher", "token-of-anna")
BEN = Account("ben", "viewer", "token-of-ben")
ANYONE = Account(None, "publisher", "token-of-all")


@pytest.fixture
async def store(place: Place) -> AsyncIterator[JobStore]:
    """An empty store in either kind of database."""
    async with place.open() as store:
        yield store


def set_up(several: str | None = None, single: str | None = None) -> tuple[Account, ...]:
    """Return the accounts of these two settings."""
    values = {"studio_tokens": several, "studio_token": single}
    return accounts_of(Settings(**{name: SecretStr(value) for name, value in values.items() if value}))


def entered(came: Entered | NotEntered) -> Entered:
    """Return what came of a sign-in that went well."""
    assert isinstance(came, Entered)
    return came


def test_tokens_are_read_with_name_and_role() -> None:
    """Names, roles and tokens are taken as they stand; a token may hold colons."""
    assert set_up("anna:publisher:a:b, ben : viewer : c ", "d") == (
        Account(None, "publisher", "d"),
        Account("anna", "publisher", "a:b"),
        Account("ben", "viewer", "c"),
    )


def test_no_token_is_no_account() -> None:
    """Where nothing is set, nobody has an account."""
    assert set_up() == ()


@pytest.mark.parametrize(
    ("several", "said"),
    [
        ("anna", "number 1 in the list lacks name, role or token"),
        ("anna:publisher:", "number 1 in the list lacks name, role or token"),
        ("anna:publisher:s3cret,", "number 2 in the list lacks name, role or token"),
        ("anna:viewer:s3cret,ben:admin:s3cret2", "number 2 in the list has a role that is none"),
        ("anna:viewer:s3cret s3cret", "number 1 in the list has a token with a space"),
        ("an\u200bna:viewer:s3cret", "number 1 in the list has a name"),
        ("anna:viewer:s3cret,anna:editor:s3cret2", "has a name twice"),
        ("anna:viewer:s3cret,ben:editor:s3cret", "has a token that another person has too"),
    ],
)
def test_list_that_is_wrong_is_told_without_a_token(several: str, said: str) -> None:
    """An error says which setting, which person of the list, and what is expected; never a token."""
    with pytest.raises(SettingsError, match=r"^EVALUATOR_STUDIO_TOKENS: ") as caught:
        set_up(several)

    assert (said in str(caught.value), "s3cret" in str(caught.value)) == (True, False)


def test_token_of_all_may_not_be_one_persons() -> None:
    """One token cannot say two things."""
    with pytest.raises(SettingsError, match="EVALUATOR_STUDIO_TOKEN has"):
        set_up("anna:viewer:same", "same")


@given(st.text())
def test_any_list_is_read_or_refused(several: str) -> None:
    """Whatever is set, it is accounts or an error that says so."""
    try:
        accounts = set_up(several)
    except SettingsError:
        return
    assert all(account.name and account.token for account in accounts)


def test_short_token_is_told() -> None:
    """A token that could be guessed is named by whose it is."""
    long = Account("ben", "viewer", "x" * 16)

    assert [sentence.split(" has")[0] for sentence in weak_tokens([ANNA, long, ANYONE])] == [
        "the token of anna",
        "the token of EVALUATOR_STUDIO_TOKEN",
    ]


@pytest.mark.anyio
async def test_token_tells_who_and_what_they_may(store: JobStore) -> None:
    """A named token brings name and role; with the other one somebody says who they are."""
    accounts = Accounts([ANNA, BEN, ANYONE], store.studio_sessions)
    came = [
        entered(await accounts.sign_in(token, name, "peer"))
        for token, name in [
            ("token-of-ben", "Anna"),
            ("token-of-all", " Cid\u202e  D "),
            ("token-of-all", ""),
        ]
    ]

    expected = [Person("ben", "viewer"), Person("Cid D", "publisher"), Person("studio", "publisher")]
    assert [each.person for each in came] == expected
    assert [await accounts.person_of(each.secret) for each in came] == expected


@pytest.mark.anyio
@pytest.mark.parametrize(
    "now",
    [
        [],
        [BEN],
        [Account("anna", "publisher", "another-token")],
        [Account("anna", "viewer", "token-of-anna")],
        [Account("ann", "publisher", "token-of-anna")],
    ],
)
async def test_session_ends_with_its_token(store: JobStore, now: list[Account]) -> None:
    """Once a token is gone, changed, or of another role, what it opened is closed, and nothing else."""
    before = Accounts([ANNA, BEN], store.studio_sessions)
    anna = entered(await before.sign_in("token-of-anna", "", "peer"))
    ben = entered(await before.sign_in("token-of-ben", "", "peer"))
    after = Accounts(now, store.studio_sessions)

    assert await after.person_of(anna.secret) is None
    assert (await after.person_of(ben.secret) is not None) == (BEN in now)


@pytest.mark.anyio
async def test_session_by_a_link_ends_where_a_token_is_set(store: JobStore) -> None:
    """A link stands in for a token, so it opens nothing any more once there is one."""
    links = Links()
    before = Accounts([], store.studio_sessions, links)
    came = await before.enter(links.new())

    assert came is not None
    assert await before.person_of(came.secret) == Person("studio", "publisher")
    assert await Accounts([ANNA], store.studio_sessions, links).person_of(came.secret) is None
    assert await Accounts([], store.studio_sessions).person_of(came.secret) is None


@pytest.mark.anyio
async def test_sessions_are_those_of_every_process(store: JobStore) -> None:
    """Signed in at one process, signed in at all; signed out at one, signed out at all."""
    one, other = (Accounts([ANNA], store.studio_sessions) for _ in range(2))
    came = entered(await one.sign_in("token-of-anna", "", "peer"))
    assert await other.person_of(came.secret) == came.person

    await other.sign_out(came.secret)
    assert await one.person_of(came.secret) is None


def test_link_is_good_once_and_for_a_while() -> None:
    """A link that was used, is old, or was never given is no good."""
    clock = FakeClock()
    links = Links(timer=clock)
    used, old = links.new(), links.new()
    assert [links.take(used), links.take(used), links.take("made-up")] == [True, False, False]

    clock.advance(LINK_S)
    assert not links.take(old)
