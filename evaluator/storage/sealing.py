"""Sealing what is stored of candidates, and marks by which a value is known again without being kept.

May import `errors` alone of the package.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from evaluator.errors import StorageKeyWrong


class Sealer:
    """Encrypts with the first of its keys and decrypts with any, so that keys can be replaced."""

    def __init__(self, keys: Sequence[bytes], marking_key: bytes | None = None) -> None:
        """Take Fernet keys, at least one, and the key that fingerprints are made with.

        Without `marking_key` it is derived from the first key.
        """
        self._fernet = MultiFernet([Fernet(key) for key in keys])
        self._mac = hmac.new(marking_key or derived_marking_key(keys[0]), digestmod=hashlib.sha256)

    def seal(self, plain: bytes) -> bytes:
        """Return `plain` encrypted and signed: a Fernet token, a third longer than what it holds."""
        return self._fernet.encrypt(plain)

    def unseal(self, sealed: bytes) -> bytes:
        """Return what was sealed. Raises StorageKeyWrong where no key opens it."""
        try:
            return self._fernet.decrypt(sealed)
        except InvalidToken:
            raise StorageKeyWrong(
                "something stored cannot be decrypted: it was sealed with a key that is no longer given, or "
                "it was altered"
            ) from None

    def fingerprint(self, *parts: bytes | str) -> str:
        """Return an HMAC-SHA256 of `parts` as 64 hexadecimal digits; where one part ends counts too."""
        mac = self._mac.copy()
        for part in parts:
            raw = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
            mac.update(len(raw).to_bytes(8, "big"))
            mac.update(raw)
        return mac.hexdigest()


def derived_marking_key(key: bytes) -> bytes:
    """Return the key for fingerprints that belongs to a Fernet key: HKDF-SHA256 (RFC 5869), 32 bytes."""
    derivation = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"candidate-evaluator marks")
    return derivation.derive(base64.urlsafe_b64decode(key))
