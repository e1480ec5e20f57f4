"""The composition root: what it refuses to build."""

import shutil
from pathlib import Path

import pytest

from evaluator.errors import PackError, SettingsError
from evaluator.settings import load
from evaluator.wiring import build


def test_prompts_folder_without_the_default_pack_is_refused(tmp_path: Path) -> None:
    """The first request would fail without it, so the start does."""
    shutil.copytree("prompts/first-screen", tmp_path / "first-screen")

    with pytest.raises(PackError, match="holds no pack named default"):
        build(load({"EVALUATOR_PROMPTS_DIR": str(tmp_path)}))


def test_endpoint_without_a_model_is_refused() -> None:
    """An endpoint needs the name of a model."""
    with pytest.raises(SettingsError, match="EVALUATOR_MODEL_NAME"):
        build(load({"EVALUATOR_MODEL_BASE_URL": "http://127.0.0.1:9/v1"}))
