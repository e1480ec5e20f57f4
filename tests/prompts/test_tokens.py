"""Counting tokens: as tiktoken counts, without a download, and safe with text that is made to be slow."""

import hashlib
import lzma
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest
import tiktoken
from hypothesis import given
from hypothesis import strategies as st
from tiktoken_ext import openai_public

from evaluator.errors import EvaluatorError
from evaluator.prompts.tokens import ENCODINGS, Tokenizer, encoding_for, read_encoding
from tests.fakes.prompting import FIXTURES

_URL = "https://openaipublic.blob.core.windows.net/encodings/{}.tiktoken"

SAMPLES = [
    "",
    "Own the ledger service; 99.98 % availability, p99 < 120 ms.",
    "  indented\n\n\tcode = {'a': [1, 2]}\r\nnext  ",
    "Pflegefachfrau für Anästhesie – Überwachung nach Großeingriffen",
    "数据库迁移与高可用架构。日本語の職務経歴書です。",
    "व्यवस्थापन और नेतृत्व, خبرة في البرمجة, ניסיון בפיתוח",
    "emoji 👩‍💻🚀 and <|endoftext|> as text",
    "x" * 1999 + " " + "y" * 2000,
    " " * 64 + "after a gap",
]


def packed(name: str) -> bytes:
    """Return the shipped file of an encoding."""
    return files("evaluator.prompts").joinpath("encodings", f"{name}.tiktoken.xz").read_bytes()


@pytest.fixture(scope="module")
def references(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tiktoken.Encoding]:
    """Build both encodings by tiktoken's own constructors, from a cache that holds the shipped files."""
    cache = tmp_path_factory.mktemp("tiktoken")
    for name in ENCODINGS:
        key = hashlib.sha1(_URL.format(name).encode(), usedforsecurity=False).hexdigest()
        (cache / key).write_bytes(lzma.decompress(packed(name)))
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("TIKTOKEN_CACHE_DIR", str(cache))
        made = {"o200k_base": openai_public.o200k_base(), "cl100k_base": openai_public.cl100k_base()}
    return {name: tiktoken.Encoding(**arguments) for name, arguments in made.items()}


@pytest.mark.parametrize("name", ENCODINGS)
@pytest.mark.parametrize("text", SAMPLES)
def test_count_is_that_of_tiktoken(name: str, text: str, references: dict[str, tiktoken.Encoding]) -> None:
    """Ordinary text in any script has as many tokens as in tiktoken's own encoding."""
    assert Tokenizer(name).count(text) == len(references[name].encode_ordinary(text))


@pytest.mark.parametrize("name", ENCODINGS)
@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.parent.name)
def test_count_of_fixture_is_that_of_tiktoken(
    name: str, path: Path, references: dict[str, tiktoken.Encoding]
) -> None:
    """A whole fixture has as many tokens as in tiktoken's own encoding."""
    text = path.read_text(encoding="utf-8")

    assert Tokenizer(name).count(text) == len(references[name].encode_ordinary(text))


@given(text=st.text(max_size=60) | st.text(st.sampled_from(list("019 aB'\n\t漢é-./!")), max_size=60))
@pytest.mark.parametrize("name", ENCODINGS)
def test_count_of_any_short_text_is_that_of_tiktoken(
    name: str, text: str, references: dict[str, tiktoken.Encoding]
) -> None:
    """No short text, whatever its characters, is counted otherwise than by tiktoken."""
    assert Tokenizer(name).count(text) == len(references[name].encode_ordinary(text))


@pytest.mark.parametrize("name", ENCODINGS)
def test_special_tokens_are_those_of_tiktoken(name: str, references: dict[str, tiktoken.Encoding]) -> None:
    """Both know the same special tokens and the same number of tokens."""
    ours = read_encoding(name, packed(name))

    assert ours.special_tokens_set == references[name].special_tokens_set
    assert ours.n_vocab == references[name].n_vocab


@pytest.mark.parametrize(
    "damaged",
    [b"", b"no archive", packed("o200k_base")[:-100], lzma.compress(b"another file"), packed("cl100k_base")],
    ids=["empty", "no archive", "cut short", "another file", "the other encoding"],
)
def test_damaged_file_is_a_clear_error(damaged: bytes) -> None:
    """A file that is not the published one is not used, and the error says what to do."""
    with pytest.raises(EvaluatorError, match="o200k_base is damaged; install the package again"):
        read_encoding("o200k_base", damaged)


