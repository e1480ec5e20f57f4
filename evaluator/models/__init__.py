"""Asking an OpenAI-compatible endpoint for an object of a given JSON Schema.

`ask` holds what goes in and comes out, `connection` makes the connection and `client` asks over it. Of the
package it may import `errors` alone.
"""
