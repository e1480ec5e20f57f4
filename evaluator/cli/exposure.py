"""Whether the service may listen where it is asked to, as it is set up. May import `settings` and below."""

from evaluator.errors import SettingsError
from evaluator.hosts import is_loopback
from evaluator.settings import Settings


def check_exposure(settings: Settings, host: str) -> None:
    """Raise SettingsError where listening on `host` would leave the service open or without a model.

    Beyond loopback a webhook token is needed, and a model base URL, so that nobody is rated by word
    matching because a variable was forgotten; on loopback a model base URL where anything is set that
    only a service for real candidates needs, since a proxy may stand before it.
    """
    meant = {
        "EVALUATOR_WEBHOOK_TOKEN": settings.webhook_token,
        "EVALUATOR_SOLIDATS_API_KEY": settings.solidats_api_key,
        "EVALUATOR_MODEL_NAME": settings.model_name,
    }
    named = [name for name, value in meant.items() if value is not None]
    if named and settings.model_base_url is None:
        raise SettingsError(
            f"EVALUATOR_MODEL_BASE_URL: not set, though {named[0]} is: name an endpoint or, with `offline`, "
            "the word-matching rater"
        )
    if is_loopback(host):
        return
    missing = []
    if settings.webhook_token is None:
        missing.append("EVALUATOR_WEBHOOK_TOKEN, or anyone could post candidates")
    if settings.model_base_url is None:
        missing.append(
            "EVALUATOR_MODEL_BASE_URL, to name an endpoint or, with `offline`, the word-matching rater"
        )
    if missing:
        raise SettingsError(
            f"beyond loopback these must be set: {'; '.join(missing)}. Set them, or serve on 127.0.0.1"
        )
