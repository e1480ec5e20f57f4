"""Sealing and fingerprints."""

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from evaluator.errors import StorageKeyWrong
from evaluator.storage.sealing import Sealer

OLD, NEW = Fernet.generate_key(), Fernet.generate_key()
parts = st.lists(st.text() | st.binary(), max_size=4)


@given(st.binary(max_size=2_000))
def test_unseal_gives_back_what_was_sealed(plain: bytes) -> None:
    """Whatever is sealed comes back the same."""
    sealer = Sealer([NEW])

    assert sealer.unseal(sealer.seal(plain)) == plain


def test_sealed_bytes_hide_what_they_hold() -> None:
    """What is sealed shows nothing of its content, nor that two contents are equal."""
    sealer = Sealer([NEW])
    first, second = sealer.seal(b"Ada Lovelace"), sealer.seal(b"Ada Lovelace")

    assert b"Ada" not in first
    assert first != second


def test_keys_are_replaced_one_by_one() -> None:
    """While both keys are given, what the old one sealed is read, and the new one seals."""
    sealed = Sealer([OLD]).seal(b"text")
    both = Sealer([NEW, OLD])

    assert both.unseal(sealed) == b"text"
    assert Sealer([NEW]).unseal(both.seal(b"text")) == b"text"


@pytest.mark.parametrize(
    "broken", [b"", b"gibberish", Sealer([OLD]).seal(b"text")], ids=["empty", "gibberish", "other"]
)
def test_unseal_refuses_what_no_key_opens(broken: bytes) -> None:
    """Another key's seal, or none, is an error that says so."""
    with pytest.raises(StorageKeyWrong, match="cannot be decrypted"):
        Sealer([NEW]).unseal(broken)


@given(parts, parts)
def test_fingerprints_are_equal_as_their_parts_are(one: list[str | bytes], other: list[str | bytes]) -> None:
    """Where one part ends and the next begins counts; text and its UTF-8 are one."""
    sealer = Sealer([NEW])
    as_bytes = [[p.encode() if isinstance(p, str) else p for p in parts] for parts in (one, other)]

    assert (sealer.fingerprint(*one) == sealer.fingerprint(*other)) == (as_bytes[0] == as_bytes[1])


def test_fingerprint_takes_lone_surrogates() -> None:
    """JSON can hold half a character; it has a fingerprint too."""
    assert len(Sealer([NEW]).fingerprint("\ud800")) == 64


def test_fingerprint_depends_on_the_key() -> None:
    """Without the key nobody can tell which value a fingerprint was made of."""
    assert Sealer([NEW]).fingerprint("1") != Sealer([OLD]).fingerprint("1")


def test_fingerprint_with_a_marking_key_outlives_the_encryption_key() -> None:
    """The same marking key gives the same fingerprints, whatever key encrypts."""
    assert Sealer([NEW], b"m" * 32).fingerprint("1") == Sealer([OLD], b"m" * 32).fingerprint("1")
