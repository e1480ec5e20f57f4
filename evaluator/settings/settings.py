"""Every setting of the service, and the one place that reads the environment.

Each setting is the variable `EVALUATOR_` + its name in capitals; what a variable means, its unit and
its default stand under it, and `docs/configuration.md` is generated from there. May import `errors` alone
of the package.
"""

import difflib
import json
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    DirectoryPath,
    Field,
    FilePath,
    SecretStr,
    ValidationError,
)
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from evaluator.errors import SettingsError

PREFIX = "EVALUATOR_"
"""What every variable of ours begins with."""

OFFLINE = "offline"
"""The model base URL that asks for the offline rater by name."""

STAND_INS: Mapping[str, str] = {
    "EVALUATOR_MODEL_BASE_URL": "OPENAI_BASE_URL",
    "EVALUATOR_MODEL_API_KEY": "OPENAI_API_KEY",
}
"""Variables of the `openai` client that are taken where ours, the first of each pair, is not set."""


_NAMES = "names with commas between, or a JSON list of names"

_WRONG: Mapping[str, str] = {
    "int_parsing": "is no whole number",
    "int_parsing_size": "is too large",
    "int_from_float": "is no whole number",
    "float_parsing": "is no number",
    "finite_number": "is no number",
    "greater_than": "is too small",
    "greater_than_equal": "is too small",
    "less_than_equal": "is too large",
    "string_too_long": "is too long",
    "string_type": "holds something else than names",
    "tuple_type": "is no list",
    "string_unicode": "holds bytes that are no text",
    "literal_error": "is none of these",
    "path_not_directory": "is no folder",
    "path_not_file": "is no file",
}
"""What is wrong, by pydantic's type of error."""


def _listed(value: Any) -> Any:
    """Read a list written as JSON or with commas; other types are left to validation."""
    if not isinstance(value, str):
        return value
    if not value.lstrip().startswith("["):
        return [part for part in map(str.strip, value.split(",")) if part]
    try:
        return json.loads(value)
    except json.JSONDecodeError:
        raise ValueError(f"is no JSON list; should be {_NAMES}") from None


def _lowered(value: Any) -> Any:
    return value.strip().lower() if isinstance(value, str) else value


def _sendable(secret: SecretStr) -> SecretStr:
    """Refuse what no HTTP header can carry; a line break at the end is the common slip."""
    text = secret.get_secret_value()
    if not text or any(not "!" <= character <= "~" for character in text):
        raise ValueError(
            "holds a space, a line break or another character that no header carries; "
            "should be printable ASCII"
        )
    return secret


def _endpoint(value: str) -> str:
    """Return an http(s) URL without its last slash, or the word `offline`."""
    text = value.strip()
    if text.lower() == OFFLINE:
        return OFFLINE
    expected = (
        "is no such URL; should be an http:// or https:// URL without user, query or fragment, "
        "or the word `offline`"
    )
    try:
        url = urlsplit(text)
        sound = url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
    except ValueError:  # a port that is no number, brackets that do not close
        raise ValueError(expected) from None
    if not sound or url.username or url.password or url.query or url.fragment:
        raise ValueError(expected)
    return text.rstrip("/")


Secret = Annotated[SecretStr, AfterValidator(_sendable)]
"""A token or key that travels in an HTTP header; never printed."""

LongSeconds = Annotated[float, Field(gt=0, le=2_592_000, allow_inf_nan=False)]
"""A length of time above zero and up to thirty days."""

Seconds = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]
"""A length of time above zero and up to a day."""


