"""Prompt packs: loading them, rendering them for a request, and keeping within the token budget.

`files` reads and writes the texts of a pack; `packs` makes a pack of them and `environment` its templates,
which `names` and `samples` try; `view` says which variables a template has, `fence` keeps data apart from
instructions, `repetition` leaves out what is said twice, `tokens` counts, `bounds` and `budget` cut,
`render` makes the messages. May import `rubric`, `contract`, `words` and `errors`.
"""
