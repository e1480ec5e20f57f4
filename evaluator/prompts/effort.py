"""What a template may take while it is rendered: so long, and texts and numbers so large.

A template is tried before it judges, but only on samples: what it does for another request can still go
round without end. Then that request fails, and the service goes on. Imports nothing of the package.
"""

import contextlib
import time
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from typing import Any, TypeVar

from jinja2 import nodes
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

RENDER_S = 1.0
"""Seconds of work of one rendering, which takes milliseconds."""

MOST_REPEATED = 1_000_000
"""Items of what is multiplied by a number; bits of a power."""

MOST_WRITTEN = 10_000_000
"""Characters of a message; the largest budget of a prompt is about half of that."""

_EACH = "each round"  # no template can write this name
_T = TypeVar("_T")
_ends: ContextVar[float] = ContextVar("ends")


class TooLong(RuntimeError):
    """A template took its time."""


class BoundedEnvironment(ImmutableSandboxedEnvironment):
    """A sandbox whose loops, calls and products end within the bounds of `effort`."""

    intercepted_binops = frozenset(["*", "**"])

    def __init__(self, **options: Any) -> None:
        """`options` are those of a Jinja environment."""
        super().__init__(**options)
        self.filters[_EACH] = _each

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:
        """Call what a template calls; raises TooLong. An argument may be named `self`, hence the names."""
        _check_time()
        return super().call(__context, __obj, *args, **kwargs)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Multiply; raises MemoryError where the result were too large to keep."""
        if _size(operator, left, right) > MOST_REPEATED:
            raise MemoryError("a product is too large")
        return super().call_binop(context, operator, left, right)


@contextlib.contextmanager
def effort(seconds: float = RENDER_S) -> Iterator[None]:
    """Bound what is rendered within, in this thread, to seconds of work; it raises TooLong after them."""
    token = _ends.set(time.thread_time() + seconds)
    try:
        yield
    finally:
        _ends.reset(token)


def with_ends(tree: nodes.Template) -> nodes.Template:
    """Return a template's tree, changed so that each round of its loops looks at the time."""
    for loop in tree.find_all(nodes.For):
        loop.iter = nodes.Filter(loop.iter, _EACH, [], [], None, None, lineno=loop.lineno)
    return tree


def _each(items: Iterable[_T]) -> Iterator[_T]:
    for item in items:
        _check_time()
        yield item


def _check_time() -> None:
    if time.thread_time() > _ends.get(float("inf")):
        raise TooLong("takes too long")


def _size(operator: str, left: Any, right: Any) -> float:
    """Return about how large a product becomes: its items, or a power's bits; 0 of what cannot grow."""
    if operator == "**":
        return left.bit_length() * abs(right) if isinstance(left, int) and isinstance(right, int) else 0
    for items, times in ((left, right), (right, left)):
        if isinstance(items, str | list | tuple) and isinstance(times, int):
            return len(items) * times
    return 0
