"""A pack that is being written: what it holds up, and what it does not."""

import shutil
from pathlib import Path

import pytest

from evaluator.cli.main import run

pytestmark = pytest.mark.usefixtures("log_as_before", "with_a_draft")

FIXTURE = "fixtures/sales-b2b-weak"


@pytest.fixture
def with_a_draft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the shipped packs and a draft that does not load."""
    shutil.copytree("prompts", tmp_path / "packs")
    shutil.copytree("prompts/default", tmp_path / "packs" / "draft")
    (tmp_path / "packs" / "draft" / "user.jinja").write_text("{{ cv.raw }}")
    for name in ("OPENAI_BASE_URL", "OPENAI_API_KEY", "EVALUATOR_MODEL_BASE_URL", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("EVALUATOR_PROMPTS_DIR", str(tmp_path / "packs"))


@pytest.mark.parametrize("words", [["render", FIXTURE, "--prompt", "default"], ["eval", "sales-b2b-weak"]])
def test_other_pack_is_rendered_and_tried_beside_a_broken_draft(words: list[str]) -> None:
    """Only the pack that is asked for has to load."""
    assert run(words) == 0


def test_draft_itself_is_refused_with_file_and_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Asked for by its name, it says what is wrong."""
    assert run(["render", FIXTURE, "--prompt", "draft"]) == 2
    assert "draft/user.jinja:1: text of cv.raw stands outside a fence" in capsys.readouterr().err.replace(
        "\n", ""
    )


def test_unknown_pack_is_refused_with_the_names_of_all(capsys: pytest.CaptureFixture[str]) -> None:
    """The draft is named too: it is there."""
    assert run(["render", FIXTURE, "--prompt", "drafts"]) == 2
    assert "default, draft, engineering, first-screen" in capsys.readouterr().err


def test_service_does_not_start_beside_a_broken_draft(capsys: pytest.CaptureFixture[str]) -> None:
    """A team could name it at any moment."""
    assert run(["serve", "--port", "0"]) == 2
    assert "text of cv.raw stands outside a fence" in capsys.readouterr().err.replace("\n", " ")
