"""Prompt packs: a folder with `pack.toml`, `system.jinja` and `user.jinja`, loaded and checked whole.

A pack that does not load is an error with file and line, at start and not at the tenth request.
May import `rubric`, `errors` and the sibling modules.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

from jinja2 import Template
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from evaluator.contract.config import LevelName, RequiredLevel
from evaluator.contract.decode import problems_of
from evaluator.errors import PackError
from evaluator.prompts.environment import load_templates
from evaluator.prompts.files import FILES, PackFiles, hash_of, plain_files, read_files
from evaluator.prompts.toml_lines import line_of
from evaluator.prompts.toml_texts import read_toml
from evaluator.prompts.view import PARTS
from evaluator.rubric import Level

__all__ = [
    "FILES",
    "TOO_DEEP",
    "Pack",
    "PackFiles",
    "PackFolder",
    "load_pack",
    "load_packs",
    "pack_of",
    "settings_of",
]

TOO_DEEP = "this is nested too deep to be read: write it with fewer brackets and blocks inside each other"
"""What is said of a file whose nesting has no end in sight."""

_REQUIRABLE = get_args(RequiredLevel)

Share = Annotated[float, Field(ge=0, le=1)]

Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]
"""A language without region, such as `de`."""

SHARES: Mapping[str, float] = {
    "context": 0.05, "comments": 0.10, "cv_raw": 0.35, "extra": 0.02, "form": 0.15, "cv_hobbies": 0.02,
    "cv_education": 0.05, "cv_experience": 0.35, "cv_summary": 0.05, "step_prompt": 0.10,
    "team_instructions": 0.10, "job_prompt": 0.10, "job": 0.20,
}  # fmt: skip
"""What each part keeps of the budget while others can still be shortened, where a pack does not say."""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


class PackCriterion(_Table):
    """A criterion of the pack's own, in pack.toml as `[[criteria]]`."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    title: str = Field(min_length=3, max_length=120)
    titles: dict[Language, Annotated[str, Field(min_length=3, max_length=120)]] = Field(default_factory=dict)
    """The title in other languages, as a comment in that language shows it."""
    description: str = ""
    weight: float = Field(ge=0, le=100)
    required_level: RequiredLevel = "strong"
    must_have: bool = False
    anchors: dict[LevelName, Annotated[str, Field(min_length=3)]] = Field(min_length=2)

    @model_validator(mode="after")
    def _required_level_has_an_anchor(self) -> Self:
        if self.required_level not in self.anchors:
            raise ValueError(f"anchors must say what {self.required_level} looks like: it is required")
        return self

    @field_validator("id")
    @classmethod
    def _id_is_no_skill_of_a_job(cls, own: str) -> str:
        if own.startswith(("skill_", "team_")):
            raise ValueError(
                "must not begin with skill_ or team_, as the ids of skills and of teams' criteria do"
            )
        return own


