"""What the insert menu and completion offer."""

from pathlib import Path

import pytest

from evaluator.prompts.files import read_files
from evaluator.prompts.packs import pack_of
from evaluator.prompts.view import FIELDS, PARTS, VARIABLES
from evaluator.studio.vocabulary import Insert, inserts, vocabulary


@pytest.mark.parametrize("insert", inserts(), ids=lambda insert: insert.name)
def test_insert_can_be_put_into_a_template(insert: Insert) -> None:
    """What the menu writes loads as it stands, says what it holds, and is fenced as it should be."""
    files = dict(read_files(Path("prompts/default")))
    files["user.jinja"] += f"\n{insert.code}\n"
    assert pack_of("default", files)
    assert insert.holds


def test_inserts_hold_every_part_of_a_request() -> None:
    """Nothing that can be shortened is left out of the menu."""
    assert {".".join(place) for place in PARTS.values()} <= {each.name for each in inserts()}


def test_vocabulary_is_that_of_rendering() -> None:
    """Completion offers the variables and fields that checking knows, and the filter for fences."""
    told = vocabulary()
    assert [each["label"] for each in told["variables"]] == list(VARIABLES)
    assert {name: {each["label"] for each in own} for name, own in told["fields"].items()} == {
        name: set(fields) for name, fields in FIELDS.items() if fields
    }
    assert "fence" in told["filters"]
