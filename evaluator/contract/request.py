"""What SolidATS sends: the request of the app reference, with its lawful variants.

Optional fields may be null or absent, a list may come as one object, unknown fields are kept and reach
the templates. Numbers and booleans are strict: a number as text is refused, not guessed.
May import `contract.config`.
"""

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
)

from evaluator.contract.config import IntegrationConfig

_T = TypeVar("_T")


def _as_list(value: Any) -> Any:
    if value is None:
        return []
    return [value] if isinstance(value, Mapping) else value


def _as_text(value: Any) -> Any:
    return "" if value is None else value


def _as_object(value: Any) -> Any:
    return {} if value is None else value


def _as_whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


Text = Annotated[StrictStr, BeforeValidator(_as_text, json_schema_input_type=str | None)]
"""Text; null is the empty text."""

Identifier = StrictStr | StrictInt | StrictFloat
"""An id as text or number, echoed exactly as it came."""

Texts = Annotated[list[StrictStr], BeforeValidator(_as_list, json_schema_input_type=list[str] | None)]
"""Texts; null is none."""

ExpLevel = Annotated[StrictInt, Field(ge=1, le=4), BeforeValidator(_as_whole)]
"""1 just scratched the surface · 2 used from time to time · 3 strong theory and practice · 4 used daily."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="allow", hide_input_in_errors=True, frozen=True)


class Skill(_Part):
    """A skill and a level: what the job requires, or what the candidate claims."""

    slug: Annotated[StrictStr, Field(min_length=1, max_length=200)] = Field(
        description="The skill's slug.", examples=["postgresql"]
    )
    exp_level: ExpLevel = Field(
        description="1 just scratched the surface, 2 used from time to time, 3 strong theory and "
        "practice, 4 used day to day."
    )


Skills = Annotated[list[Skill], BeforeValidator(_as_list, json_schema_input_type=list[Skill] | Skill | None)]
"""Skills as a list, as one object, as null, or absent."""


class Job(_Part):
    """The job that the candidate applies for."""

    description: StrictStr = Field(description="The job's text.")
    skills: Skills = Field(
        default_factory=list, description="Skills required and the level of each.", max_length=100
    )
    prompt: Text = Field(default="", description="What to keep in mind for this position.")


class ParsedCV(_Part):
    """The anonymised CV: the parts that the parser found, and the whole text."""

    summary: Text = Field(default="", description="Summary of the CV or of a cover letter.")
    education: Texts = Field(default_factory=list, description="Schools, colleges, universities.")
    experience: Texts = Field(
        default_factory=list, description="Jobs with title, time range and description."
    )
    hobbies: Texts = Field(default_factory=list, description="Hobbies and other activities.")
    raw: Text = Field(default="", description="The whole CV as text.")


class ApplicationForm(_Part):
    """What the candidate filled in: claimed skills, and the team's own questions as further fields."""

    skills: Skills = Field(
        default_factory=list, description="Skills that the candidate claims, with a level each."
    )

    @property
    def answers(self) -> dict[str, Any]:
        """The custom questions' answers by field name, as they came."""
        return dict(self.model_extra or {})


class Comment(_Part):
    """An earlier comment about the candidate."""

    created_at: StrictStr | StrictInt | StrictFloat | None = Field(
        default=None, description="When it was written, as it came."
    )
    content: Text = Field(default="", description="The comment's text.")
    is_human_created: StrictBool | None = Field(
        default=None, description="True: by a person. False: by an app."
    )


class AssessmentRequest(_Part):
    """A candidate has reached a step of the pipeline and is to be assessed for the job."""

    v: StrictStr | StrictInt | StrictFloat | None = Field(
        default=None, description="Version of the API; echoed.", examples=["1.0"]
    )
    job: Job = Field(description="The job and what it requires.")
    candidate_id: Identifier = Field(description="The candidate's id; echoed as it came.")
    candidate_parsed_cv: ParsedCV = Field(description="The anonymised CV.")
    application_form: Annotated[
        ApplicationForm, BeforeValidator(_as_object, json_schema_input_type=ApplicationForm | None)
    ] = Field(default_factory=ApplicationForm, description="What the candidate filled in.")
    pipeline_step_id: Identifier = Field(description="The pipeline step's id; echoed as it came.")
    call_secret: Identifier = Field(
        description="Secret of this call; echoed as it came, and kept out of every log, error and page."
    )
    current_rating: Annotated[StrictInt | StrictFloat, Field(ge=0, le=100)] | None = Field(
        default=None, description="The candidate's rating so far, 0 to 100."
    )
    step_prompt: Text = Field(default="", description="What to look at in this pipeline step.")
    integration_config: Annotated[
        IntegrationConfig, BeforeValidator(_as_object, json_schema_input_type=IntegrationConfig | None)
    ] = Field(default_factory=IntegrationConfig, description="The team's settings for this app.")
    comments: Annotated[
        list[Comment], BeforeValidator(_as_list, json_schema_input_type=list[Comment] | Comment | None)
    ] = Field(default_factory=list, description="Earlier comments about the candidate.")
    context: Annotated[
        list[dict[str, Any]],
        BeforeValidator(_as_list, json_schema_input_type=list[dict[str, Any]] | dict[str, Any] | None),
    ] = Field(default_factory=list, description="Context objects of earlier assessments.")
    created_at: StrictStr | StrictInt | StrictFloat | None = Field(
        default=None, description="When the request was issued, as it came."
    )
