"""Taking a request on, and seeing to it that it ends: stored first, then assessed, then delivered.

The web knows `seam` alone. `service` answers callers, `work` does one try of one job, `engine` is the
durable engine and the only place that knows it, `executors` notices processes that died, `upkeep` clears
away. May import `assessment`, `storage`, `delivery` and below.
"""
