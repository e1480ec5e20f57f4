"""The HTTP side: the webhook that SolidATS calls, health, and the documentation of both.

`app` puts the application together, `webhook` takes requests in, `access` says who may call, `errors` is
the one place that turns errors into HTTP, `body` bounds how a body arrives, `trace` gives each request an
id, a line in the log and safe headers, `health` answers probes, `schema` and `page` document, `server`
runs it all. Only this package knows Litestar and uvicorn. May import `jobs`, `contract` and `errors`.
"""
