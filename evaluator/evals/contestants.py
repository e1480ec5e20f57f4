"""What is compared: each pack with each model, and where replies come from.

May import `assessing`, `assessment`, `prompts`, `settings`, `errors` and the siblings `contender`,
`revisions` and below.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from evaluator.assessing import assessor_for, model_name, packs_of
from evaluator.assessment.assessor import ModelChoice
from evaluator.errors import SettingsError
from evaluator.evals.concurrency import Places
from evaluator.evals.contender import Contender
from evaluator.evals.endpoint import Endpoint
from evaluator.evals.exchanges import Asking, Replies
from evaluator.evals.recordings import Recordings
from evaluator.evals.revisions import find_git, pack_at
from evaluator.evals.runs import Contestant
from evaluator.evals.screened_once import ScreenedOnce
from evaluator.prompts.packs import Pack
from evaluator.settings import Settings

__all__ = ["Contender", "Replies", "contenders"]


@dataclass(frozen=True, slots=True)
class _ChosenPack:
    """A pack by the label it was asked for with; the packs of a request's own choice where it is None."""

    label: str | None
    packs: Mapping[str, Pack]
    pack: Pack | None = None


@dataclass(frozen=True, slots=True)
class _Shared:
    """What all contestants of one run share."""

    recordings: Recordings
    places: Places
    screen: ScreenedOnce


def contenders(
    settings: Settings,
    *,
    packs: Sequence[str] = (),
    models: Sequence[str] = (),
    replies: Replies = "auto",
    beside: Path | None = None,
    places: Places | None = None,
) -> list[Contender]:
    """Return each of `packs` with each of `models`, in that order; without any, the one that is set up.

    A pack is a name, or `name@revision` for what it was at a revision of git. `beside`: the file that the
    cases came from, beside which recordings of those without a folder lie. The model is asked in one of
    `places`. Raises SettingsError or PackError where one of them cannot judge.
    """
    _check_different("pack", packs)
    _check_different("model", models)
    if models and settings.model_is_offline and replies in ("live", "record"):
        raise SettingsError(
            f"EVALUATOR_MODEL_BASE_URL: should name the endpoint that is to be asked for {models[0]}"
        )
    shared = _Shared(Recordings(beside), places or Places(), ScreenedOnce())
    return [
        _contender(settings, chosen, model, replies, shared)
        for chosen in _chosen_packs(settings, packs)
        for model in (models or (None,))
    ]


def _contender(
    settings: Settings,
    chosen: _ChosenPack,
    model: str | None,
    replies: Replies,
    shared: _Shared,
) -> Contender:
    name = model or model_name(settings)
    offline = settings.model_is_offline and model is None
    allowed = frozenset(settings.model_allowed)
    # What answers says by itself that it is the offline rater, in a recording too.
    choice = ModelChoice(default=name, allowed=allowed, offline=False, encoding=settings.model_encoding)
    endpoint = Endpoint(settings, shared.places)
    reachable = replies != "replay" and not (model and settings.model_is_offline)
    asking = Asking(
        replies=replies,
        model=endpoint if reachable else None,
        offline=offline,
        hidden=_hosts(settings),
        places=shared.places,
    )
    if replies in ("live", "record"):
        endpoint.connect()  # so that what is wrong with it is told before anything runs
    return Contender(
        Contestant(
            label=" with ".join(filter(None, (chosen.label, model))) or name,
            pack=chosen.label,
            pack_hash=chosen.pack.hash if chosen.pack else None,
            model=name,
            offline=offline,
        ),
        assessor_for(settings, chosen.packs, endpoint, choice),
        asking=asking,
        recordings=shared.recordings,
        endpoint=endpoint,
        chosen=_members(chosen.pack, model),
        screen=shared.screen,
    )


def _chosen_packs(settings: Settings, named: Sequence[str]) -> Iterator[_ChosenPack]:
    """Yield the packs to judge by, loaded; raises SettingsError or PackError."""
    there = packs_of(settings, every_pack=False)
    if not named:
        yield _ChosenPack(None, there)
    for label in named:
        name, _, revision = label.partition("@")
        if revision:
            pack = pack_at(settings.resolved_prompts_dir(), name, revision, program=find_git())
        elif label in there:
            pack = there[label]
        else:
            raise SettingsError(f"{label}: no such prompt pack; there are {', '.join(sorted(there))}")
        yield _ChosenPack(label, {pack.name: pack}, pack)


def _check_different(kind: str, labels: Sequence[str]) -> None:
    twice = next((label for at, label in enumerate(labels) if label in labels[:at]), None)
    if twice is not None:
        raise SettingsError(f"{twice}: this {kind} is named twice; a comparison needs two that differ")


def _members(pack: Pack | None, model: str | None) -> Mapping[str, str]:
    chosen = {"prompt": pack.name if pack else None, "model": model}
    return {name: value for name, value in chosen.items() if value is not None}


def _hosts(settings: Settings) -> tuple[str, ...]:
    """Return what a message may say of where the endpoint is, longest first."""
    url = urlsplit(settings.model_base_url or "")
    return tuple(filter(None, (url.netloc, url.hostname)))
