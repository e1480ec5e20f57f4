"""Token counts that are kept with a recording, so that a replay need not load a tokenizer's table.

A count depends on the encoding and the text alone, and is kept by a hash of both. May import
`prompts.tokens`.
"""

import hashlib
from collections.abc import Mapping

from evaluator.prompts.tokens import Tokenizer


class Counts:
    """Makes tokenizers that count what is known from here, and note what they count."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self.known: dict[str, int] = {}
        self._made: dict[str, _Remembering] = {}

    def learn(self, counts: Mapping[str, int]) -> None:
        """Take counts that were noted before."""
        self.known.update(counts)

    def tokenizer(self, name: str) -> Tokenizer:
        """Return the tokenizer of the encoding `name`, the same each time."""
        if name not in self._made:
            self._made[name] = _Remembering(name, self.known)
        return self._made[name]


class _Remembering(Tokenizer):
    """Equal to itself alone: what is kept of another's counts would not be noted here."""

    def __init__(self, name: str, known: dict[str, int]) -> None:
        super().__init__(name)
        self._known = known

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)

    def count(self, text: str) -> int:
        """See Tokenizer."""
        told = f"{self.name}\0{text}".encode("utf-8", "surrogatepass")
        key = hashlib.blake2b(told, digest_size=10).hexdigest()
        if key not in self._known:
            self._known[key] = super().count(text)
        return self._known[key]
