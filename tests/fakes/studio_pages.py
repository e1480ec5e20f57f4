"""A studio in use: a hostile application that was rated, corrected, kept, and tried on by a draft.

pages = used(service, request)          # the address of each page by its name
pages["evaluation"]                     # "/studio/evaluations/…"
"""

import re
import time
from collections.abc import Mapping
from typing import Any

import httpx

from evaluator.prompts.files import read_files
from tests.fakes.prompting import SHIPPED
from tests.fakes.recruiting import TOKENS
from tests.fakes.service import PATIENCE_S, Process

HOSTILE = (
    "<script>window.struck = 1</script><img src=x onerror='window.struck = 1'>"
    "{{ 7 * 7 }}{% raw %}\u202eevil\u200b\u2066\U000e0041' \"onload=x"
)
"""Text that a page runs which does not escape it, and characters that nobody sees."""

UNSEEN = "\u202e\u200b\u2066\U000e0041"
COHORT = "Those we met"
PACK = "default"

_FIXED = re.compile(
    r"/(v|call_secret|exp_level|integration_config/.*|.*/slug|.*created_at|.*is_human_created)"
)


def hostile(value: Any, place: str = "") -> Any:
    """Return a request with `HOSTILE` behind every text that may be anything, and in a key of the form."""
    if isinstance(value, str):
        return value if _FIXED.fullmatch(place) else f"{value} {HOSTILE}"
    if isinstance(value, list):
        return [hostile(item, f"{place}/{at}") for at, item in enumerate(value)]
    if isinstance(value, Mapping):
        told = {key: hostile(item, f"{place}/{key}") for key, item in value.items()}
        return told | {f"hobby{HOSTILE}": HOSTILE} if place == "/application_form" else told
    return value


def used(service: Process, request: Mapping[str, Any]) -> Mapping[str, str]:
    """Use every part of the studio once, for a request, and return the addresses of its pages."""
    assert service.post(request).status_code == 200
    pack = f"/studio/packs/{PACK}"
    with httpx.Client(base_url=service.url, timeout=PATIENCE_S) as client:
        _send(client, "/studio/sign-in", "/studio/sign-in", token=TOKENS["publisher"])
        evaluation = _evaluation(client)
        _send(client, evaluation, f"{evaluation}/correct", rating="55", why=f"We met them. {HOSTILE}")
        _send(client, evaluation, f"{evaluation}/keep", new=COHORT)
        _save(client, pack, share="55")
        seen = {name: _value(client.get(f"{pack}/publish").text, name) for name in ("revision", "seen")}
        _send(client, f"{pack}/publish", f"{pack}/publish", note=f"Tasks first. {HOSTILE}", **seen)
        _save(client, pack, share="50")
        run = _send(client, f"{pack}/try", f"{pack}/try", of=f"cohort:{COHORT}")
        _wait(client, run, "all that could be rated are")
    return {
        "packs": "/studio/packs",
        "first look": "/studio/welcome",
        "editor": pack,
        "editor without scripts": f"{pack}?show=preview&evaluation={evaluation.rpartition('/')[2]}",
        "publish": f"{pack}/publish",
        "versions": f"{pack}/versions",
        "version": f"{pack}/versions/1",
        "try": f"{pack}/try",
        "run": run,
        "candidate of a run": f"{run}/1",
        "evaluations": "/studio/evaluations",
        "evaluation": evaluation,
        "erase": f"{evaluation}/erase",
        "cohorts": "/studio/cohorts",
        "cohort": f"/studio/cohorts/{COHORT}",
    }


def _send(client: httpx.Client, page: str, target: str, **fields: str) -> str:
    """Send a form of `page` to `target`, and return where that leads."""
    token = _value(client.get(page).text, "csrf")
    sent = client.post(target, data={**fields, "csrf": token})
    assert sent.status_code == 303, (target, sent.status_code, sent.text)
    return sent.headers["location"]


def _evaluation(client: httpx.Client) -> str:
    """Return the address of the one evaluation."""
    page = client.get("/studio/evaluations").text
    found = re.search(r'href="(/studio/evaluations/[^"?]+)"', page)
    assert found, page
    return found[1]


def _save(client: httpx.Client, pack: str, *, share: str) -> None:
    """Save the shipped texts with another share of the skills, and hostile words in a criterion."""
    files = {**read_files(SHIPPED / PACK)}
    rubric = files["pack.toml"].replace("share = 60", f"share = {share}")
    said = "What changed through the candidate's work"
    assert said in rubric
    files["pack.toml"] = rubric.replace(said, said + HOSTILE.replace('"', "'"))
    _send(client, pack, f"{pack}/draft", revision=_value(client.get(pack).text, "revision"), **files)


def _value(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, (name, page)
    return found[1]


def _wait(client: httpx.Client, address: str, words: str) -> str:
    """Ask for a page until it says `words`, and return it."""
    until = time.monotonic() + PATIENCE_S
    while words not in (page := client.get(address).text):
        assert time.monotonic() < until, page
        time.sleep(0.2)
    return page
