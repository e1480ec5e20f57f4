"""Settings: what is read, what is refused and how that is said, and the page made from them."""

import contextlib
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.cli.exposure import check_exposure
from evaluator.errors import SettingsError
from evaluator.settings import Settings, load, unknown_variables, variable
from tools.configuration_page import PAGE, page, split_default

ENDPOINT = {"EVALUATOR_MODEL_BASE_URL": "https://model.test/v1/", "EVALUATOR_MODEL_NAME": "judge-1"}
EXPOSED = {"EVALUATOR_WEBHOOK_TOKEN": "0123abcd", **ENDPOINT}


def test_defaults_with_an_empty_environment() -> None:
    """With nothing set the offline rater judges, 64 calls are in flight at most and no bearer is asked."""
    settings = load({})

    assert settings.model_is_offline
    assert (settings.max_concurrency, settings.max_queue, settings.max_body_bytes) == (64, 256, 2_097_152)
    assert (settings.model_timeout_s, settings.model_retry_s) == (60, 120)
    assert settings.webhook_token is None


@pytest.mark.parametrize("name", list(Settings.model_fields))
def test_docstring_names_the_default_the_code_has(name: str) -> None:
    """Every setting is documented, and the default its docstring gives is the one in the code."""
    field = Settings.model_fields[name]
    meaning, default = split_default(field.description or "")

    assert meaning
    assert default
    if field.default not in (None, ()):
        assert str(field.default) == default


def test_configuration_page_is_current() -> None:
    """The committed page is the one that the settings give; `make docs` writes it."""
    assert page() == PAGE.read_text(encoding="utf-8")


def test_endpoint_is_taken_without_its_last_slash() -> None:
    """A set endpoint is no offline rater, and its URL ends where a path can be added."""
    settings = load(ENDPOINT)

    assert settings.model_base_url == "https://model.test/v1"
    assert not settings.model_is_offline


@pytest.mark.parametrize("word", ["offline", " Offline ", "OFFLINE"])
def test_offline_word_in_any_case(word: str) -> None:
    """The word for the offline rater is read whatever its case."""
    assert load({"EVALUATOR_MODEL_BASE_URL": word}).model_is_offline


def test_openai_variables_stand_in_for_unset_ones() -> None:
    """The client's own variables are honoured where ours are unset, and only there."""
    theirs = {"OPENAI_BASE_URL": "https://their.test", "OPENAI_API_KEY": "their-key"}
    settings = load({**theirs, "EVALUATOR_MODEL_NAME": "judge-1"})

    assert settings.model_base_url == "https://their.test"
    assert settings.model_api_key is not None
    assert settings.model_api_key.get_secret_value() == "their-key"
    assert load({**theirs, **ENDPOINT}).model_base_url == "https://model.test/v1"


def test_empty_variable_counts_as_unset() -> None:
    """A variable that is there and empty gives the default, and lets the stand-in through."""
    settings = load({"EVALUATOR_MAX_QUEUE": "", "EVALUATOR_MODEL_BASE_URL": "", "OPENAI_BASE_URL": "offline"})

    assert settings.max_queue == 256
    assert settings.model_base_url == "offline"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a, b ,", ("a", "b")), ('["a", "b,c"]', ("a", "b,c")), ("org/model:7b", ("org/model:7b",))],
)
def test_allowed_models_from_commas_or_json(text: str, expected: tuple[str, ...]) -> None:
    """A list is read in both forms."""
    assert load({"EVALUATOR_MODEL_ALLOWED": text}).model_allowed == expected


SENDABLE = (
    "holds a space, a line break or another character that no header carries; should be printable ASCII"
)
SECONDS = "should be a number of seconds above 0, 86400 at most"
URL = "should be an http:// or https:// URL without user, query or fragment, or the word `offline`"
NAMES = "should be names with commas between, or a JSON list of names"
FOLDER = "is no folder; should be the path of one that is there"
FILE = "is no file; should be the path of one that is there"
TEXT = "is too long; should be a text of 1 to 200 characters"
LONG_SECONDS = SECONDS.replace("86400", "2592000")
THEIRS = {"OPENAI_API_KEY", "OPENAI_BASE_URL"}
LATER = {
    "EVALUATOR_DATA_DIR",
    "EVALUATOR_DATABASE_URL",
    "EVALUATOR_ENCRYPTION_KEY",
    "EVALUATOR_SOLIDATS_CALLBACK_URL",
    "EVALUATOR_STUDIO_TOKENS",
}
"""Looked at by what uses them, when it is built."""

