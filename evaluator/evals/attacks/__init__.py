"""The attack suite: planted texts, a model that obeys them, and what the service lets through.

Its modules import from lines below their own:

    suite
    judging | reporting
    figures | models
    gullible
    outcomes | reading
    hidden | texts
"""