class SkillRules(_Table):
    """How the job's required skills weigh: `share` points for all of them together.

    `anchors` are all skills' own, one for each level that a job can require, instead of the usual ones.
    """

    share: float = Field(default=60, ge=0, le=100)
    anchors: dict[LevelName, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _every_level_has_an_anchor(self) -> Self:
        missing = [word for word in _REQUIRABLE if self.anchors and word not in self.anchors]
        if missing:
            raise ValueError(f"anchors must say what {', '.join(missing)} looks like")
        return self


class ModelParameters(_Table):
    """What is asked of the model; a parameter that it refuses is dropped.

    A reply grows with its criteria, and so does its limit: `output_tokens` for the whole,
    `output_tokens_per_criterion` for each, `max_output_tokens` at most.
    """

    name: str | None = None
    temperature: float | None = Field(default=0.0, ge=0, le=2)
    output_tokens: int = Field(default=2_000, ge=200, le=64_000)
    output_tokens_per_criterion: int = Field(default=350, ge=0, le=4_000)
    max_output_tokens: int = Field(default=16_000, ge=200, le=64_000)
    seed: int | None = 7
    samples: int = Field(default=1, ge=1, le=5)

    def output_limit(self, criteria: int) -> int:
        """Return the tokens that a reply on so many criteria may have."""
        return min(self.output_tokens + criteria * self.output_tokens_per_criterion, self.max_output_tokens)


class Budget(_Table):
    """Tokens of the prompt, and what gives way where it is too long.

    Parts are cut in order, those in `cut` first: each down to its share of the budget (`shares`, else
    SHARES), and only when that is not enough down to nothing, in the same order.
    """

    prompt_tokens: int = Field(default=12_000, ge=1_000, le=1_000_000)
    cut: tuple[str, ...] = Field(default=(), strict=False)
    shares: dict[str, Share] = Field(default_factory=dict)

    @field_validator("cut", "shares")
    @classmethod
    def _parts_are_known(
        cls, named: tuple[str, ...] | dict[str, float]
    ) -> tuple[str, ...] | dict[str, float]:
        unknown = [name for name in named if name not in PARTS]
        if unknown:
            raise ValueError(f"{unknown[0]} is no part that can be cut; there are {', '.join(PARTS)}")
        return named

    @property
    def order(self) -> tuple[str, ...]:
        """Every part that may be cut, first to go first."""
        return tuple(dict.fromkeys((*self.cut, *PARTS)))

    def floor(self, part: str) -> int:
        """Return the tokens that `part` keeps while others can still be shortened."""
        return int(self.shares.get(part, SHARES[part]) * self.prompt_tokens)


class PackSettings(_Table):
    """Everything that `pack.toml` may hold."""

    title: str = Field(min_length=3)
    description: str = ""
    scoring: Literal["criteria", "holistic"] = "criteria"
    claim_weight: Share = 0.0
    coverage_floor: Share = 0.0
    cross_check_points: int = Field(default=30, ge=1, le=100)
    skills: SkillRules = SkillRules()
    criteria: tuple[PackCriterion, ...] = Field(min_length=1, strict=False)
    datamark: bool = False
    """Whether the spaces of the candidate's texts are marked, so that they differ from instructions."""
    verify: bool = False
    """Whether a request with flagged passages is read once more with them, and the difference told."""
    model: ModelParameters = ModelParameters()
    budget: Budget = Budget()


@dataclass(frozen=True, slots=True)
class Pack:
    """A loaded pack.

    `parts`: which parts of a request (`view.PARTS`) its templates use. `system_variables`: what the system
    template reads (`view.VARIABLES`). `hash`: the SHA-256 over its `files`, the texts that it was made of.
    """

    name: str
    settings: PackSettings
    system: Template
    user: Template
    parts: frozenset[str]
    system_variables: frozenset[str]
    hash: str
    path: Path
    files: PackFiles = field(repr=False)


def load_packs(folder: Path) -> dict[str, Pack]:
    """Load every pack in `folder` by name; raises PackError where one does not load, or none is there."""
    return dict(PackFolder(folder))


class PackFolder(Mapping[str, Pack]):
    """The packs of a folder by name, each loaded when it is asked for: a broken draft holds up no other."""

    def __init__(self, folder: Path) -> None:
        """Find the packs; raises PackError where there is none."""
        if not folder.is_dir():
            raise PackError("no such folder of prompt packs", path=folder)
        found = sorted(path for path in folder.iterdir() if any((path / name).is_file() for name in FILES))
        if not found:
            raise PackError("holds no prompt pack: none of its folders has a pack.toml", path=folder)
        self._paths = {path.name: path for path in found}
        self._loaded: dict[str, Pack] = {}

    def __getitem__(self, name: str) -> Pack:
        """Return a pack; raises KeyError where there is none, PackError where it does not load."""
        if name not in self._loaded:
            self._loaded[name] = load_pack(self._paths[name])
        return self._loaded[name]

    def __contains__(self, name: object) -> bool:
        """Tell whether there is a pack of that name, loaded or not."""
        return name in self._paths

    def __iter__(self) -> Iterator[str]:
        """Go through the names."""
        return iter(self._paths)

    def __len__(self) -> int:
        """Return how many packs there are."""
        return len(self._paths)


def load_pack(path: Path) -> Pack:
    """Load and check the pack in the folder `path`; raises PackError with file and line."""
    check_name(path.name, path)
    return pack_of(path.name, read_files(path), path=path)


def pack_of(name: str, files: Mapping[str, str], *, path: Path | None = None) -> Pack:
    """Return the pack that these texts make, checked; raises PackError with file and line.

    `path` is where they lie, the name where they lie in no folder.
    """
    place = Path(name) if path is None else path
    check_name(name, place)
    texts = plain_files(files, place)
    settings = settings_of(place / "pack.toml", texts["pack.toml"])
    try:
        loaded = load_templates(place, {each: texts[each] for each in FILES[1:]})
    except (RecursionError, SyntaxError):  # the latter is Python's, of the code that a template becomes
        raise PackError(TOO_DEEP, path=place / FILES[-1]) from None
    return Pack(
        name=name,
        settings=settings,
        system=loaded.templates["system.jinja"],
        user=loaded.templates["user.jinja"],
        parts=loaded.parts,
        system_variables=loaded.variables["system.jinja"],
        hash=hash_of(texts),
        path=place,
        files=texts,
    )


def check_name(name: str, path: Path) -> None:
    """Raise PackError, for `path`, where no pack can bear this name."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,63}", name):
        raise PackError("a pack's folder is named in lower-case letters, digits and hyphens", path=path)


def anchors_of(anchors: Mapping[LevelName, str]) -> dict[Level, str]:
    """Return a pack's anchors by level, lowest first."""
    return {level: anchors[word] for word, level in _BY_WORD.items() if word in anchors}


_BY_WORD: Mapping[Any, Level] = {level.word: level for level in Level}


def settings_of(path: Path, text: str) -> PackSettings:
    """Return what the text of a pack.toml says, checked; raises PackError with `path` and line."""
    try:
        settings = PackSettings.model_validate(read_toml(text))
    except tomllib.TOMLDecodeError as error:
        raise PackError(f"not valid TOML: {error}", path=path, line=_line_of_fault(error, text)) from None
    except RecursionError:
        raise PackError(TOO_DEEP, path=path) from None
    except ValidationError as error:
        raw = error.errors(include_input=False)
        told = "; ".join(f"{p.pointer}: {p.message}" for p in problems_of(raw))
        raise PackError(told, path=path, line=line_of(text, raw[0]["loc"])) from None
    _check_criteria(path, text, settings)
    return settings


def _check_criteria(path: Path, text: str, settings: PackSettings) -> None:
    ids = [criterion.id for criterion in settings.criteria]
    for at, own in enumerate(ids):
        if own in ids[:at]:
            line = line_of(text, ("criteria", at, "id"))
            raise PackError(f"two criteria have the id {own}", path=path, line=line)
    if settings.skills.share + sum(criterion.weight for criterion in settings.criteria) <= 0:
        line = line_of(text, ("criteria", 0, "weight"))
        raise PackError("all weights are 0, so nothing would count", path=path, line=line)


def _line_of_fault(error: tomllib.TOMLDecodeError, text: str) -> int:
    told = re.search(r"at line (\d+)", str(error))
    return int(told[1]) if told else max(1, len(text.splitlines()))