WRONG = [
    ("EVALUATOR_WEBHOOK_TOKEN", "hunter2\n", SENDABLE),
    ("EVALUATOR_SOLIDATS_API_KEY", "hunter 2", SENDABLE),
    ("EVALUATOR_SOLIDATS_APP_ID", "hunter2" * 50, TEXT),
    ("EVALUATOR_RESPONSE_MODE", "hunter2", "is none of these; should be `sync`, `async` or `auto`"),
    ("EVALUATOR_SYNC_DEADLINE_S", "0", f"is too small; {SECONDS}"),
    ("EVALUATOR_CALLBACK_FIRST_RETRY_S", "hunter2", f"is no number; {SECONDS}"),
    ("EVALUATOR_CALLBACK_HORIZON_S", "0", f"is too small; {LONG_SECONDS}"),
    ("EVALUATOR_MODEL_HORIZON_S", "2592001", f"is too large; {LONG_SECONDS}"),
    ("EVALUATOR_RETENTION_DAYS", "-1", "is too small; should be a whole number from 0 to 3650"),
    ("EVALUATOR_AUDIT_DAYS", "0", "is too small; should be a whole number from 1 to 3650"),
    ("EVALUATOR_GLOBAL_CONCURRENCY", "0", "is too small; should be a whole number from 1 to 100000"),
    (
        "EVALUATOR_MODEL_REQUESTS_PER_MINUTE",
        "0",
        "is too small; should be a whole number from 1 to 1000000",
    ),
    (
        "EVALUATOR_MODEL_TOKENS_PER_MINUTE",
        "999",
        "is too small; should be a whole number from 1000 to 1000000000",
    ),
    ("EVALUATOR_STUDIO_TOKEN", "hunter 2", SENDABLE),
    ("EVALUATOR_METRICS_TOKEN", "hunter 2", SENDABLE),
    ("EVALUATOR_PROMPTS_DIR", "/hunter2", FOLDER),
    ("EVALUATOR_MODEL_BASE_URL", "ftp://hunter2", f"is no such URL; {URL}"),
    ("EVALUATOR_MODEL_BASE_URL", "https://me:hunter2@model.test", f"is no such URL; {URL}"),
    ("EVALUATOR_MODEL_BASE_URL", "https://model.test:hunter2", f"is no such URL; {URL}"),
    ("OPENAI_BASE_URL", "hunter2", f"is no such URL; {URL}"),
    ("EVALUATOR_MODEL_API_KEY", "hunter²2", SENDABLE),
    ("OPENAI_API_KEY", "hunter²2", SENDABLE),
    ("EVALUATOR_MODEL_NAME", "hunter2" * 50, TEXT),
    ("EVALUATOR_MODEL_ALLOWED", '["hunter2"', f"is no JSON list; {NAMES}"),
    ("EVALUATOR_MODEL_ALLOWED", '["hunter2", 1]', f"holds something else than names; {NAMES}"),
    ("EVALUATOR_MODEL_ENCODING", "hunter2", "is none of these; should be `o200k_base` or `cl100k_base`"),
    ("EVALUATOR_MODEL_TIMEOUT_S", "hunter2", f"is no number; {SECONDS}"),
    ("EVALUATOR_MODEL_TIMEOUT_S", "nan", f"is no number; {SECONDS}"),
    ("EVALUATOR_MODEL_RETRY_S", "86401", f"is too large; {SECONDS}"),
    ("EVALUATOR_PRICES_FILE", "/hunter2", FILE),
    ("EVALUATOR_MAX_CONCURRENCY", "0", "is too small; should be a whole number from 1 to 10000"),
    ("EVALUATOR_MAX_QUEUE", "100001", "is too large; should be a whole number from 0 to 100000"),
    ("EVALUATOR_MAX_CONNECTIONS", "1.5", "is no whole number; should be a whole number from 1 to 100000"),
    (
        "EVALUATOR_MAX_BODY_BYTES",
        "2MB",
        "is no whole number; should be a whole number from 1024 to 104857600",
    ),
    ("EVALUATOR_BODY_TIMEOUT_S", "0", f"is too small; {SECONDS}"),
    ("EVALUATOR_DRAIN_S", "-1", f"is too small; {SECONDS}"),
    ("EVALUATOR_LOG_FORMAT", "hunter2", "is none of these; should be `auto`, `json` or `console`"),
    ("EVALUATOR_LOG_LEVEL", "hunter2", "is none of these; should be `debug`, `info`, `warning` or `error`"),
]


@pytest.mark.parametrize(("name", "value", "expected"), WRONG)
def test_wrong_value_is_told_in_one_line(name: str, value: str, expected: str) -> None:
    """The line names the variable, what is wrong and what is allowed, and repeats nothing of the value."""
    with pytest.raises(SettingsError) as caught:
        load({name: value})

    assert str(caught.value) == f"{name}: {expected}"
    assert "hunter" not in str(caught.value)


def test_wrong_value_of_every_setting_is_tried() -> None:
    """A new setting gets its line in the table above."""
    assert {variable(name) for name in Settings.model_fields} - LATER == {
        name for name, _, _ in WRONG
    } - THEIRS


@given(name=st.sampled_from(list(Settings.model_fields)), value=st.text(min_size=1, max_size=300))
def test_no_line_speaks_of_the_validators_own_matters(name: str, value: str) -> None:
    """Whatever is wrong with whichever setting, the line says what should be there."""
    said = ""
    try:
        load({variable(name): value})
    except SettingsError as error:
        said = str(error)

    assert re.fullmatch(rf"({variable(name)}: (is|holds) [^;]+; should be [^;]+)?", said)


