"""The audit record: one entry for each evaluation, what it says in words, and whether it still holds.

`hearing` keeps what a model was asked and answered, `record` makes the entry of it, `verifying` checks the
chain, `explaining`, `as_text` and `as_page` put an entry into words, `reproducing` makes its prompt again.
May import `storage`, `models`, `contract`, `rubric`, `scoring`, `errors` and siblings.
"""
