"""Replaying fixtures: cases, the runner, the figures and how they are shown.

May import `wiring` and below, never `web`.
"""
