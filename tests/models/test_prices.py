"""Tokens and prices."""

from pathlib import Path
from typing import Any

import pytest

from evaluator.errors import SettingsError
from evaluator.models.ask import Usage
from evaluator.models.prices import Price, PriceTable, load_prices

TABLE = PriceTable({"big": Price(2.0, 0.5, 8.0), "big-mini": Price(0.2, 0.2, 0.8)})


@pytest.mark.parametrize(
    ("model", "known"),
    [
        ("big", True),
        ("big-2024-08-06", True),
        ("big-20241022", True),
        ("big@20240620", True),
        ("big-0613", True),
        ("big-latest", True),
        ("big-audio", False),
        ("big-2024-08-06-preview", False),
        ("bigger", False),
        ("small", False),
    ],
)
def test_price_is_found_by_name_and_snapshot(model: str, known: bool) -> None:
    """A name stands for its dated snapshots and for no other model."""
    assert (TABLE.price(model) is not None) == known


def test_price_of_the_longer_name_is_its_own() -> None:
    """A smaller model never gets its bigger sister's price."""
    assert TABLE.price("big-mini-2024-07-18") == Price(0.2, 0.2, 0.8)


@pytest.mark.parametrize(
    ("reported", "cached"),
    [
        ({"prompt_tokens_details": {"cached_tokens": 30}}, 30),
        ({"prompt_cache_hit_tokens": 30}, 30),
        ({"prompt_tokens_details": None}, 0),
        ({"prompt_tokens_details": {"cached_tokens": None}}, 0),
        ({}, 0),
    ],
)
def test_cached_tokens_are_read_from_either_field(reported: dict[str, Any], cached: int) -> None:
    """OpenAI and DeepSeek name them differently."""
    usage = TABLE.usage({"prompt_tokens": 100, "completion_tokens": 10} | reported, "big")
    assert usage.cached_tokens == cached
    assert usage.cost_usd == pytest.approx(((100 - cached) * 2.0 + cached * 0.5 + 10 * 8.0) / 1e6)


@pytest.mark.parametrize("reported", [None, [], {}, {"prompt_tokens": -1}, {"prompt_tokens": True}, "many"])
def test_odd_usage_counts_a_call_of_unknown_cost(reported: Any) -> None:
    """An endpoint that does not count leaves the cost unknown, never at nothing."""
    assert TABLE.usage(reported, "big") == Usage(calls=1, cost_usd=None)


def test_more_cached_than_prompt_tokens_never_cost_less_than_nothing() -> None:
    """An endpoint that counts cached tokens apart from the prompt's gives no negative cost."""
    usage = TABLE.usage({"prompt_tokens": 10, "prompt_cache_hit_tokens": 1000}, "big")
    assert usage.cost_usd == pytest.approx(10 * 0.5 / 1e6)


def test_cost_is_unknown_for_an_unknown_model() -> None:
    """Tokens are told all the same."""
    usage = TABLE.usage({"prompt_tokens": 5, "completion_tokens": 1}, "odd", "small")
    assert (usage.prompt_tokens, usage.cost_usd) == (5, None)


def test_second_name_gives_the_price_where_the_first_is_unknown() -> None:
    """The name that was asked for stands in for the one the endpoint answered with."""
    usage = TABLE.usage({"prompt_tokens": 1_000_000, "completion_tokens": 0}, "deployment-7", "big")
    assert usage.cost_usd == pytest.approx(2.0)


def test_unknown_cost_makes_the_sum_unknown() -> None:
    """A sum with an unknown part is unknown."""
    assert (Usage(calls=1, cost_usd=0.5) + Usage(calls=1, cost_usd=None)).cost_usd is None


def test_packaged_table_is_read() -> None:
    """The table in the package loads, and no cached price is above the full one."""
    price = load_prices().price("gpt-4o-mini")
    assert price == Price(input=0.15, cached_input=0.075, output=0.6)


def test_own_table_replaces_the_packaged_one(tmp_path: Path) -> None:
    """A file of the same form stands for the whole table; cached input costs as input where left out."""
    file = tmp_path / "prices.toml"
    file.write_text("[models.mine]\ninput = 1\noutput = 2\n")
    table = load_prices(file)
    assert table.price("mine") == Price(1.0, 1.0, 2.0)
    assert table.price("gpt-4o") is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "models = 3",
        "[models",
        "[models]\nmine = 3",
        "[models.mine]\ninput = 1",
        "[models.mine]\ninput = -1\noutput = 1",
        "[models.mine]\ninput = nan\noutput = 1",
        "[models.mine]\ninput = true\noutput = 1",
        "[models.mine]\ninput = 1\noutput = 1\nouptut = 1",
    ],
)
def test_table_with_a_fault_is_refused(tmp_path: Path, text: str) -> None:
    """A table that cannot be right stops the start, and is named."""
    file = tmp_path / "prices.toml"
    file.write_text(text)
    with pytest.raises(SettingsError, match="price"):
        load_prices(file)


def test_missing_table_is_named(tmp_path: Path) -> None:
    """A path that leads nowhere is in the message."""
    with pytest.raises(SettingsError, match=r"nowhere\.toml"):
        load_prices(tmp_path / "nowhere.toml")
