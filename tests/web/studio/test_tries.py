"""The pages on which a draft is tried, over the offline rater."""

import asyncio
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from pydantic import SecretStr

from evaluator.settings import Settings
from evaluator.storage.jobs import JobStore
from tests.fakes.stores import new_job
from tests.fakes.studio import TOKENS, StudioSite, site_of, studio_site
from tests.fakes.trying import drafted

__all__ = ["studio_site"]

TRY = "/studio/packs/default/try"
HOSTILE = "<script>alert(1)</script><img src=x>{{ 7 * 7 }}{% raw %}\u202eevil\u200b' \"onload=x"
ONE = {"of": "some", "sample": "shipped:engineering-backend-strong"}


def ran(client: TestClient[Litestar], choice: Mapping[str, Any] = ONE) -> str:
    """Start a run, follow it to its end, and return its URL."""
    started = client.post(TRY, data=dict(choice))
    assert started.status_code == 303, started.text
    url: str = started.headers["location"]
    assert "event: over" in client.get(f"{url}/events").text
    return url


def save_draft(site: StudioSite, words: str = "Weigh what was really done.") -> None:
    """Have a draft of the pack that judges by default."""
    asyncio.run(site.store.pack_versions.save("default", drafted(words), by="Edgar", expected=0, base=0))


def test_cost_and_time_are_told_before_a_run(studio_site: StudioSite) -> None:
    """For all samples at first, and for a choice as a part of the page."""
    with studio_site.client("editor") as client:
        whole = client.get(TRY).text
        part = client.get(TRY, params=ONE, headers={"hx-request": "true"}).text

    assert "It costs nothing: the offline rater matches words" in whole
    assert 'id="told-time"' in whole
    assert "<html" not in part
    assert "Run this one" in part


def test_viewer_sees_and_starts_nothing(studio_site: StudioSite) -> None:
    """Neither the button nor the way behind it."""
    with studio_site.client("viewer") as client:
        page = client.get(TRY).text
        refused = client.post(TRY, data={"of": "all"})

    assert 'id="start"' not in page
    assert refused.status_code == 403


def test_run_streams_its_lines_and_ends(studio_site: StudioSite) -> None:
    """Each candidate once, how far it is, and that it is over; who comes back gets the rest."""
    save_draft(studio_site)
    with studio_site.client("editor") as client:
        url = ran(client, {"of": "all"})
        told = client.get(f"{url}/events")
        rest = client.get(f"{url}/events", headers={"last-event-id": "6"}).text

    lines = re.findall(r'<tr id="line-(\d+)">', told.text)
    assert told.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert lines == [str(number) for number in range(1, 9)]
    assert re.findall(r'<tr id="line-(\d+)">', rest) == ["7", "8"]
    assert rest.rstrip().endswith("data: over")


def test_run_shows_both_sides_without_scripts(studio_site: StudioSite) -> None:
    """Ratings, the change in words, the sample's own rating, the sentence, and orders as links."""
    save_draft(studio_site)
    with studio_site.client("editor") as client:
        url = ran(client, {"of": "all"})
        page = client.get(url).text
        by_distance = client.get(url, params={"sort": "disagreement", "cut": "90"}).text

    assert "The draft rates all 8 candidates exactly as the published version does." in page
    assert page.count("= the same") == 8
    assert "Rated by the offline rater, a heuristic that matches words." in page
    assert '<a href="?sort=disagreement&amp;cut=90" aria-current="true">' in by_distance
    assert by_distance.index('"line-8"') < by_distance.index('"line-1"')


def test_candidate_is_shown_in_full_by_both_sides(studio_site: StudioSite) -> None:
    """Contribution of each criterion as a bar and in words, and quotes marked in the application."""
    save_draft(studio_site)
    with studio_site.client("editor") as client:
        page = client.get(f"{ran(client)}/1").text

    assert page.count('class="bar"') >= 6
    assert "The draft: 98" in page
    assert "The published version: 98" in page
    assert '<a id="place-1"></a>' in page
    assert "<mark>" in page


def test_run_under_way_can_be_stopped_and_looked_at_again(studio_site: StudioSite) -> None:
    """By an editor; without scripts a link loads what is new."""
    public = '{"whole": true, "draft": null, "published": null, "offline": true}'
    begin = studio_site.store.studio_runs.begin
    asyncio.run(begin("r1", pack="default", by="Edgar", total=5, public=public))
    with studio_site.client("editor") as client, studio_site.client("viewer") as viewer:
        before = client.get("/studio/runs/r1").text
        seen = viewer.get("/studio/runs/r1").text
        stopped = client.post("/studio/runs/r1/cancel")
        after = client.get("/studio/runs/r1").text

    assert 'id="cancel"' in before
    assert 'id="cancel"' not in seen
    assert '<a class="button quiet" href="/studio/runs/r1">' in before
    assert (stopped.status_code, stopped.headers["location"]) == (303, "/studio/runs/r1")
    assert "it is being stopped" in after


def test_run_of_a_dead_process_says_so(studio_site: StudioSite) -> None:
    """And what to do; its page follows nothing."""
    public = '{"whole": true, "draft": null, "published": null, "offline": true}'
    begin = studio_site.store.studio_runs.begin
    asyncio.run(begin("r1", pack="default", by="Edgar", total=5, public=public))
    studio_site.clock.advance(60)
    with studio_site.client("viewer") as client:
        page = client.get("/studio/runs/r1").text

    assert "the service that ran it is gone. Run it again" in page
    assert "sse-connect" not in page


