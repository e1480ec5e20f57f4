"""What is accepted is kept here: jobs, their sealed payloads and attempts, in SQLite or PostgreSQL.

`opening.open_store` gives a `jobs.JobStore`, the one interface; the other modules are its parts.
May import `contract`, `rubric`, `words` and `errors`.
"""
