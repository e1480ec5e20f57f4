"""The studio's pages: handlers, templates and assets."""
