"""The command line: `main` is its top, and each further module is one command named `command`.

A command reads its arguments, asks `settings` and `wiring`, and prints; the work is done below.
Nothing imports from here.
"""