_WATCH = """
import sys
opened = []
sys.addaudithook(lambda event, found: opened.append(str(found[0])) if event == "open" else None)
from evaluator.prompts.tokens import Tokenizer
def loaded():
    return [path.rpartition("/")[2] for path in opened if path.endswith(".xz")]
made = Tokenizer("cl100k_base")
print(loaded())
made.count("a"), Tokenizer("cl100k_base").count("b")
print(loaded())
"""


def test_table_is_loaded_when_first_needed_and_once() -> None:
    """Making a tokenizer reads nothing; the first count reads one table, and further ones nothing more."""
    done = subprocess.run([sys.executable, "-c", _WATCH], capture_output=True, text=True, timeout=120)

    assert done.stdout.splitlines() == ["[]", "['cl100k_base.tiktoken.xz']"], done.stderr


@pytest.mark.parametrize("name", ENCODINGS)
@pytest.mark.parametrize(
    "unit", [" ", "a", "\xa0", "\t", "\n", "-", "1", "漢", "é", " \n", "aA", "\u200b", "́"]
)
def test_text_of_two_million_characters_is_counted(name: str, unit: str) -> None:
    """What made tiktoken slow, or panic with an error that is no Exception, is counted."""
    text = unit * (2_000_000 // len(unit))

    assert 0 < Tokenizer(name).count(text) <= 4 * len(text)


def test_words_just_below_the_bound_are_counted_exactly(references: dict[str, tiktoken.Encoding]) -> None:
    """Many long words side by side are counted as they stand."""
    text = ("ab" * 999 + "c ") * 200

    assert Tokenizer("o200k_base").count(text) == len(references["o200k_base"].encode_ordinary(text))


@given(
    st.lists(st.sampled_from(["word ", "x", "\n", "  ", "漢字", "é", "a" * 50])).map("".join),
    st.integers(-1, 60),
)
def test_head_is_a_start_within_the_limit(text: str, limit: int) -> None:
    """The head is where the text starts, has at most `limit` tokens, and is all of it where that fits."""
    tokenizer = Tokenizer("o200k_base")
    head = tokenizer.head(text, limit)

    assert text.startswith(head)
    assert tokenizer.count(head) <= max(limit, 0)
    assert head == text or tokenizer.count(text) > limit


def test_head_of_text_that_fits_is_the_text() -> None:
    """Nothing is taken off a text within the limit, not even white space at its end."""
    assert Tokenizer("o200k_base").head("one two \n", 20) == "one two \n"


@pytest.mark.parametrize("limit", [10, 100, 1_000, 5_000])
def test_head_uses_most_of_the_limit_and_ends_at_a_word(limit: int) -> None:
    """Little of the room is wasted, and no word of ordinary text is cut in two."""
    text = "Designed the ledger service and led its migration to new partitions. " * 1_000
    head = Tokenizer("o200k_base").head(text, limit)

    assert Tokenizer("o200k_base").count(head) >= 0.8 * limit
    assert text[len(head)] == " "


@pytest.mark.parametrize(
    "model",
    ["gpt-4o", "gpt-4o-2024-05-13", "gpt-4.1", "gpt-4.5-preview", "gpt-5-mini", "o3", "chatgpt-4o-latest",
     "gpt-4", "gpt-4-0613", "gpt-4-32k", "gpt-4-turbo", "gpt-3.5-turbo", "gpt-35-turbo",
     "text-embedding-3-small"],
)  # fmt: skip
def test_encoding_of_known_model_is_that_of_tiktoken(model: str) -> None:
    """Where tiktoken knows a model, its encoding is taken."""
    assert encoding_for(model) == tiktoken.encoding_name_for_model(model)


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("openai/gpt-4-turbo", "cl100k_base"),
        ("openai/gpt-4o", "o200k_base"),
        ("llama-3.3-70b", "o200k_base"),
        ("gpt-41", "o200k_base"),
        ("", "o200k_base"),
    ],
)
def test_encoding_of_other_model_is_the_newer_one(model: str, name: str) -> None:
    """Models behind a router count as themselves, and unknown ones by the newer encoding."""
    assert encoding_for(model) == name


def test_unknown_encoding_is_refused_at_once() -> None:
    """A name that is not shipped is an error when the tokenizer is made."""
    with pytest.raises(ValueError, match="no such encoding: p50k_base; there are o200k_base, cl100k_base"):
        Tokenizer("p50k_base")
