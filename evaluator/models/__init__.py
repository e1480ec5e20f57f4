"""Asking an OpenAI-compatible endpoint for an object of a given JSON Schema.

`ask` holds what goes in and comes out; `client` is the way in. May import `errors` of the package alone.
"""
