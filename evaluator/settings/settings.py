"""Every setting of the service: what it means, its unit and its default.

Each is the variable `EVALUATOR_` + its name in capitals; `docs/configuration.md` is generated from the
docstrings. May import `errors` and the sibling `values`.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, DirectoryPath, Field, FilePath, SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from evaluator.errors import SettingsError
from evaluator.settings.values import OFFLINE, Endpoint, LongSeconds, Names, Seconds, Secret, lowered

PREFIX = "EVALUATOR_"
"""What every variable of ours begins with."""


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

    model_base_url: Endpoint | None = None
    """Base URL of an OpenAI-compatible endpoint, such as `https://api.openai.com/v1`, or the word
    `offline` for the offline rater, a word-matching heuristic and no model. `OPENAI_BASE_URL` is taken
    where this is not set. Default: the offline rater, on loopback only."""

    model_api_key: Secret | None = None
    """Key for that endpoint; may be left out where the endpoint asks for none. `OPENAI_API_KEY` is taken
    where this is not set and the endpoint is OpenAI's own or that of `OPENAI_BASE_URL`. Default: none."""

    model_name: str | None = Field(default=None, min_length=1, max_length=200)
    """Name of the model, as the endpoint spells it; needed with every endpoint but the offline rater.
    Default: none."""

    model_allowed: Names = ()
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

    log_format: Annotated[Literal["auto", "json", "console"], BeforeValidator(lowered)] = "auto"
    """Form of the log: `json`, one object a line; `console`, for reading; `auto`, console where the log
    goes to a terminal and json elsewhere. Default: auto."""

    log_level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(lowered)] = "info"
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

    def resolved_prompts_dir(self, *, here: Path = Path(), package: Path = Path(__file__).parents[1]) -> Path:
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
