"""The pages of packs: the list, versions, publishing and going back."""

import asyncio
import re
from html import unescape
from typing import Any

import pytest

from evaluator.prompts.packs import PackFiles
from tests.fakes.studio import StudioSite, studio_site

__all__ = ["studio_site"]

PACK = "/studio/packs/default"
HOSTILE = "<script>alert(1)</script>{{ 7 * 7 }}\u202e\u200b"
SHOWN = "&lt;script&gt;alert(1)&lt;/script&gt;{{ 7 * 7 }}<mark"


def edited(site: StudioSite, old: str, new: str, *, file: str = "pack.toml") -> PackFiles:
    """Return the texts of `default` with one replaced, which is there."""
    files = site.services.packs["default"].files
    assert old in files[file]
    return {**files, file: files[file].replace(old, new, 1)}


def drafted(site: StudioSite, files: PackFiles | None = None, *, by: str = "Edgar") -> int:
    """Save a draft over what is there, by default one of another title, and return its revision."""
    packs = site.studio.packs

    async def save() -> int:
        there = await packs.draft("default")
        revision = there.revision if there else 0
        texts = files or edited(site, 'title = "', 'title = "New ')
        return (await packs.save_draft("default", texts, by=by, revision=revision)).revision

    return asyncio.run(save())


def published(site: StudioSite, note: str = "Because", **changes: Any) -> Any:
    """Publish a draft as a publisher does, and return the answer."""
    sent = {"note": note, "revision": drafted(site), "seen": 0} | changes
    with site.client("publisher") as client:
        return client.post(f"{PACK}/publish", data=sent)


def seen(page: str) -> str:
    """Return what a page says, without its marks."""
    return " ".join(unescape(re.sub(r"<[^>]+>", "", page.partition("<main")[2])).split())


def test_list_says_who_published_what(studio_site: StudioSite) -> None:
    """A pack that nobody published is that of the files; another has its version, its publisher and draft."""
    published(studio_site)
    drafted(studio_site, edited(studio_site, 'title = "', 'title = "Newer '))
    with studio_site.client("viewer") as client:
        said = seen(client.get("/studio/packs").text)

    assert re.search(r"New .*default Version 1 2027-01-15 08:00 UTC by Paula changed 2027-01-15", said)
    assert re.search(r"engineering The files the files that the service came with none 0 not tried", said)


def test_publishing_shows_what_changes_before_it_is_done(studio_site: StudioSite) -> None:
    """The rubric in words, the templates line by line, and where a draft can be tried."""
    drafted(studio_site, edited(studio_site, "cv_raw = 0.35", "cv_raw = 0.5"))
    with studio_site.client("publisher") as client:
        page = client.get(f"{PACK}/publish")

    assert "Share of the prompt that cv_raw keeps: 35 % → 50 %." in seen(page.text)
    assert "− removed cv_raw = 0.35" in seen(page.text)
    assert "+ added cv_raw = 0.5" in seen(page.text)
    assert f'href="{PACK}/try"' in page.text


def test_published_draft_judges(studio_site: StudioSite) -> None:
    """A publisher is led to the versions, the first of which judges."""
    answer = published(studio_site, "Weigh results more")
    with studio_site.client("viewer") as client:
        said = seen(client.get(f"{PACK}/versions").text)

    assert (answer.status_code, answer.headers["location"]) == (303, f"{PACK}/versions")
    assert studio_site.services.packs.number("default") == 1
    assert "Version 1 judges now 2027-01-15 08:00 UTC by Paula Weigh results more" in said


def test_draft_too_long_for_a_candidate_is_not_published(studio_site: StudioSite) -> None:
    """What would fail for everybody fails for a sample before it judges anybody."""
    long = edited(studio_site, "## The job", "word " * 20_000, file="user.jinja")
    sent = {"note": "Because", "revision": drafted(studio_site, long), "seen": 0}
    with studio_site.client("publisher") as client:
        answer = client.post(f"{PACK}/publish", data=sent)

    assert (answer.status_code, "over the" in seen(answer.text)) == (422, True)


def test_publishing_without_a_note_is_refused_in_place(studio_site: StudioSite) -> None:
    """The form says what is missing, and nothing is published."""
    answer = published(studio_site, " ")

    assert (answer.status_code, studio_site.services.packs.number("default")) == (422, 0)
    assert "Say in a sentence what changes and why." in seen(answer.text)


def test_broken_draft_is_refused_with_file_and_line(studio_site: StudioSite) -> None:
    """Who publishes learns where the fault is, and keeps what they wrote."""
    broken = drafted(studio_site, edited(studio_site, "{{", "{{ nobody }}{{", file="user.jinja"))
    with studio_site.client("publisher") as client:
        refused = client.post(f"{PACK}/publish", data={"note": "My note", "revision": broken, "seen": 0})

    assert refused.status_code == 422
    assert re.search(r"User\.jinja, line \d+: .*nobody", seen(refused.text))
    assert "My note</textarea>" in refused.text


def test_draft_that_another_changed_is_not_published_unseen(studio_site: StudioSite) -> None:
    """The page says who was faster, and shows what publishing would change now."""
    seen_revision = drafted(studio_site)
    drafted(studio_site, edited(studio_site, 'title = "', 'title = "Bo '), by="Bo")
    sent = {"note": "Mine", "revision": seen_revision, "seen": 0}
    with studio_site.client("publisher") as client:
        moved = client.post(f"{PACK}/publish", data=sent)

    assert (moved.status_code, studio_site.services.packs.number("default")) == (409, 0)
    assert "Somebody was faster Bo changed the draft of default at" in seen(moved.text)
    assert "→ “Bo Skills and experience”" in seen(moved.text)
    assert "Mine</textarea>" in moved.text


