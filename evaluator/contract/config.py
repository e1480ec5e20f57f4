"""`integration_config`: what a team sets when it installs the app, typed and documented.

The JSON Schema that the marketplace form is made from is generated from here. May import nothing.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    model_validator,
)

LevelName = Literal["none", "basic", "working", "strong", "expert"]
"""Names of the five rungs, 0 to 4."""

RequiredLevel = Literal["basic", "working", "strong", "expert"]
"""Names of the rungs that can be required."""


def _no_truth_value(value: Any) -> Any:
    """Refuse true and false, which Python would take for 1 and 0."""
    if isinstance(value, bool):
        raise ValueError("must be a number")
    return value


_LANGUAGE = r"^[A-Za-z]{2,3}([-_][A-Za-z]{4})?([-_]([A-Za-z]{2}|[0-9]{3}))?$"
"""Language, script and region of BCP 47 (RFC 5646 §2.1); the tag stands in the prompt outside every fence."""

_PACK = r"^[a-z0-9][a-z0-9-]{0,63}$"


def _language_tag(value: str) -> str:
    """Return a tag with hyphens, as `en-US` for `en_US`."""
    if not re.fullmatch(_LANGUAGE, value):
        raise ValueError("must be a language tag, such as en, de or pt-BR")
    return value.replace("_", "-")


def _pack_name(value: str) -> str:
    if not re.fullmatch(_PACK, value):
        raise ValueError(
            "must be the name of a prompt pack: up to 64 lower-case letters, digits and hyphens, "
            "such as first-screen"
        )
    return value


_Language = Annotated[str, AfterValidator(_language_tag), Field(json_schema_extra={"pattern": _LANGUAGE})]
_PackName = Annotated[str, AfterValidator(_pack_name), Field(json_schema_extra={"pattern": _PACK})]
_Name = Annotated[str, Field(max_length=200)]
_Points = Annotated[float, Field(ge=0, le=100), BeforeValidator(_no_truth_value)]
_Samples = Annotated[int, Field(ge=1, le=5), BeforeValidator(_no_truth_value)]
_Days = Annotated[int, Field(ge=0, le=3650), BeforeValidator(_no_truth_value)]


class _Form(BaseModel):
    """What a form sends: a field that holds nothing, as null or as blank text, counts as left out."""

    model_config = ConfigDict(hide_input_in_errors=True, str_strip_whitespace=True)

    @model_validator(mode="before")
    @classmethod
    def _without_empty_fields(cls, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        return {
            name: member
            for name, member in value.items()
            if name not in cls.model_fields or not _is_empty(member)
        }


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


class ExtraCriterion(_Form):
    """A criterion of the team's own, judged beside the job's skills and the pack's criteria."""

    model_config = ConfigDict(extra="forbid", title="Extra criterion")

    title: str = Field(
        min_length=1,
        max_length=120,
        pattern=r"\S",
        description="What is judged, in a few words.",
        examples=["Experience with regulated products"],
    )
    description: str = Field(
        default="", max_length=1_000, description="What counts as evidence for it, and what does not."
    )
    weight: _Points = Field(default=10, description="Points beside the pack's own, whose sum is usually 100.")
    must_have: bool = Field(
        default=False, description="If the CV contradicts it, a person must look at the result."
    )
    required_level: RequiredLevel = Field(
        default="strong", description="Level at which it counts in full: basic, working, strong, expert."
    )


def _taken_out(title: str, *, default: bool) -> Any:
    return Field(default=default, title=title)


