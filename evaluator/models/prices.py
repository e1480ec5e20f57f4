"""Tokens and their price: what an endpoint reports of a call, in US dollars by a table in a file.

May import `ask` of this package, and `errors`.
"""

import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from evaluator.errors import SettingsError
from evaluator.models.ask import Usage

_SNAPSHOT = re.compile(r"[-@](?:\d{4}-\d{2}-\d{2}|\d{4,8}|latest)")


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens."""

    input: float
    cached_input: float
    output: float

    def of(self, prompt_tokens: int, cached_tokens: int, completion_tokens: int) -> float:
        """Return the dollars for a call; `cached_tokens` is the part of `prompt_tokens` read from a cache."""
        cached = min(cached_tokens, prompt_tokens)
        fresh = prompt_tokens - cached
        return (fresh * self.input + cached * self.cached_input + completion_tokens * self.output) / 1e6


class PriceTable:
    """Prices by model name; a name also stands for its dated snapshots."""

    def __init__(self, prices: Mapping[str, Price]) -> None:
        """Take the prices by model name."""
        self._prices = dict(prices)

    def price(self, model: str) -> Price | None:
        """Return the price of `model` by its name or as a snapshot of a name, or None."""
        exact = self._prices.get(model)
        if exact is not None:
            return exact
        for name, price in self._prices.items():
            if model.startswith(name) and _SNAPSHOT.fullmatch(model, len(name)):
                return price
        return None

    def usage(self, reported: Any, *names: str) -> Usage:
        """Return the tokens and cost of one call from the reply's `usage` object, however odd it is.

        `names`: the model's names, the surest first. The cost is None where no name has a price, or where
        the endpoint reports no tokens.
        """
        counts = reported if isinstance(reported, Mapping) else {}
        prompt = _count(counts.get("prompt_tokens"))
        completion = _count(counts.get("completion_tokens"))
        cached = _cached(counts)
        price = next((found for name in names if (found := self.price(name)) is not None), None)
        known = price is not None and prompt + completion > 0
        return Usage(
            prompt_tokens=prompt,
            completion_tokens=completion,
            cached_tokens=cached,
            calls=1,
            cost_usd=price.of(prompt, cached, completion) if price is not None and known else None,
        )


def load_prices(path: Path | None = None) -> PriceTable:
    """Read a table in TOML; None reads the packaged one. Raises SettingsError, naming file and model."""
    try:
        text = (path or files(__package__) / "prices.toml").read_text(encoding="utf-8")
        models = tomllib.loads(text)["models"]
    except (OSError, ValueError, KeyError) as error:
        raise SettingsError(f"the price table {path} cannot be read: {error}") from error
    if not isinstance(models, dict):
        raise SettingsError(f"the price table {path} has no table [models]")
    return PriceTable({name: _price(name, row) for name, row in models.items()})


def _cached(counts: Mapping[str, Any]) -> int:
    """Return the cached part of the prompt: OpenAI's field, else DeepSeek's."""
    details = counts.get("prompt_tokens_details")
    if isinstance(details, Mapping) and "cached_tokens" in details:
        return _count(details["cached_tokens"])
    return _count(counts.get("prompt_cache_hit_tokens"))


def _count(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _price(name: str, row: Any) -> Price:
    if not isinstance(row, Mapping) or not row.keys() <= {"input", "cached_input", "output"}:
        raise SettingsError(f"the price of {name} takes input, cached_input and output, and nothing else")
    input_price = _dollars(name, row, "input")
    return Price(
        input=input_price,
        cached_input=_dollars(name, row, "cached_input") if "cached_input" in row else input_price,
        output=_dollars(name, row, "output"),
    )


def _dollars(name: str, row: Mapping[str, Any], key: str) -> float:
    value = row.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise SettingsError(f"the price of {name} needs `{key}` in dollars per million tokens, 0 or more")
    return float(value)
