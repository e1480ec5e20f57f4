"""From settings to what an assessment needs besides a model: the packs, and who may be asked.

Quick to import: neither the client of an endpoint, the store nor the durable engine is behind it. May
import `settings`, `assessment` and below.
"""

from collections.abc import Mapping

from evaluator.assessment.assessor import DEFAULT_PACK, Assessor, ModelChoice
from evaluator.contract.ours import HEURISTIC
from evaluator.errors import PackError
from evaluator.models.ask import Model
from evaluator.prompts.packs import Pack, PackFolder, load_packs
from evaluator.settings import Settings


def packs_of(settings: Settings, *, every_pack: bool) -> Mapping[str, Pack]:
    """Return the packs by name; `every_pack`: all have to load, else each when it is first asked for.

    Raises PackError, also where there is none that judges by default, or SettingsError.
    """
    folder = settings.resolved_prompts_dir()
    packs = load_packs(folder) if every_pack else PackFolder(folder)
    if DEFAULT_PACK not in packs:
        raise PackError(
            f"holds no pack named {DEFAULT_PACK}, which judges where a team names none", path=folder
        )
    return packs


def model_name(settings: Settings) -> str:
    """Return the name of the model that is asked by default; raises SettingsError where none is named."""
    return HEURISTIC if settings.model_is_offline else settings.named_model


def model_choice(settings: Settings) -> ModelChoice:
    """Return which models may be asked; raises SettingsError where none is named."""
    return ModelChoice(
        default=model_name(settings),
        allowed=frozenset(settings.model_allowed),
        offline=settings.model_is_offline,
        encoding=settings.model_encoding,
    )


def assessor_for(
    settings: Settings, packs: Mapping[str, Pack], model: Model, choice: ModelChoice
) -> Assessor:
    """Return the pipeline over `packs` and `model`."""
    return Assessor(
        packs=packs,
        model=model,
        choice=choice,
        app_id=settings.solidats_app_id,
        within_s=settings.model_retry_s,
    )
