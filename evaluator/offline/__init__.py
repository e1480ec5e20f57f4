"""The offline rater: an OpenAI-compatible endpoint that matches words where no model is configured.

`app` speaks HTTP, `chat` reads a request, `rater` makes the reply; the words it knows stand in
`lexicon.toml` and `skills.toml`. It is a heuristic for demos, tests and CI, is named
`offline-heuristic`, and says so in what it writes. `docs/offline-rater.md` explains its rules. May
import `prompts.fence`, `judgement`, `rubric`, `words` and `errors`.
"""