@pytest.mark.parametrize("url", ["/studio/runs/x", "/studio/runs/x/1", "/studio/runs/x/events"])
def test_run_that_is_not_there_is_told_as_such(studio_site: StudioSite, url: str) -> None:
    """As a page, also where it would stream."""
    with studio_site.client("viewer") as client:
        assert client.get(url).status_code == 404


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ({"of": "some"}, "Choose at least one candidate."),
        ({"of": "some", "sample": "shipped:nobody"}, "There is no such sample"),
        ({"of": "cohort:Nobody's"}, "There is no such cohort"),
    ],
)
def test_choice_that_cannot_be_run_is_told(
    studio_site: StudioSite, choice: dict[str, str], said: str
) -> None:
    """Where it was made, and nothing begins."""
    with studio_site.client("editor") as client:
        shown = client.get(TRY, params=choice)
        refused = client.post(TRY, data=choice)

    assert (shown.status_code, refused.status_code) == (200, 422)
    assert said in shown.text
    assert said in refused.text


def test_draft_that_cannot_be_used_is_told_at_its_line(studio_site: StudioSite) -> None:
    """In the words of the editor, with the way back there."""
    save_draft(studio_site, "{{ candidat.name }}")
    with studio_site.client("editor") as client:
        page = client.get(TRY).text

    assert "This cannot be tried" in page
    assert "candidat" in page
    assert 'id="start"' not in page


def test_hostile_candidate_shows_as_text(studio_site: StudioSite) -> None:
    """In the list, in the stream and in full: nothing of it is markup, and what has no shape shows."""
    asyncio.run(keep_hostile(studio_site.store))
    with studio_site.client("editor") as client:
        url = ran(client, {"of": "cohort:Hostile"})
        shown = [client.get(each).text for each in (url, f"{url}/events", f"{url}/1", TRY)]

    assert all("<script>alert" not in page and "<img" not in page for page in shown)
    assert all("\u202e" not in page and "\u200b" not in page for page in shown)
    assert "&lt;script&gt;alert" in shown[0]
    assert "U+202E" in shown[2]


async def keep_hostile(store: JobStore) -> None:
    """Keep a candidate all of whose texts are hostile in a cohort."""
    name = f"{HOSTILE}1"
    request = {
        "job": {"description": f"Cook {HOSTILE}", "skills": [{"slug": f"kitchen {HOSTILE}", "exp_level": 2}]},
        "candidate_id": name,
        "pipeline_step_id": 1,
        "call_secret": "s",
        "candidate_parsed_cv": {"raw": f"I cooked daily in a kitchen for ten years. {HOSTILE}"},
    }
    await store.accept(new_job(candidate_id=name, request=json.dumps(request).encode()))
    await store.studio_cases.keep("job-1", "Hostile", by="Edgar")


def test_first_look_runs_the_samples_on_the_offline_rater(studio_site: StudioSite) -> None:
    """One button; the rater is said to be no model, and the tour tells what came of it."""
    with studio_site.client("editor") as client:
        before = client.get("/studio/packs").text
        url = client.post("/studio/welcome/run").headers["location"]
        client.get(f"{url}/events")
        run, after = client.get(url).text, client.get("/studio/packs").text

    assert 'id="run-samples"' in before
    assert "a heuristic that matches words, and no model" in before
    assert "Rated by the offline rater, a heuristic that matches words." in run
    assert f'<a href="{url}">The samples were rated by the offline rater</a>' in after


def test_first_look_asks_no_model_even_where_one_is_set_up(tmp_path: Path) -> None:
    """Nobody listens there, and all samples are rated."""
    settings = Settings(
        data_dir=tmp_path,
        studio_tokens=SecretStr(f"Edgar:editor:{TOKENS['editor']}"),
        model_base_url="http://127.0.0.1:9/v1",
        model_name="m1",
    )
    with site_of(settings) as site, site.client("editor") as client:
        url = client.post("/studio/welcome/run").headers["location"]
        client.get(f"{url}/events")
        page = client.get(url).text

    assert "Rated by the offline rater, a heuristic that matches words." in page
    assert "8 of 8 candidates rated" in page


def test_first_look_is_put_away_for_good(studio_site: StudioSite) -> None:
    """By whoever saw it, in their browser; it stays at its own address."""
    with studio_site.client("viewer") as client:
        put_away = client.post("/studio/welcome/dismiss")
        packs, welcome = client.get("/studio/packs").text, client.get("/studio/welcome").text

    assert put_away.status_code == 303
    assert 'id="tour"' not in packs
    assert 'id="tour"' in welcome


def test_first_look_is_over_once_somebody_was_evaluated(studio_site: StudioSite) -> None:
    """There is something else to look at."""
    asyncio.run(finish_one(studio_site.store))
    with studio_site.client("viewer") as client:
        assert 'id="tour"' not in client.get("/studio/packs").text


async def finish_one(store: JobStore) -> None:
    """Have one evaluation."""
    await store.accept(new_job())
    await store.finish("job-1", b'{"rating": 70}', status="completed", pack="default")


def test_last_result_goes_with_what_is_published(studio_site: StudioSite) -> None:
    """The sentence stands where a draft is published, and with its version afterwards."""
    save_draft(studio_site)
    with studio_site.client("publisher") as client:
        ran(client, {"of": "all"})
        to_publish = client.get("/studio/packs/default/publish").text

    assert "The draft rates all 8 candidates exactly as the published version does." in to_publish