def test_older_draft_is_published_only_on_purpose(studio_site: StudioSite) -> None:
    """The page names what would be undone, and asks for a tick."""
    drafted(studio_site)
    files = edited(studio_site, 'title = "', 'title = "Bo ')
    store = studio_site.store.pack_versions
    asyncio.run(store.publish("default", files, by="Bo", note="Bo's change", expected=0))
    draft = asyncio.run(studio_site.studio.packs.draft("default"))
    assert draft is not None
    sent = {"note": "Mine", "revision": draft.revision, "seen": 1}
    with studio_site.client("publisher") as client:
        page = client.get(f"{PACK}/publish")
        refused = client.post(f"{PACK}/publish", data=sent)
        done = client.post(f"{PACK}/publish", data=sent | {"over": "yes"})

    assert "version 1 was published: 2027-01-15 08:00 UTC by Bo, “Bo's change”" in seen(page.text)
    assert (refused.status_code, done.status_code) == (409, 303)
    assert studio_site.services.packs.number("default") == 2


def test_earlier_version_is_restored_in_one_click(studio_site: StudioSite) -> None:
    """It becomes a new version with a note of its own."""
    published(studio_site)
    with studio_site.client("publisher") as client:
        page = client.get(f"{PACK}/versions").text
        answer = client.post(f"{PACK}/versions/0/restore", data={"seen": "1"})
        said = seen(client.get(f"{PACK}/versions").text)

    assert f'action="{PACK}/versions/0/restore"' in page
    assert answer.status_code == 303
    assert "Version 2 judges now 2027-01-15 08:00 UTC by Paula Restored the files" in said


@pytest.mark.parametrize(("seen_number", "status"), [("0", 409), ("nonsense", 409), ("9999999999", 409)])
def test_restoring_from_an_old_page_is_refused(
    studio_site: StudioSite, seen_number: str, status: int
) -> None:
    """Who published meanwhile is named."""
    published(studio_site)
    with studio_site.client("publisher") as client:
        answer = client.post(f"{PACK}/versions/0/restore", data={"seen": seen_number})

    assert answer.status_code == status
    assert "Paula published version 1 of default at" in seen(answer.text)


def test_version_says_what_it_changed_and_what_it_says(studio_site: StudioSite) -> None:
    """One version has a page of its own, with the hash that results name."""
    published(studio_site)
    with studio_site.client("viewer") as client:
        page = client.get(f"{PACK}/versions/1").text
        first = client.get(f"{PACK}/versions/0").text
        missing = [client.get(f"{PACK}/versions/{number}").status_code for number in (7, 99999999999)]

    assert studio_site.services.packs["default"].hash in page
    assert "What it changed since the files Title of the pack: “" in seen(page)
    assert "{{ job.description | fence(&#34;job&#34;) }}" in first
    assert missing == [404, 404]


def test_new_pack_begins_as_a_copy(studio_site: StudioSite) -> None:
    """An editor goes on to its editor; a name that can be none is refused beside its field."""
    with studio_site.client("editor") as client:
        refused = client.post("/studio/packs", data={"source": "default", "new": "Sales Team"})
        made = client.post("/studio/packs", data={"source": "default", "new": "sales"})
        said = seen(client.get("/studio/packs").text)

    assert (refused.status_code, "Use lower-case letters" in refused.text) == (422, True)
    assert (made.status_code, made.headers["location"]) == (303, "/studio/packs/sales")
    assert re.search(r"sales not published changed", said)


def test_what_people_and_packs_say_is_shown_as_text(studio_site: StudioSite) -> None:
    """Titles, names, notes and texts are no markup and no template, and hide no character."""
    files = edited(studio_site, 'title = "', 'title = "<script>alert(1)</script>{{ 7 * 7 }}\u202e\u200b')
    given = {"revision": drafted(studio_site, files, by=HOSTILE), "seen": 0}
    with studio_site.client("publisher") as client:
        before = [client.get("/studio/packs").text, client.get(f"{PACK}/publish").text]
        client.post(f"{PACK}/publish", data={"note": HOSTILE, **given})
        after = [client.get(url).text for url in ("/studio/packs", f"{PACK}/versions", f"{PACK}/versions/1")]

    for page in (*before, *after):
        assert SHOWN in page
        assert not re.search("<script>|\u202e|\u200b", page)


def test_pages_of_an_unknown_pack_are_not_there(studio_site: StudioSite) -> None:
    """Also where something would be changed."""
    with studio_site.client("publisher") as client:
        pages = [client.get(f"/studio/packs/other/{page}").status_code for page in ("versions", "publish")]
        sent = client.post("/studio/packs/other/versions/1/restore", data={"seen": "0"}).status_code

    assert (pages, sent) == ([404, 404], 404)


def test_viewer_sees_and_is_offered_no_change(studio_site: StudioSite) -> None:
    """Buttons that would be refused are not shown."""
    published(studio_site)
    drafted(studio_site, edited(studio_site, 'title = "', 'title = "Newer '))
    with studio_site.client("viewer") as client:
        pages = [client.get(url).text for url in ("/studio/packs", f"{PACK}/versions", f"{PACK}/publish")]

    offered = {url for page in pages for url in re.findall(r'action="(\S+)"', page)}
    assert offered == {"/studio/sign-out", "/studio/welcome/dismiss"}
