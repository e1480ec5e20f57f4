"""Importing much at once without the garbage collector, which would go through it again and again.

Imports nothing of the package.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Hold the collector off in the block, and keep it from all that is there at the block's end.

    What is imported lives as long as the process. Without this the collector takes a third of the time that
    the imports of a run take, and goes through everything once more at the process's end.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_on:
            gc.enable()
