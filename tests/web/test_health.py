"""Probes."""

from tests.fakes.web import client_of


def test_live_answers_always() -> None:
    """A process that answers is alive, whatever is not ready."""
    with client_of(not_ready=["no prompt pack is loaded"]) as client:
        response = client.get("/health/live")

    assert (response.status_code, response.json()) == (200, {"status": "ok", "problems": []})


def test_ready_is_200_where_every_part_is() -> None:
    """Nothing missing is ok."""
    with client_of() as client:
        response = client.get("/health/ready")

    assert (response.status_code, response.json()["status"]) == (200, "ok")


def test_ready_is_503_with_what_is_missing() -> None:
    """A part that is not ready is named."""
    with client_of(not_ready=["no prompt pack is loaded"]) as client:
        response = client.get("/health/ready")

    assert response.status_code == 503
    assert response.json() == {"status": "not ready", "problems": ["no prompt pack is loaded"]}
