"""Counting tokens with tiktoken, offline.

The encodings' tables are shipped in the package and checked against their SHA-256, so nothing is
downloaded. A table is loaded when it is first needed, once. May import `errors`.
"""

import hashlib
import lzma
import re
from binascii import a2b_base64
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import tiktoken

from evaluator.errors import EvaluatorError

_O200K_WORD = r"[^\r\n\p{L}\p{N}]?"
_O200K_TAIL = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?"


class _Definition(NamedTuple):
    sha256: str
    pattern: str
    special_tokens: dict[str, int]


_DEFINITIONS = {
    "o200k_base": _Definition(
        "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
        "|".join(
            [
                _O200K_WORD + r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+" + _O200K_TAIL,
                _O200K_WORD + r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*" + _O200K_TAIL,
                r"\p{N}{1,3}",
                r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
                r"\s*[\r\n]+",
                r"\s+(?!\S)",
                r"\s+",
            ]
        ),
        {"<|endoftext|>": 199999, "<|endofprompt|>": 200018},
    ),
    "cl100k_base": _Definition(
        "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
        r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+"
        r"|\s++$|\s*[\r\n]|\s+(?!\S)|\s",
        {
            "<|endoftext|>": 100257,
            "<|fim_prefix|>": 100258,
            "<|fim_middle|>": 100259,
            "<|fim_suffix|>": 100260,
            "<|endofprompt|>": 100276,
        },
    ),
}

ENCODINGS = tuple(_DEFINITIONS)
"""Names of the encodings that are shipped."""

_OLDER_MODELS = re.compile(r"(?:.*/)?(?:gpt-4(?!o|\.|1)|gpt-3\.5|gpt-35|text-embedding)")

_LONG_RUN = re.compile(r"\s{65,}|(?<!\S)\S{2001,}")
"""White space and words beyond what is encoded as it stands."""

_TAME = re.compile(r"\s{0,64}+(?:\S{1,2000}+\s{1,64}+)*+\S{0,2000}+")
"""A text that has none of them; it is known in one pass, without trying each place."""

_MAX_SPACE = 64
_MAX_WORD = 2_000

MOST_CHARACTERS = 16
"""Characters that a token has at most in text worth cutting."""


def encoding_for(model: str) -> str:
    """Return the name of the encoding for `model`: `cl100k_base` for GPT-4 and 3.5, else `o200k_base`."""
    return "cl100k_base" if _OLDER_MODELS.match(model) else "o200k_base"


class Tokenizer:
    """Counts the tokens of texts in one encoding; two of one encoding are equal."""

    def __init__(self, name: str) -> None:
        """`name`: one of ENCODINGS, else ValueError. The table is not loaded yet."""
        if name not in _DEFINITIONS:
            raise ValueError(f"no such encoding: {name}; there are {', '.join(ENCODINGS)}")
        self.name = name

    def __eq__(self, other: object) -> bool:
        """Tell whether both count alike."""
        return type(self) is type(other) and isinstance(other, Tokenizer) and self.name == other.name

    def __hash__(self) -> int:
        """Return the same for those that are equal."""
        return hash(self.name)

    def count(self, text: str) -> int:
        """Return the number of tokens of `text`, special tokens counted as plain text.

        White space counts as at most 64 characters in a row, and words are split every 2,000 characters:
        tiktoken is quadratic on long words and panics on a million spaces.
        """
        if not _TAME.fullmatch(text):
            text = _LONG_RUN.sub(_tame, text)
        return len(_load(self.name).encode_ordinary(text))

    def head(self, text: str, limit: int) -> str:
        """Return a start of `text`, ended at a line or word, of at most `limit` tokens and hardly fewer."""
        if limit <= 0:
            return ""
        cut = text[: limit * MOST_CHARACTERS]
        while (tokens := self.count(cut)) > limit:
            cut = cut[: min(len(cut) - 1, len(cut) * limit // tokens)]
        if len(cut) == len(text):
            return text
        end = max(cut.rfind("\n", len(cut) * 4 // 5), cut.rfind(" ", len(cut) * 9 // 10))
        return cut[:end].rstrip() if end > 0 else cut

    def load(self) -> None:
        """Load the table now; later counts do not wait for it."""
        _load(self.name)


def read_encoding(name: str, packed: bytes) -> tiktoken.Encoding:
    """Return the encoding `name` from `packed`, tiktoken's own file compressed by xz.

    Raises EvaluatorError where the file is not the one that OpenAI publishes.
    """
    definition = _DEFINITIONS[name]
    try:
        table = lzma.decompress(packed)
    except lzma.LZMAError:
        table = b""
    if hashlib.sha256(table).hexdigest() != definition.sha256:
        raise EvaluatorError(f"the shipped encoding {name} is damaged; install the package again")
    words = table.split()
    return tiktoken.Encoding(
        name=name,
        pat_str=definition.pattern,
        mergeable_ranks=dict(zip(map(a2b_base64, words[::2]), map(int, words[1::2]), strict=True)),
        special_tokens=definition.special_tokens,
    )


@cache
def _load(name: str) -> tiktoken.Encoding:
    packed = files("evaluator.prompts").joinpath("encodings", f"{name}.tiktoken.xz").read_bytes()
    return read_encoding(name, packed)


def _tame(match: re.Match[str]) -> str:
    run = match[0]
    if run[0].isspace():
        return run[:_MAX_SPACE]
    return " ".join(run[at : at + _MAX_WORD] for at in range(0, len(run), _MAX_WORD))
