"""Loading much at once."""

import gc
from collections.abc import Iterator

import pytest

from evaluator.evals.loading import uncollected


@pytest.fixture(autouse=True)
def _thawed() -> Iterator[None]:
    """Leave the collector as it was."""
    yield
    gc.unfreeze()
    gc.enable()


def test_uncollected_holds_the_collector_off_and_keeps_it_from_what_is_there() -> None:
    """Afterwards it is on again, and what was loaded is no longer gone through."""
    with uncollected():
        assert not gc.isenabled()

    assert gc.isenabled()
    assert gc.get_freeze_count() > 1_000


def test_uncollected_leaves_a_collector_off_that_was_off() -> None:
    """Blocks may be nested."""
    with uncollected():
        with uncollected():
            pass
        assert not gc.isenabled()


def test_uncollected_puts_the_collector_on_after_an_error() -> None:
    """An import that fails does not leave it off."""
    with pytest.raises(ImportError), uncollected():
        raise ImportError

    assert gc.isenabled()
