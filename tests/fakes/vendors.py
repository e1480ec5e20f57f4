"""How endpoints refuse: error answers in the shapes that the vendors use."""

from tests.fakes.endpoint import Reply, failure


def openai_error(status: int, message: str, code: str | None, param: str | None = None) -> Reply:
    """Return an error in OpenAI's shape."""
    kind = "invalid_request_error"
    return failure(status, {"error": {"message": message, "type": kind, "param": param, "code": code}})


OPENAI_TEMPERATURE = openai_error(
    400,
    "Unsupported value: 'temperature' does not support 0.2 here. Only the default (1) is supported.",
    "unsupported_value",
    "temperature",
)
OPENAI_MAX_TOKENS = openai_error(
    400,
    "Unsupported parameter: 'max_tokens' is not supported here. Use 'max_completion_tokens' instead.",
    "unsupported_parameter",
    "max_tokens",
)
OPENAI_SCHEMA = openai_error(
    400,
    "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.",
    None,
    "response_format",
)
OPENAI_BOUNDS = openai_error(
    400,
    "Invalid schema for response_format 'judgement': In context=('properties', 'level'), "
    "'minimum' is not permitted.",
    "invalid_json_schema",
    "response_format",
)
OPENAI_CONTEXT = openai_error(
    400,
    "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.",
    "context_length_exceeded",
    "messages",
)
OPENAI_KEY = openai_error(401, "Incorrect API key provided: sk-secret.", "invalid_api_key")
OPENAI_QUOTA = failure(
    429,
    {
        "error": {
            "message": "You exceeded your current quota, please check your plan and billing details.",
            "type": "insufficient_quota",
            "param": None,
            "code": "insufficient_quota",
        }
    },
)
AZURE_FILTER = openai_error(
    400,
    "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
    "content_filter",
    "prompt",
)
GROQ_INVALID_JSON = failure(
    400,
    {
        "error": {
            "message": "Failed to validate JSON. Please adjust your prompt.",
            "type": "invalid_request_error",
            "code": "json_validate_failed",
            "failed_generation": "context_length_exceeded, says the candidate",
        }
    },
)
GROQ_BOUNDS = openai_error(400, "invalid JSON schema for response_format: `minItems` is not supported", None)
LM_STUDIO_JSON_OBJECT = failure(400, {"error": "'response_format.type' must be 'json_schema' or 'text'"})
MISTRAL_SEED = failure(
    422,
    {
        "detail": [
            {"type": "extra_forbidden", "loc": ["body", "seed"], "msg": "Extra inputs are not permitted"}
        ]
    },
)
TOGETHER_GRAMMAR = failure(
    400, {"error": {"message": "grammar is not valid", "type": "invalid_request_error"}}
)
DEEPSEEK_SCHEMA = openai_error(400, "This response_format type is unavailable now", "invalid_request_error")
GEMINI_SCHEMA = failure(
    400,
    [
        {
            "error": {
                "code": 400,
                "message": 'Unknown name "json_schema": cannot find field',
                "status": "INVALID",
            }
        }
    ],
)
GEMINI_KEY = failure(
    400,
    [
        {
            "error": {
                "code": 400,
                "message": "API key not valid. Please pass a valid API key.",
                "status": "INVALID",
            }
        }
    ],
)
GEMINI_MINUTE = failure(
    429,
    [
        {
            "error": {
                "code": 429,
                "message": "You exceeded your current quota, please check your plan. Please retry in 3.5s.",
                "status": "RESOURCE_EXHAUSTED",
            }
        }
    ],
)
VLLM_GRAMMAR = failure(500, {"object": "error", "message": "Grammar error: unexpected keyword", "code": 500})
OPENROUTER_UPSTREAM = {
    "error": {"code": 502, "message": "Provider returned error", "metadata": {"provider_name": "x"}},
    "choices": None,
}
OPENROUTER_PARAMETERS = failure(
    404,
    {"error": {"code": 404, "message": "No endpoints found that can handle the requested parameters."}},
)
LITELLM_RATE = failure(
    400, {"error": {"message": "litellm.RateLimitError: upstream says too many requests", "code": "400"}}
)
