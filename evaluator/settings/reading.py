"""Reading the settings: the one place that reads the environment, and that says what is wrong in it.

May import `errors` and the sibling `settings`.
"""

import difflib
import os
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError
from pydantic_settings import EnvSettingsSource

from evaluator.errors import SettingsError
from evaluator.settings.settings import PREFIX, Settings
from evaluator.settings.values import NAMES

STAND_INS: Mapping[str, str] = {
    "EVALUATOR_MODEL_BASE_URL": "OPENAI_BASE_URL",
    "EVALUATOR_MODEL_API_KEY": "OPENAI_API_KEY",
}
"""Variables of the `openai` client that are taken where ours, the first of each pair, is not set."""

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
        return NAMES
    if "path" in described.get("format", ""):
        return "the path of one that is there"
    if "maxLength" in described:
        return f"a text of {described['minLength']} to {described['maxLength']} characters"
    return "a text"


def _suggestion(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name.upper(), known, n=1, cutoff=0.75)
    return f"; did you mean {close[0]}?" if close else ""