class Settings(BaseSettings):
    """The settings of one process. They do not change after they are read.

    Made with `load`; the constructor takes values by name and reads no environment.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
    )

    webhook_token: Secret | None = None
    """Bearer that SolidATS must send, also taken as the last segment of the webhook's URL: there, use
    URL-safe characters only, such as `openssl rand -hex 32` prints. Without it `serve` listens on
    loopback only. Default: none."""

    solidats_api_key: Secret | None = None
    """The app's API key at SolidATS; taken as bearer at the webhook too. Default: none."""

    solidats_app_id: str | None = Field(default=None, min_length=1, max_length=200)
    """The app's id at SolidATS: sent with every result, expected in `X-SolidATS-App-ID` where a request
    has that header, and used to recognise our own earlier results. Default: none."""

    solidats_callback_url: str = "https://api.solidats.com/webhook/app-callback"
    """Where results go that are not returned in the answer; no other address is ever called back. Default:
    https://api.solidats.com/webhook/app-callback."""

    response_mode: Literal["sync", "async", "auto"] = "auto"
    """How results are returned where a team does not say: `sync`, in the answer; `async`, 202 at once and
    the result by callback; `auto`, in the answer within the deadline, else by callback. Without API key
    and app id `auto` is `sync`, and `async` is refused. Default: auto."""

    sync_deadline_s: Seconds = 8
    """Seconds that `auto` waits for a result before it answers 202. Default: 8."""

    callback_first_retry_s: Seconds = 5
    """Seconds before a failed delivery is tried again; each further wait is twice as long. Default: 5."""

    callback_horizon_s: LongSeconds = 86_400
    """Seconds after which a delivery is given up and rests as dead, to be replayed. Default: 86400."""

    model_horizon_s: LongSeconds = 86_400
    """Seconds for which an assessment whose caller does not wait is tried again. Default: 86400."""

    data_dir: Path = Path("var")
    """Folder of the embedded database and of generated keys; made where it is missing. Default: var."""

    database_url: SecretStr | None = None
    """`postgresql://user:password@host:port/name` for several processes or machines; with a socket
    `postgresql://user@/name?host=/folder`. Default: SQLite in the data folder, for one process."""

    encryption_key: SecretStr | None = None
    """Fernet key, 32 bytes in URL-safe base64, for what is stored of candidates; several with commas
    between, of which the first encrypts. Required with PostgreSQL. Default: made in the data folder."""

    retention_days: int = Field(default=30, ge=0, le=3650)
    """Days that finished jobs and their payloads are kept; 0 keeps nothing past delivery. Default: 30."""

    audit_days: int = Field(default=365, ge=1, le=3650)
    """Days that audit records are kept; `retention_days` holds for prompts and quotes too. Default: 365."""

    global_concurrency: int | None = Field(default=None, ge=1, le=100_000)
    """Model calls in flight at once over all processes of one database. Default: no bound."""

    model_requests_per_minute: int | None = Field(default=None, ge=1, le=1_000_000)
    """Model calls a minute over all processes of one database. Default: no bound."""

    model_tokens_per_minute: int | None = Field(default=None, ge=1_000, le=1_000_000_000)
    """Tokens a minute over all processes of one database, prompt and reply together. Default: no bound."""

    metrics_token: Secret | None = None
    """Bearer of `/metrics`. Without it `/metrics` answers on loopback only. Default: none."""

    prompts_dir: DirectoryPath | None = None
    """Folder that holds the prompt packs, one folder each. Default: `./prompts` if it is there, else the
    packaged ones."""

    model_base_url: Annotated[str, AfterValidator(_endpoint)] | None = None
    """Base URL of an OpenAI-compatible endpoint, such as `https://api.openai.com/v1`, or the word
    `offline` for the offline rater, a word-matching heuristic and no model. `OPENAI_BASE_URL` is taken
    where this is not set. Default: the offline rater, on loopback only."""

    model_api_key: Secret | None = None
    """Key for that endpoint; may be left out where the endpoint asks for none. `OPENAI_API_KEY` is taken
    where this is not set and the endpoint is OpenAI's own or that of `OPENAI_BASE_URL`. Default: none."""

    model_name: str | None = Field(default=None, min_length=1, max_length=200)
    """Name of the model, as the endpoint spells it; needed with every endpoint but the offline rater.
    Default: none."""

    model_allowed: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)] = ()
    """Further models that a team may choose in its `integration_config`: names with commas between, or a
    JSON list. Default: none."""

    model_encoding: Literal["o200k_base", "cl100k_base"] | None = None
    """Encoding that tokens are counted with: `o200k_base` or `cl100k_base`. Default: by the model's
    name."""

    model_timeout_s: Seconds = 60
    """Seconds that one call of the model may take. Default: 60."""

    model_retry_s: Seconds = 120
    """Seconds that all tries of one assessment may take together. Default: 120."""

    prices_file: FilePath | None = None
    """TOML file of prices in US dollars per million tokens, by model, taken in place of the packaged
    table and of the same form. Default: none."""

    max_concurrency: int = Field(default=64, ge=1, le=10_000)
    """Model calls in flight at once, in one process. Default: 64."""

    max_queue: int = Field(default=256, ge=0, le=100_000)
    """Assessments that may wait beyond those in flight before the webhook answers 429. Default: 256."""

    max_connections: int = Field(default=2048, ge=1, le=100_000)
    """Connections open at once, in one process; further ones get 503. Default: 2048."""

    max_body_bytes: int = Field(default=2_097_152, ge=1_024, le=104_857_600)
    """Bytes of a request body; a larger one gets 413. Default: 2097152."""

    body_timeout_s: Seconds = 10
    """Seconds in which a whole request body must have arrived. Default: 10."""

    drain_s: Seconds = 30
    """Seconds that SIGTERM waits for requests in flight before they are cut. Default: 30."""

    log_format: Annotated[Literal["auto", "json", "console"], BeforeValidator(_lowered)] = "auto"
    """Form of the log: `json`, one object a line; `console`, for reading; `auto`, console where the log
    goes to a terminal and json elsewhere. Default: auto."""

    log_level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lowered)] = "info"
    """Least severe lines that are logged: `debug`, `info`, `warning` or `error`. Default: info."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take what the constructor is given and nothing else: neither environment nor `.env` files."""
        return (init_settings,)

    @property
    def has_callback(self) -> bool:
        """Whether results can be called back: API key and app id are both there."""
        return self.solidats_api_key is not None and self.solidats_app_id is not None

    @property
    def has_half_a_callback(self) -> bool:
        """Whether one of API key and app id is missing, without which the other calls nothing back."""
        return (self.solidats_api_key is None) != (self.solidats_app_id is None)

    @property
    def named_model(self) -> str:
        """The model's name; raises SettingsError where an endpoint is set and no model is named."""
        if self.model_name is None:
            raise SettingsError(
                "EVALUATOR_MODEL_NAME: should name the model, since EVALUATOR_MODEL_BASE_URL or "
                "OPENAI_BASE_URL names an endpoint"
            )
        return self.model_name

    @property
    def model_is_offline(self) -> bool:
        """Whether the offline rater judges: asked for by name, or because no endpoint is set."""
        return self.model_base_url in (None, OFFLINE)

    def resolved_prompts_dir(self, *, here: Path = Path(), package: Path = Path(__file__).parent) -> Path:
        """Return the folder of the packs: the one set, else `here`/prompts, else the packaged ones.

        The packaged ones lie in `package`/_packs in a wheel and beside `package` in a checkout. Raises
        SettingsError where none of them is a folder.
        """
        candidates = (here / "prompts", package / "_packs", package.parent / "prompts")
        found = self.prompts_dir or next((each for each in candidates if each.is_dir()), None)
        if found is None:
            raise SettingsError(
                "EVALUATOR_PROMPTS_DIR: not set, and neither ./prompts nor packaged packs are there"
            )
        return found.resolve()


