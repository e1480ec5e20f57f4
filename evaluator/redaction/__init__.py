"""Taking out of a text what tells who a person is or how to reach them.

What goes is a list of kinds, each with a placeholder that keeps the text readable. May import `contract`,
`words` and `errors`.
"""
