"""The editor of a pack: its draft as fields and as text, what is unwise, and what a sample becomes."""

import html
import re

from litestar import Litestar
from litestar.testing import TestClient

from evaluator.prompts.files import FILES
from tests.fakes.studio import StudioSite, studio_site

__all__ = ["studio_site"]

URL = "/studio/packs/default"
HX = {"hx-request": "true"}


def fields_of(page: str) -> dict[str, str]:
    """Return what the form of the draft would send as it stands, as a browser does."""
    form = page.partition('<form id="draft-form"')[2].partition("</form>\n<div hidden data-vocabulary")[0]
    found: dict[str, str] = {}
    for tag in re.findall(r"<input [^>]*>", form):
        told = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if "name" in told and (told.get("type") != "checkbox" or " checked" in tag):
            found[told["name"]] = html.unescape(told.get("value", "on"))
    for name, text in re.findall(r'<textarea [^>]*name="([^"]*)"[^>]*>\n(.*?)</textarea>', form, re.DOTALL):
        found[name] = html.unescape(text)
    for name, options in re.findall(r'<select [^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r"<option selected>(\w+)", options)
        assert chosen is not None
        found[name] = chosen[1]
    return found


def opened(client: TestClient[Litestar]) -> dict[str, str]:
    """Return the fields of the editor as it is opened now."""
    return fields_of(client.get(URL).text)


def test_editor_as_it_is_opened_changes_nothing(studio_site: StudioSite) -> None:
    """What the page shows and sends back is the pack as it is, byte for byte."""
    with studio_site.client("editor") as client:
        fields = opened(client)
        assert client.post(f"{URL}/draft", data=fields, headers=HX).status_code == 200
        again = opened(client)
    published = studio_site.services.packs["default"].files
    assert {name: again[name] for name in FILES} == dict(published)


def test_weight_in_the_fields_changes_its_line_of_the_text(studio_site: StudioSite) -> None:
    """A slider that is moved is one changed line, and the answer holds the text and no new fields."""
    with studio_site.client("editor") as client:
        fields = opened(client) | {"criteria.0.weight": "25"}
        answer = client.post(f"{URL}/draft", data=fields, headers=HX)
        text = opened(client)["pack.toml"]
    assert text == fields["pack.toml"].replace("weight = 20\n", "weight = 25\n")
    assert 'data-file="pack.toml"' in answer.text
    assert 'id="criteria"' not in answer.text


def test_text_of_the_rubric_changes_the_fields(studio_site: StudioSite) -> None:
    """Who edits the text sees the fields drawn again."""
    with studio_site.client("editor") as client:
        fields = opened(client)
        fields["pack.toml"] = fields["pack.toml"].replace("weight = 20\n", "weight = 30\n")
        answer = client.post(f"{URL}/draft", data=fields, headers=HX)
    assert re.search(r'name="criteria.0.weight"[^>]*value="30"', answer.text)
    assert 'data-file="pack.toml"' not in answer.text


def test_text_and_fields_changed_at_once_are_both_kept(studio_site: StudioSite) -> None:
    """An edit of the text and one of a field, sent together, do not lose each other."""
    with studio_site.client("editor") as client:
        fields = opened(client) | {"criteria.1.title": "Results"}
        text = fields["pack.toml"].replace("seed = 7", "seed = 8")
        fields["pack.toml"] = text.replace("claim_weight = 0.15", "claim_weight = 0.25")
        client.post(f"{URL}/draft", data=fields, headers=HX)
        text = opened(client)["pack.toml"]
    assert [
        each for each in ('title = "Results"', "seed = 8", "claim_weight = 0.25") if each not in text
    ] == []


def test_criterion_can_be_added_moved_and_removed(studio_site: StudioSite) -> None:
    """Each button changes the draft and leads back to it without scripts."""
    with studio_site.client("editor") as client:
        for deed in ("add", "up:3", "remove:0"):
            answer = client.post(f"{URL}/draft", data=opened(client) | {"do": deed}, follow_redirects=False)
            assert (answer.status_code, answer.headers["location"]) == (303, f"{URL}#criteria")
        fields = opened(client)
    titles = [fields[f"criteria.{at}.title"] for at in range(3)]
    assert titles == ["Results and responsibility", "New criterion", "Work with others"]


def test_draft_of_another_is_not_written_over(studio_site: StudioSite) -> None:
    """Who was slower is told who was faster and when, and keeps what they wrote."""
    with studio_site.client("editor") as first, studio_site.client("publisher") as second:
        fields = opened(first)
        second.post(f"{URL}/draft", data=fields | {"rubric.title": "Paula's"}, headers=HX)
        answer = first.post(f"{URL}/draft", data=fields | {"rubric.title": "Mine"})
    assert answer.status_code == 409
    assert "Paula was faster" in answer.text
    assert fields_of(answer.text)["pack.toml"] == fields["pack.toml"]


def test_draft_of_another_is_replaced_on_purpose(studio_site: StudioSite) -> None:
    """“Keep mine” saves over the draft that was told of."""
    with studio_site.client("editor") as first, studio_site.client("publisher") as second:
        fields = opened(first) | {"rubric.title": "Mine"}
        second.post(f"{URL}/draft", data=fields | {"rubric.title": "Paula's"}, headers=HX)
        told = first.post(f"{URL}/draft", data=fields, headers=HX).text
        over = re.search(r'name="over" value="(\d+)"', told)
        assert over is not None
        saved = first.post(f"{URL}/draft", data=fields | {"over": over[1]}, headers=HX)
        title = opened(first)["rubric.title"]
    assert (saved.status_code, title) == (200, "Mine")


def test_draft_of_a_page_from_before_a_publication_replaces_it_only_on_purpose(
    studio_site: StudioSite,
) -> None:
    """What another person published meanwhile was never on the page; publishing says so and asks."""
    with studio_site.client("publisher") as client:
        fields = opened(client)
        client.post(f"{URL}/draft", data=fields | {"rubric.title": "Bo's title"}, headers=HX)
        sent = {"note": "Bo's", "revision": opened(client)["revision"], "seen": "0"}
        client.post(f"{URL}/publish", data=sent)
        client.post(f"{URL}/draft", data=fields | {"rubric.description": "Mine"}, headers=HX)
        sent = {"note": "Mine", "revision": opened(client)["revision"], "seen": "1"}
        answer = client.post(f"{URL}/publish", data=sent)
    assert answer.status_code == 409
    assert "published version 1" in answer.text


def test_preview_without_scripts_does_not_count_what_was_saved_meanwhile_as_seen(
    studio_site: StudioSite,
) -> None:
    """The page comes back with what was typed, so saving it still tells that another was faster."""
    with studio_site.client("editor") as first, studio_site.client("publisher") as second:
        fields = opened(first) | {"rubric.title": "Mine"}
        second.post(f"{URL}/draft", data=fields | {"rubric.title": "Paula's"}, headers=HX)
        page = first.post(f"{URL}/preview", data=fields).text
        answer = first.post(f"{URL}/draft", data=fields_of(page))
    assert answer.status_code == 409


def test_draft_can_be_thrown_away(studio_site: StudioSite) -> None:
    """What is published is there again."""
    with studio_site.client("editor") as client:
        client.post(f"{URL}/draft", data=opened(client) | {"rubric.title": "Other"}, headers=HX)
        revision = opened(client)["revision"]
        answer = client.post(f"{URL}/draft/discard", data={"revision": revision}, follow_redirects=False)
        title = opened(client)["rubric.title"]
    assert (answer.status_code, title) == (303, "Skills and experience")


def test_preview_shows_the_prompt_by_its_origins(studio_site: StudioSite) -> None:
    """Each part says where it comes from, what it takes and what it costs, and the legend names all."""
    with studio_site.client("editor") as client:
        page = client.post(f"{URL}/preview", data=opened(client), headers=HX).text
    for words in (
        "The pack's own words",
        "CV: experience",
        "Job description",
        "Rubric",
        "tokens",
        "the offline rater asks no model",
    ):
        assert words.replace("'", "&#39;") in page


def test_preview_follows_what_is_typed_and_saves_nothing(studio_site: StudioSite) -> None:
    """The preview is of the page, not of the draft."""
    with studio_site.client("editor") as client:
        fields = opened(client)
        typed = fields | {"system.jinja": "Look at the hands first.\n" + fields["system.jinja"]}
        page = client.post(f"{URL}/preview", data=typed, headers=HX).text
        assert opened(client)["system.jinja"] == fields["system.jinja"]
    assert "Look at the hands first." in page


def test_preview_tells_an_unknown_name_at_its_line(studio_site: StudioSite) -> None:
    """The text editor gets file, line and message; the person reads what was meant."""
    with studio_site.client("editor") as client:
        fields = opened(client)
        typed = fields | {"user.jinja": "{{ claim | fence('claims') }}\n" + fields["user.jinja"]}
        page = client.post(f"{URL}/preview", data=typed, headers=HX).text
    assert "claim is not known; did you mean claims?" in page
    assert re.search(r"data-diagnostics='\[\{\"file\": \"user.jinja\", \"line\": 1,", page)


def test_preview_without_scripts_is_a_whole_page(studio_site: StudioSite) -> None:
    """The page is drawn with what was typed, and the preview in it."""
    with studio_site.client("editor") as client:
        page = client.get(f"{URL}?show=preview&sample=shipped:sales-german-strong").text
    assert "Brennecke" in page
    assert "Length and cost" in page
    assert "which cost nothing: the offline rater asks no model" in page


def test_preview_of_a_pasted_request_tells_problems_by_field(studio_site: StudioSite) -> None:
    """What is wrong with a pasted request is told with its place."""
    with studio_site.client("editor") as client:
        typed = opened(client) | {"sample": "pasted", "pasted": '{"job": {"description": 3}}'}
        page = client.post(f"{URL}/preview", data=typed, headers=HX).text
    assert "/job/description: must be text." in page
    assert "/candidate_parsed_cv: required, and not there." in page


def test_preview_shows_hostile_text_as_text(studio_site: StudioSite) -> None:
    """Script, template code and unseen characters of a request stand on the page as what they are."""
    hostile = "<script>alert(1)</script> {{ 7*7 }} ab\u202ecd"
    request = f'{{"job": {{"description": "{hostile}"}}, "candidate_parsed_cv": {{"raw": "{hostile}"}}}}'
    with studio_site.client("editor") as client:
        typed = opened(client) | {"sample": "pasted", "pasted": request}
        page = client.post(f"{URL}/preview", data=typed, headers=HX).text
    assert "(script)alert(1)(/script) {{ 7*7 }} abcd" in page
    assert "<script>alert" not in page
    assert "\u202e" not in page


def test_draft_with_hostile_text_shows_as_text(studio_site: StudioSite) -> None:
    """What an editor writes does not run in the next one's page."""
    hostile = "</textarea><script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    with studio_site.client("editor") as client:
        fields = opened(client) | {
            "rubric.title": hostile,
            "criteria.0.title": hostile,
            "system.jinja": hostile,
        }
        client.post(f"{URL}/draft", data=fields, headers=HX)
        page = client.get(f"{URL}?show=preview").text
    assert "<script>alert" not in page
    assert "<img" not in page
    assert fields_of(page)["system.jinja"] == hostile


def test_viewer_reads_what_is_published_and_changes_nothing(studio_site: StudioSite) -> None:
    """Criteria, texts and the preview are there; no field is."""
    with studio_site.client("viewer") as client:
        page = client.get(URL).text
        refused = client.post(f"{URL}/preview", data={}).status_code
    assert "Experience with this job" in page
    assert "Length and cost" in page
    assert 'name="pack.toml"' not in page
    assert refused == 403


def test_unknown_pack_is_not_there(studio_site: StudioSite) -> None:
    """A name that no pack has is told as such."""
    with studio_site.client("editor") as client:
        assert client.get("/studio/packs/nobody").status_code == 404
        assert client.post("/studio/packs/nobody/draft", data={}).status_code == 404