def test_every_wrong_variable_is_named_at_once() -> None:
    """Two slips are told in one message, so that they are mended in one go."""
    with pytest.raises(SettingsError, match=r"EVALUATOR_MAX_CONCURRENCY.*; EVALUATOR_MAX_QUEUE"):
        load({"EVALUATOR_MAX_CONCURRENCY": "many", "EVALUATOR_MAX_QUEUE": "few"})


def test_endpoint_without_a_model_is_refused() -> None:
    """An endpoint needs the name of a model."""
    with pytest.raises(SettingsError, match="EVALUATOR_MODEL_NAME"):
        _ = load({"OPENAI_BASE_URL": "https://model.test"}).named_model


@pytest.mark.parametrize(
    ("own_url", "taken"),
    [("", True), ("https://api.openai.com/v1", True), ("http://127.0.0.1:8080/v1", False)],
)
def test_openai_key_goes_to_no_other_endpoint(own_url: str, taken: bool) -> None:
    """A key that stands in by chance is not sent to an endpoint that it was not meant for."""
    settings = load({"OPENAI_API_KEY": "their-key", "EVALUATOR_MODEL_BASE_URL": own_url})

    assert (settings.model_api_key is not None) is taken


@given(st.dictionaries(st.sampled_from([variable(n) for n in Settings.model_fields]), st.text(max_size=30)))
def test_any_environment_gives_settings_or_a_settings_error(environ: dict[str, str]) -> None:
    """Whatever the variables hold, nothing but SettingsError comes out."""
    with contextlib.suppress(SettingsError):
        load(environ)


def test_secrets_do_not_show() -> None:
    """Neither the settings' text nor their dump in JSON shows a token or a key."""
    settings = load({**EXPOSED, "EVALUATOR_MODEL_API_KEY": "key-77", "EVALUATOR_SOLIDATS_API_KEY": "key-78"})
    shown = repr(settings) + str(settings) + settings.model_dump_json()

    assert not re.search("0123abcd|key-7", shown)


def test_constructor_reads_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings made by hand hold what they were given, whatever the process's environment says."""
    monkeypatch.setenv("EVALUATOR_MAX_QUEUE", "7")

    assert Settings().max_queue == 256
    assert load().max_queue == 7


def test_unknown_variable_is_reported_with_what_is_close() -> None:
    """A slip in a name is told with the nearest setting; names without our prefix are not ours."""
    environ = {"EVALUATOR_MODEL_BASE_ULR": "x", "EVALUATOR_COLOUR": "x", "MODEL_NAME": "x", **ENDPOINT}

    assert unknown_variables(environ) == [
        "EVALUATOR_COLOUR is not a setting",
        "EVALUATOR_MODEL_BASE_ULR is not a setting; did you mean EVALUATOR_MODEL_BASE_URL?",
    ]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_loopback_may_be_served_with_nothing_set(host: str) -> None:
    """On loopback neither a token nor a model is asked for."""
    check_exposure(load({}), host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "10.0.0.5", "evaluator.test"])
def test_beyond_loopback_a_token_and_a_model_are_needed(host: str) -> None:
    """Beyond loopback each missing one is named; the word `offline` counts as a choice of model."""
    with pytest.raises(SettingsError, match=r"EVALUATOR_WEBHOOK_TOKEN.*EVALUATOR_MODEL_BASE_URL"):
        check_exposure(load({}), host)
    with pytest.raises(SettingsError, match="EVALUATOR_MODEL_BASE_URL"):
        check_exposure(load({"EVALUATOR_WEBHOOK_TOKEN": "0123abcd"}), host)
    with pytest.raises(SettingsError, match="EVALUATOR_WEBHOOK_TOKEN"):
        check_exposure(load(ENDPOINT), host)

    check_exposure(load(EXPOSED), host)
    check_exposure(load({**EXPOSED, "EVALUATOR_MODEL_BASE_URL": "offline"}), host)


def test_prompts_are_looked_for_in_order(tmp_path: Path) -> None:
    """The folder set comes first, then ./prompts, then the wheel's packs, then the checkout's."""
    here, package, chosen = tmp_path / "here", tmp_path / "site" / "evaluator", tmp_path / "chosen"
    order = [package.parent / "prompts", package / "_packs", here / "prompts"]
    for folder in order:
        folder.mkdir(parents=True)
        assert load({}).resolved_prompts_dir(here=here, package=package) == folder

    chosen.mkdir()
    settings = load({"EVALUATOR_PROMPTS_DIR": str(chosen)})
    assert settings.resolved_prompts_dir(here=here, package=package) == chosen


def test_no_prompts_anywhere_is_a_settings_error(tmp_path: Path) -> None:
    """Where no folder of packs is to be found, the setting that names one is told."""
    with pytest.raises(SettingsError, match="EVALUATOR_PROMPTS_DIR"):
        load({}).resolved_prompts_dir(here=tmp_path, package=tmp_path / "evaluator")