class _GivenEnvironment(EnvSettingsSource):
    """Reads settings from a given mapping, so that tests need not change the process's environment."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        super().__init__(Settings)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return {name.lower(): value for name, value in self._environ.items() if value}


def load(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings from `environ`; empty values count as not set.

    Raises SettingsError that names each wrong variable and what is expected, never its value.
    """
    replaced = {ours: theirs for ours, theirs in STAND_INS.items() if _stands_in(theirs, ours, environ)}
    given = {**environ, **{ours: environ[theirs] for ours, theirs in replaced.items()}}
    try:
        return Settings(**_GivenEnvironment(given)())
    except ValidationError as error:
        problems = [_problem(each, replaced) for each in error.errors(include_input=False)]
        raise SettingsError("; ".join(problems)) from None


def _stands_in(theirs: str, ours: str, environ: Mapping[str, str]) -> bool:
    """Tell whether a variable of the `openai` client is taken; its key goes to no endpoint but its own."""
    if environ.get(ours) or not environ.get(theirs):
        return False
    own_url = environ.get("EVALUATOR_MODEL_BASE_URL", "")
    return theirs != "OPENAI_API_KEY" or not own_url or urlsplit(own_url).hostname == "api.openai.com"


def variable(name: str) -> str:
    """Return the variable that the setting `name` is read from."""
    return PREFIX + name.upper()


def unknown_variables(environ: Mapping[str, str] = os.environ) -> list[str]:
    """Return a sentence for each variable with our prefix that is no setting, usually a slip."""
    known = [variable(name) for name in Settings.model_fields]
    unknown = sorted(
        name for name in environ if name.upper().startswith(PREFIX) and name.upper() not in known
    )
    return [f"{name} is not a setting{_suggestion(name, known)}" for name in unknown]


def _problem(error: Any, replaced: Mapping[str, str]) -> str:
    """Say which variable is wrong, in what, and what is allowed; a validator of ours says both itself."""
    setting = str(error["loc"][0])
    name = variable(setting)
    if error["type"] == "value_error":
        said = str(error["msg"]).removeprefix("Value error, ")
    else:
        said = f"{_WRONG.get(error['type'], 'is not valid')}; should be {_allowed(setting)}"
    return f"{replaced.get(name, name)}: {said}"


@cache  # pydantic makes the whole schema for each
def _allowed(setting: str) -> str:
    """Return in words what the setting's JSON Schema allows."""
    described = Settings.model_json_schema()["properties"][setting]
    described = described.get("anyOf", [described])[0]
    if "enum" in described:
        *most, last = (f"`{value}`" for value in described["enum"])
        return f"{', '.join(most)} or {last}"
    if described["type"] == "integer":
        return f"a whole number from {described['minimum']} to {described['maximum']}"
    if described["type"] == "number":
        return f"a number of seconds above {described['exclusiveMinimum']}, {described['maximum']} at most"
    if described["type"] == "array":
        return _NAMES
    if "path" in described.get("format", ""):
        return "the path of one that is there"
    if "maxLength" in described:
        return f"a text of {described['minLength']} to {described['maxLength']} characters"
    return "a text"


def _suggestion(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name.upper(), known, n=1, cutoff=0.75)
    return f"; did you mean {close[0]}?" if close else ""
