"""The work of the reference's example made real, for the two servers that the service is held against.

As a developer in a hurry would fill the reference's "process assessment": the whole request as JSON in
the prompt, a short schema, the rating from the reply. No check of anything.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

MODEL = "scripted"

_INSTRUCTIONS = (
    "You assess one job application for a recruiter. Below is a request of an applicant tracking system as "
    "JSON: the job with its required skills (levels 1 to 4), the candidate's CV, the application form, "
    "earlier comments and context. Rate from 0 to 100 how well the candidate meets what the job requires, "
    "and give a short comment with strengths and areas for improvement. Answer as json."
)
_TEXTS = {"type": "array", "items": {"type": "string"}}
_PROPERTIES = {
    "rating": {"type": "integer"},
    "comment": {"type": "string"},
    "strengths": _TEXTS,
    "areas_for_improvement": _TEXTS,
}
_SCHEMA = {
    "type": "object",
    "properties": _PROPERTIES,
    "required": list(_PROPERTIES),
    "additionalProperties": False,
}


def question(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of `chat.completions.create` for a request of SolidATS."""
    return {
        "model": MODEL,
        "messages": [
            {"role": "system", "content": _INSTRUCTIONS},
            {"role": "user", "content": json.dumps(data, indent=2)},
        ],
        "temperature": 0,
        "max_tokens": 1000,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "assessment", "strict": True, "schema": _SCHEMA},
        },
    }


def result(data: Mapping[str, Any], content: str | None) -> dict[str, Any]:
    """Return the response of the reference's example, with what the model wrote in place of its constants."""
    answer = json.loads(content or "{}")
    return {
        "candidate_id": data.get("candidate_id"),
        "pipeline_step_id": data.get("pipeline_step_id"),
        "call_secret": data.get("call_secret"),
        "rating": answer["rating"],
        "app_id": "your-app-id",
        "context": {key: answer[key] for key in ("strengths", "areas_for_improvement")},
        "comment": answer["comment"],
        "status": 200,
        "created_at": datetime.now(UTC).isoformat(),
    }
