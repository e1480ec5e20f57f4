"""Loading packs: a whole one loads, and of a broken one the file and the line are named."""

import re
from pathlib import Path

import pytest

from evaluator.errors import PackError
from evaluator.prompts.packs import SHARES, Budget, ModelParameters, anchors_of, load_pack, load_packs
from evaluator.prompts.toml_lines import line_of
from evaluator.prompts.view import PARTS
from evaluator.rubric import Level
from tests.fakes.prompting import TOML, make_pack, write_pack


def test_pack_holds_settings_templates_and_the_parts_they_use(tmp_path: Path) -> None:
    """A pack that is whole loads with everything that its files say."""
    pack = make_pack(tmp_path)

    assert (pack.name, pack.path, pack.settings.title) == ("sample", tmp_path / "sample", "Sample")
    assert [(each.id, each.weight) for each in pack.settings.criteria] == [("care", 40.0), ("speed", 60.0)]
    assert pack.parts == PARTS.keys() - {
        "cv_hobbies",
        "cv_education",
        "step_prompt",
        "team_instructions",
        "job_prompt",
    }


@pytest.mark.parametrize("name", ["pack.toml", "system.jinja", "user.jinja"])
def test_hash_is_that_of_every_file(tmp_path: Path, name: str) -> None:
    """Any change of a file changes the pack's hash; line ends and a byte-order mark do not."""
    path = write_pack(tmp_path)
    before, text = load_pack(path).hash, (path / name).read_text()
    (path / name).write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    same = load_pack(path).hash
    (path / name).write_text(text + "{# changed #}" if name != "pack.toml" else text + "# changed")

    assert before == same
    assert before != load_pack(path).hash


def test_every_folder_with_a_file_of_a_pack_is_loaded(tmp_path: Path) -> None:
    """Packs are known by their folder's name; other folders and files beside them are passed over."""
    for name in ("default", "second-one"):
        write_pack(tmp_path, name=name)
    (tmp_path / "notes").mkdir()
    (tmp_path / "README.md").write_text("about packs")

    assert list(load_packs(tmp_path)) == ["default", "second-one"]


CARE = TOML.index("[[criteria]]")
BROKEN = {
    "syntax": (TOML.replace("weight = 40", "weight = = 40"), 6, "not valid TOML"),
    "syntax at the end": (TOML + 'open = "', 24, "not valid TOML"),
    "unknown key": (
        TOML.replace("weight = 40", "weight = 40\nwieght = 3"),
        7,
        "/criteria/0/wieght: not known here",
    ),
    "unknown table": (TOML + "[modell]\n", 24, "/modell: not known here"),
    "number as text": (
        TOML.replace("weight = 60", 'weight = "60"'),
        15,
        "/criteria/1/weight: must be a number",
    ),
    "text as number": (TOML.replace('"Speed"', "5"), 14, "/criteria/1/title: must be text"),
    "truth as text": (
        TOML.replace("weight = 60", 'weight = 60\nmust_have = "yes"'),
        16,
        "must be true or false",
    ),
    "whole number as fraction": (
        TOML.replace("tokens = 1000", "tokens = 1000.5"),
        23,
        "must be a whole number",
    ),
    "not a number": (TOML.replace("weight = 60", "weight = nan"), 15, "/criteria/1/weight"),
    "too large": (TOML.replace("weight = 60", "weight = 101"), 15, "less than or equal to 100"),
    "missing key": (TOML.replace("weight = 60\n", ""), 12, "/criteria/1/weight: required, and not there"),
    "missing title": (TOML.replace('title = "Sample"', ""), 1, "/title: required, and not there"),
    "no criteria": ('title = "Sample"\n', 1, "/criteria: required, and not there"),
    "empty criteria": ('title = "Sample"\n\ncriteria = []\n', 3, "/criteria: "),
    "unknown scoring": ('scoring = "vibes"\n' + TOML, 1, "/scoring: "),
    "unknown level": (TOML.replace('slow"', 'slow"\ngood = "well"'), 20, "/criteria/1/anchors/good"),
    "unknown required level": (TOML.replace('"working"', '"none"'), 16, "/criteria/1/required_level"),
    "no anchors": (
        re.sub(r"\[criteria.anchors\]\nbasic = \"slow\"\nworking = \"fast\"\n", "", TOML),
        12,
        "anchors",
    ),
    "one anchor": (TOML.replace('basic = "slow"\n', ""), 18, "/criteria/1/anchors"),
    "anchor of the required level": (
        TOML.replace('strong = "always"', 'expert = "x y"'),
        3,
        "what strong looks like",
    ),
    "empty anchor": (TOML.replace('"slow"', '""'), 19, "/criteria/1/anchors/basic"),
    "missing skill anchors": (
        'title = "x y"\n[skills]\nanchors = { basic = "some" }\n' + TOML[CARE:],
        2,
        "working, strong",
    ),
    "double id": (TOML.replace('"speed"', '"care"'), 13, "two criteria have the id care"),
    "id of a skill": (TOML.replace('"speed"', '"skill_python"'), 13, "must not begin with skill_"),
    "id in capitals": (TOML.replace('"speed"', '"Speed"'), 13, "/criteria/1/id"),
    "no weight at all": (
        'title = "Sample"\nskills.share = 0\n' + re.sub(r"weight = \d+", "weight = 0", TOML[CARE:]),
        6,
        "all weights are 0",
    ),
    "unknown part to cut": (TOML + 'cut = ["remarks"]\n', 24, "remarks is no part that can be cut"),
    "unknown part's share": (TOML + "[budget.shares]\ncvraw = 0.2\n", 24, "cvraw is no part that can be cut"),
    "share above one": (TOML + "[budget.shares]\ncv_raw = 20\n", 25, "/budget/shares/cv_raw"),
    "model parameter": (TOML + "[model]\ntemperature = 3\n", 25, "/model/temperature"),
}


