"""Bringing a result to the callback: the request, the wait after a failure, and the breaker over all.

May import `contract`, `rubric`, `words` and `errors`.
"""
