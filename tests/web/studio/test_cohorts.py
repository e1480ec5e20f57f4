"""The pages of cohorts."""

import asyncio

import pytest

from evaluator.storage.studio_cases import Said
from evaluator.studio.people import Role
from tests.fakes.stores import finished
from tests.fakes.studio import StudioSite, studio_site
from tests.web.studio.test_evaluations import get, told

__all__ = ["studio_site"]

WHERE = "/studio/cohorts"


def kept(site: StudioSite, *ratings: float | None, cohort: str = "Spring & co") -> None:
    """Keep candidates whom the service rated 70, with the ratings that a person gave."""

    async def keep() -> None:
        for number, rating in enumerate(ratings):
            job = f"job-{number}"
            await finished(site.store, job, candidate_id=f"ann-{number}")
            await site.store.studio_cases.keep(job, cohort, by="Edgar")
            if rating is not None:
                await correct(site, job, rating, cohort)

    asyncio.run(keep())


async def correct(site: StudioSite, job: str, rating: float, cohort: str) -> None:
    """Have a person's rating kept."""
    said = Said(rating, f"because of {rating}")
    await site.store.studio_cases.correct(job, cohort, by="Paula", said=said, also=lambda _: None)


def test_no_cohort_says_how_one_begins(studio_site: StudioSite) -> None:
    """An empty page leads to the evaluations."""
    assert "There is no cohort yet" in get(studio_site, WHERE)


def test_cohorts_are_listed(studio_site: StudioSite) -> None:
    """Each with its size, and how many of it a person has rated."""
    kept(studio_site, 40.0, None)
    page = get(studio_site, WHERE)

    assert 'href="/studio/cohorts/Spring%20%26%20co">Spring &amp; co</a>' in page
    assert "2 candidates, 1 of them rated by a person." in told(page)


def test_members_stand_beside_a_persons_rating(studio_site: StudioSite) -> None:
    """Those first about whom both differ most; those without a rating last."""
    kept(studio_site, 65.0, None, 90.0)
    page = told(get(studio_site, f"{WHERE}/Spring%20%26%20co"))
    rows = ["ann-2 90 70 −20 because of 90.0", "ann-0 65 70 +5 because of 65.0", "ann-1 – 70 –"]

    assert [page.index(row) for row in rows] == sorted(page.index(row) for row in rows)


def test_cohort_is_made_once(studio_site: StudioSite) -> None:
    """A name that is taken is told, and what was typed stays."""
    with studio_site.client("editor") as client:
        first = client.post(WHERE, data={"name": " Spring "})
        second = client.post(WHERE, data={"name": "Spring"})

    assert (first.status_code, first.headers["location"]) == (303, f"{WHERE}/Spring")
    assert (second.status_code, "There is a cohort “Spring” already" in told(second.text)) == (422, True)


@pytest.mark.parametrize("name", ["", "../packs", "a/b", ".", "x" * 61, "a\u202eb"])
def test_name_that_is_none_is_refused(studio_site: StudioSite, name: str) -> None:
    """A name becomes a part of an address."""
    with studio_site.client("editor") as client:
        answer = client.post(WHERE, data={"name": name})

    assert (answer.status_code, "A cohort's name should begin" in told(answer.text)) == (
        422,
        True,
    )


def test_candidate_is_taken_out_and_cohort_deleted(studio_site: StudioSite) -> None:
    """What no cohort holds is gone."""
    kept(studio_site, 40.0, None)
    cases = studio_site.store.studio_cases
    with studio_site.client("editor") as client:
        address = f"{WHERE}/Spring%20%26%20co"
        out = client.post(f"{address}/remove", data={"case": cases.case_id("job-0")})
        left = asyncio.run(cases.members("Spring & co"))
        gone = client.post(f"{address}/delete")

    assert (out.headers["location"], gone.headers["location"]) == (address, WHERE)
    assert [each.candidate for each in left] == ["ann-1"]
    assert asyncio.run(cases.cohorts()) == ()


def test_unknown_cohort_is_not_found(studio_site: StudioSite) -> None:
    """One that was deleted has no page."""
    with studio_site.client("viewer") as client:
        assert client.get(f"{WHERE}/none").status_code == 404


@pytest.mark.parametrize("path", ["", "/Spring/remove", "/Spring/delete"])
def test_viewer_changes_no_cohort(studio_site: StudioSite, path: str) -> None:
    """Cohorts are kept by editors."""
    with studio_site.client("viewer") as client:
        assert client.post(f"{WHERE}{path}", data={"name": "Spring"}).status_code == 403


def test_page_offers_changes_to_editors_alone(studio_site: StudioSite) -> None:
    """A viewer sees who is in it."""
    kept(studio_site, 40.0)
    roles: tuple[Role, ...] = ("viewer", "editor")
    pages = [get(studio_site, f"{WHERE}/Spring%20%26%20co", role) for role in roles]

    assert [("Take out" in page, 'id="delete"' in page) for page in pages] == [(False, False), (True, True)]
