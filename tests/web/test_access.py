"""Who may call the webhook."""

import pytest

from evaluator.web.schema import example_request
from tests.fakes.web import PATH, answer, app_over, client_of, connected, posted, serving

TOKEN, KEY, APP = "the-webhook-token", "the-api-key", "app-1"


@pytest.mark.parametrize("path", [PATH, f"{PATH}/whatever"])
def test_webhook_is_open_where_no_secret_is_set(path: str) -> None:
    """Without a secret everyone may call; `serve` then listens on loopback only."""
    with client_of() as client:
        assert client.post(path, json=example_request()).status_code == 200


@pytest.mark.parametrize(
    "authorization", [f"Bearer {TOKEN}", f"bearer {TOKEN}", f"BEARER   {TOKEN} ", f"Bearer {KEY}"]
)
def test_known_bearer_is_let_in(authorization: str) -> None:
    """The webhook's token and the app's API key both open, in each spelling of the scheme."""
    with client_of(token=TOKEN, api_key=KEY) as client:
        response = client.post(PATH, json=example_request(), headers={"authorization": authorization})

    assert response.status_code == 200


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        TOKEN,
        f"Basic {TOKEN}",
        f"Bearer {TOKEN}x",
        f"Bearer {TOKEN[:-1]}",
        "Bearer ключ",
    ],
)
def test_unknown_bearer_is_refused(authorization: str | None) -> None:
    """Whatever is no known bearer gets 401 and the scheme to use."""
    headers = {} if authorization is None else {"authorization": authorization.encode()}
    with client_of(token=TOKEN, api_key=KEY) as client:
        response = client.post(PATH, json=example_request(), headers=headers)

    assert (response.status_code, response.headers["www-authenticate"]) == (401, "Bearer")
    assert TOKEN not in response.text


def test_two_bearers_are_refused() -> None:
    """Where two readers could pick different ones, none is picked."""
    sent = posted(b"{}", authorization=f"Bearer {TOKEN}\r\nauthorization: Bearer other")
    with serving(app_over(token=TOKEN)) as address, connected(address) as connection:
        connection.sendall(sent)

        assert answer(connection)[0] == 401


@pytest.mark.parametrize(("last", "status"), [(TOKEN, 200), (TOKEN + "x", 401), (KEY, 401), ("ключ", 401)])
def test_link_opens_with_the_webhook_token_alone(last: str, status: int) -> None:
    """The token may stand in the URL; the API key may not, since URLs are logged on their way."""
    with client_of(token=TOKEN, api_key=KEY) as client:
        assert client.post(f"{PATH}/{last}", json=example_request()).status_code == status


def test_bearer_opens_whatever_the_link_ends_with() -> None:
    """Either way in is enough."""
    with client_of(token=TOKEN) as client:
        headers = {"authorization": f"Bearer {TOKEN}"}
        assert client.post(f"{PATH}/other", json=example_request(), headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("ours", "sent", "status"),
    [(APP, APP, 200), (APP, None, 200), (APP, "app-2", 403), (APP, "", 403), (None, "app-2", 200)],
)
def test_other_apps_id_is_refused(ours: str | None, sent: str | None, status: int) -> None:
    """An app id that is there and not ours gets 403; without one of our own nothing can be told."""
    headers = {} if sent is None else {"x-solidats-app-id": sent}
    with client_of(app_id=ours) as client:
        assert client.post(PATH, json=example_request(), headers=headers).status_code == status


def test_stranger_is_refused_before_the_app_id_is_looked_at() -> None:
    """Who is not let in does not learn whether the app id is right."""
    with client_of(token=TOKEN, app_id=APP) as client:
        response = client.post(PATH, json=example_request(), headers={"x-solidats-app-id": "app-2"})

    assert response.status_code == 401


@pytest.mark.parametrize(
    "path", ["/health/live", "/health/ready", "/schema", "/integration-config.schema.json"]
)
def test_health_and_schema_need_no_bearer(path: str) -> None:
    """What tells nothing about candidates is open."""
    with client_of(token=TOKEN) as client:
        assert client.get(path).status_code == 200
