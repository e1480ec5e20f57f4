"""Signing in to the studio, and out of it."""

from tests.fakes.studio import StudioSite, form_token, studio_site

__all__ = ["studio_site"]


def test_token_opens_the_studio(studio_site: StudioSite) -> None:
    """Whoever has a token is led to the page that they asked for."""
    with studio_site.stranger() as client:
        sent = {"token": "token-of-the-viewer", "csrf": form_token(client), "next": "/studio/cohorts"}
        entered = client.post("/studio/sign-in", data=sent)

    assert (entered.status_code, entered.headers["location"]) == (303, "/studio/cohorts")
