"""How runs are shown: in the terminal, as JUnit XML, JSON, Markdown and one self-contained page.

Each of them takes a `Report` of `material` and reads nothing else.
"""