@pytest.mark.parametrize(("toml", "line", "told"), BROKEN.values(), ids=BROKEN)
def test_broken_settings_are_named_with_their_line(tmp_path: Path, toml: str, line: int, told: str) -> None:
    """Every kind of fault in pack.toml is an error that says what, in which file, and on which line."""
    with pytest.raises(PackError) as caught:
        make_pack(tmp_path, toml=toml)

    assert (caught.value.path.name, caught.value.line) == ("pack.toml", line)
    assert told in str(caught.value)


DEEP = {
    "list": ("pack.toml", {"toml": f"x = {'[' * 5_000}{']' * 5_000}\n{TOML}"}),
    "key": ("pack.toml", {"toml": "a." * 5_000 + f"a = 1\n{TOML}"}),
    "quoted key": ("pack.toml", {"toml": "[" + "'b c' . " * 5_000 + f"a]\n{TOML}"}),
    "brackets": ("user.jinja", {"user": "{{ " + "(" * 5_000}),
    "loops": ("user.jinja", {"user": "{% for a in 'b' %}" * 30 + "{% endfor %}" * 30}),
}


@pytest.mark.parametrize(("file", "given"), DEEP.values(), ids=DEEP)
def test_file_that_is_nested_without_end_is_named(tmp_path: Path, file: str, given: dict[str, str]) -> None:
    """It breaks nothing that reads packs: it does not load, as any other that is wrong."""
    with pytest.raises(PackError, match="nested too deep") as caught:
        make_pack(tmp_path, **given)

    assert caught.value.path.name == file


def test_line_is_found_beside_a_long_run_of_spaces() -> None:
    """A text of a few thousand spaces does not hold up whoever looks for a line in it."""
    spaces = " " * 20_000
    assert line_of(f'a = """\n{spaces}\n[ {spaces}\n"""\n\t b\t=1\n', ("b",)) == 5


@pytest.mark.parametrize("name", ["pack.toml", "system.jinja", "user.jinja"])
def test_missing_file_is_named(tmp_path: Path, name: str) -> None:
    """A pack without one of its files does not load, and is not passed over either."""
    (write_pack(tmp_path) / name).unlink()

    with pytest.raises(PackError, match=rf"sample/{name}: the pack lacks this file"):
        load_packs(tmp_path)


