"""Prompt packs: loading them, rendering them for a request, and keeping within the token budget.

`packs` loads a folder, `view` says which variables a template has, `fence` keeps data apart from
instructions, `tokens` counts, `budget` cuts, `render` makes the messages. May import `rubric`,
`contract` and `errors`.
"""
