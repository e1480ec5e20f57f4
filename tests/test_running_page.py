"""The page for operators: its examples fit the settings' defaults."""

import re
from pathlib import Path

import evaluator.errors
from evaluator.settings import Settings, variable
from evaluator.web.errors import RETRY_AFTER_S, STATUS

PAGE = Path("docs/running.md").read_text(encoding="utf-8")
DEFAULTS = Settings()


def figure(pattern: str) -> int:
    """Return the number that stands in the page at the group of `pattern`."""
    found = re.search(pattern, PAGE)
    assert found
    return int(found[1])


def test_variables_that_are_named_are_settings() -> None:
    """Every variable of ours on the page is one of today."""
    named = set(re.findall(r"EVALUATOR_[A-Z_]+[A-Z]", PAGE))

    assert named - {variable(name) for name in Settings.model_fields} == set()


def test_proxy_takes_what_the_service_takes() -> None:
    """The proxy's limits are those of the service's defaults, and it waits longer than the service does."""
    assert figure(r"client_max_body_size (\d+)m") * 1024 * 1024 == DEFAULTS.max_body_bytes
    assert figure(r"client_body_timeout +(\d+)s") == DEFAULTS.body_timeout_s
    assert figure(r"proxy_read_timeout (\d+)s") > DEFAULTS.model_retry_s


def test_unit_leaves_time_and_files() -> None:
    """Systemd waits longer than the service drains, and allows a file for each connection."""
    assert figure(r"TimeoutStopSec=(\d+)") > DEFAULTS.drain_s
    assert figure(r"LimitNOFILE=(\d+)") > DEFAULTS.max_connections + DEFAULTS.max_concurrency


def test_answers_to_a_model_that_is_down_are_those_of_the_service() -> None:
    """Each error of the table is one of the tree, with the status that it is answered with."""
    rows = re.findall(r"^\| .* \| (\d{3}) ?.* \| `(Model\w+)` \|$", PAGE, re.MULTILINE)

    assert len(rows) >= 6
    assert [STATUS[getattr(evaluator.errors, name)] for _, name in rows] == [
        int(status) for status, _ in rows
    ]
    assert figure(r"Retry-After: (3\d)") == RETRY_AFTER_S
