"""The benchmark behind `make bench`: the service beside the reference's example, on this machine.

Nothing of the product knows of it. Every server, the scripted model and the load generator are processes
of their own on loopback, bounded in count and time. `docs/benchmarks.md` explains the figures.
"""