def test_file_in_another_encoding_is_named(tmp_path: Path) -> None:
    """A file that is not UTF-8 is named with the byte, not shown as a traceback."""
    (write_pack(tmp_path) / "user.jinja").write_bytes("{# größer #}".encode("latin-1"))

    with pytest.raises(PackError, match=r"user\.jinja: must be UTF-8; byte 5 is not"):
        load_packs(tmp_path)


def test_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """A folder in a file's place is named."""
    path = write_pack(tmp_path)
    (path / "user.jinja").unlink()
    (path / "user.jinja").mkdir()

    with pytest.raises(PackError, match=r"user\.jinja: cannot be read: Is a directory"):
        load_packs(tmp_path)


@pytest.mark.parametrize("name", ["Default", "my pack", "_draft", "x" * 65])
def test_folder_with_another_kind_of_name_is_refused(tmp_path: Path, name: str) -> None:
    """A pack that a team could not name in its settings does not load."""
    write_pack(tmp_path, name=name)

    with pytest.raises(PackError, match="lower-case letters, digits and hyphens"):
        load_packs(tmp_path)


def test_folder_without_packs_is_refused(tmp_path: Path) -> None:
    """No folder and an empty folder are told apart."""
    with pytest.raises(PackError, match="holds no prompt pack"):
        load_packs(tmp_path)
    with pytest.raises(PackError, match="no such folder of prompt packs"):
        load_packs(tmp_path / "elsewhere")


def test_anchors_are_sorted_by_level() -> None:
    """Anchors come lowest first, in whatever order a pack has them."""
    anchors = anchors_of({"expert": "e", "basic": "b", "none": "n"})

    assert list(anchors.items()) == [(Level.NONE, "n"), (Level.BASIC, "b"), (Level.EXPERT, "e")]


def test_parts_are_cut_in_the_order_of_the_design() -> None:
    """Context goes first, then comments, then the raw CV, and the job last; every part has a share."""
    assert Budget().order == tuple(PARTS)
    assert (*Budget().order[:3], Budget().order[-1]) == ("context", "comments", "cv_raw", "job")
    assert SHARES.keys() == PARTS.keys()


def test_pack_puts_parts_first_and_gives_shares() -> None:
    """What a pack names goes first, the others keep their order, and its share overrides ours."""
    budget = Budget(prompt_tokens=2_000, cut=("form", "cv_raw"), shares={"form": 0.5})

    assert budget.order[:4] == ("form", "cv_raw", "context", "comments")
    assert sorted(budget.order) == sorted(PARTS)
    assert (budget.floor("form"), budget.floor("comments")) == (1_000, 200)


@pytest.mark.parametrize(
    ("settings", "limits"),
    [
        ({}, (2_000, 5_500, 16_000)),
        ({"output_tokens": 500, "output_tokens_per_criterion": 100}, (500, 1_500, 10_500)),
        ({"max_output_tokens": 4_000}, (2_000, 4_000, 4_000)),
    ],
)
def test_limit_of_a_reply_grows_with_its_criteria(settings: dict[str, int], limits: tuple[int, ...]) -> None:
    """Each criterion adds to it, up to the most that the pack allows."""
    parameters = ModelParameters(**settings)

    assert tuple(parameters.output_limit(criteria) for criteria in (0, 10, 100)) == limits


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("title",), 1),
        (("model", "name"), 2),
        (("a", 0), 4),
        (("a", 0, "b", "c"), 6),
        (("a", 1, "b", "c"), 9),
        (("a", 1, "x y"), 10),
        (("a", 1, "missing"), 8),
        (("a", 0, "b", "d", "e"), 5),
        (("unknown",), 1),
        ((), 1),
    ],
)
def test_line_is_that_of_the_value_or_of_what_is_around_it(path: tuple[str | int, ...], line: int) -> None:
    """Lines are found in tables, lists of tables, dotted and quoted keys; what is not there is its table."""
    text = 'title = "t"\nmodel.name = 1\n# a = 1\n[[a]]\n[a.b] # b\nc = 1\n\n[[a]]\nb.c = 2\n"x y" = "z"\n'

    assert line_of(text, path) == line