class Redact(_Form):
    """Which kinds are taken out of a candidate's texts; the names are those of the redactor's kinds."""

    model_config = ConfigDict(extra="forbid", title="Redaction")

    email: StrictBool = _taken_out("E-mail addresses", default=True)
    link: StrictBool = _taken_out("Links and profiles", default=True)
    phone: StrictBool = _taken_out("Phone numbers", default=True)
    address: StrictBool = _taken_out("Postal addresses", default=True)
    birth: StrictBool = _taken_out("Dates of birth and ages", default=True)
    number: StrictBool = _taken_out("Numbers of papers, insurances, licences and accounts", default=True)
    photo: StrictBool = _taken_out("Photos", default=True)
    name: StrictBool = _taken_out("Names that a label announces", default=True)
    names: StrictBool = _taken_out("Names without a label, as far as they are found", default=False)
    pronouns: StrictBool = _taken_out("Pronouns and forms of address that tell the gender", default=False)
    schools: StrictBool = _taken_out("Schools and universities, and years of graduation", default=False)
    nationality: StrictBool = _taken_out("Nationality", default=False)
    hobbies: StrictBool = _taken_out("Hobbies and interests", default=False)
    postcode: StrictBool = _taken_out("Postcodes", default=False)

    @model_validator(mode="before")
    @classmethod
    def _of_list(cls, value: Any) -> Any:
        """Take a list of kinds for those and no others, and name all of them where one is not known."""
        if isinstance(value, list):
            value = dict.fromkeys(cls.model_fields, False) | {str(kind).strip(): True for kind in value}
        if isinstance(value, Mapping) and not value.keys() <= cls.model_fields.keys():
            raise ValueError(f"must hold no other kinds than {', '.join(cls.model_fields)}")
        return value

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds that are taken out."""
        return frozenset(name for name in Redact.model_fields if getattr(self, name))


class IntegrationConfig(_Form):
    """Settings of one team. Every field may be left out; unknown fields are kept for templates."""

    model_config = ConfigDict(extra="allow", title="Candidate evaluator")

    mode: Literal["sync", "async", "auto"] | None = Field(
        default=None,
        title="How the result is returned",
        description="sync: in the answer. async: by callback. auto: in the answer when it is there in "
        "time, else by callback. Left out: as the service is set up.",
    )
    prompt: _PackName | None = Field(
        default=None,
        title="Prompt pack",
        description="Name of the pack that judges this team's candidates. Left out: `default`.",
        examples=["default", "first-screen", "engineering"],
    )
    language: _Language = Field(
        default="en",
        title="Language of the comment",
        description="Language tag, such as en, de, fr, es or pt-BR. In other languages the model's part is "
        "in that language and the fixed parts are in English.",
    )
    criteria: list[ExtraCriterion] = Field(
        default_factory=list,
        title="Extra criteria",
        max_length=10,
        description="Criteria of the team's own, judged for every candidate.",
    )
    must_have: list[_Name] = Field(
        default_factory=list,
        title="Must-haves",
        max_length=50,
        description="Skill slugs or criterion ids that must not be contradicted. Names that a job does "
        "not have change nothing, and the comment tells them.",
    )
    weights: dict[_Name, _Points] = Field(
        default_factory=dict,
        title="Weights",
        max_length=100,
        description="Points by skill slug or criterion id, instead of the pack's own; 0 takes one out, and 0 "
        "for all is refused. Names that a job does not have change nothing, and the comment tells them.",
        examples=[{"python": 30}],
    )
    model: str | None = Field(
        default=None,
        title="Model",
        max_length=200,
        description="One of the models that the service allows. Left out: the service's own.",
    )
    samples: _Samples | None = Field(
        default=None,
        title="Samples",
        description="How often the model judges; the median level counts and the spread becomes the "
        "confidence. Each costs a call.",
    )
    instructions: str = Field(
        default="",
        title="Instructions",
        max_length=4_000,
        description="What the team wants kept in mind for every candidate.",
    )
    comment_style: Literal["full", "brief"] = Field(
        default="full",
        title="Length of the comment",
        description="full: rating, strengths, gaps, questions. brief: rating and questions.",
    )
    retention_days: _Days | None = Field(
        default=None,
        title="Days to keep",
        description="Days that this team's payloads are kept after a result. Can only shorten the "
        "service's own.",
    )
    redact: Redact = Field(
        default_factory=Redact,
        title="What the model does not see",
        description="What is taken out of a candidate's texts before the model reads them. Kinds that are "
        "left out are as their default says. A list of kinds instead takes out those and no others.",
    )
    opt_out_field: str | None = Field(
        default=None,
        title="Field for opting out",
        max_length=500,
        description="Key or question of the form field in which a candidate can opt out of automated "
        "assessment. Whoever answers yes there, or true, is not rated and reaches no model.",
        examples=["opt_out"],
    )
    team: str | None = Field(
        default=None,
        title="Team",
        max_length=200,
        description="A name for the team, where results are to be told apart by team.",
    )
