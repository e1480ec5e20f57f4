"""`integration_config` as it is read: what a form may send, and what is refused by name."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.contract.config import ExtraCriterion, IntegrationConfig, Redact
from evaluator.contract.decode import read_model
from evaluator.errors import InvalidRequest

FIELDS = sorted(IntegrationConfig.model_fields)


@pytest.mark.parametrize("value", [None, "", "  "])
@pytest.mark.parametrize("name", FIELDS)
def test_field_that_holds_nothing_counts_as_left_out(name: str, value: Any) -> None:
    """Null and blank text give the default, for every field: a form sends what was not filled in so."""
    assert read_model(IntegrationConfig, {name: value}) == IntegrationConfig()


@pytest.mark.parametrize("name", sorted(set(ExtraCriterion.model_fields) - {"title"}))
def test_field_of_a_criterion_that_holds_nothing_counts_as_left_out(name: str) -> None:
    """The same holds within a criterion of the team's own."""
    read = read_model(IntegrationConfig, {"criteria": [{"title": "Sea legs", name: None}]})

    assert read.criteria == [ExtraCriterion(title="Sea legs")]


@given(st.sets(st.sampled_from(FIELDS)))
def test_nulls_leave_the_other_fields_alone(names: set[str]) -> None:
    """Whichever fields are null, the others are read."""
    values: dict[str, Any] = {
        "language": "de",
        "samples": 3,
        "must_have": ["python"],
        "weights": {"python": 30},
    }
    read = read_model(IntegrationConfig, {**values, **dict.fromkeys(names)}).model_dump()
    expected = {**IntegrationConfig().model_dump(), **values}

    assert read == {
        name: IntegrationConfig().model_dump()[name] if name in names else expected[name] for name in read
    }


@pytest.mark.parametrize(
    ("config", "pointer"),
    [
        ({"mode": "later"}, "/mode"),
        ({"prompt": "../etc"}, "/prompt"),
        ({"prompt": "x" * 65}, "/prompt"),
        ({"language": "Deutsch!"}, "/language"),
        ({"language": "en" + "-abcdefgh" * 9}, "/language"),
        ({"language": 5}, "/language"),
        ({"criteria": {"title": "One"}}, "/criteria"),
        ({"criteria": [None]}, "/criteria/0"),
        ({"criteria": [{}]}, "/criteria/0/title"),
        ({"criteria": [{"title": "   "}]}, "/criteria/0/title"),
        ({"criteria": [{"title": "Sea", "weight": 101}]}, "/criteria/0/weight"),
        ({"criteria": [{"title": "Sea", "weight": True}]}, "/criteria/0/weight"),
        ({"criteria": [{"title": "Sea", "required_level": "none"}]}, "/criteria/0/required_level"),
        ({"criteria": [{"title": "Sea", "wieght": 1}]}, "/criteria/0/wieght"),
        ({"criteria": [{"title": f"Number {n}"} for n in range(11)]}, "/criteria"),
        ({"must_have": "python"}, "/must_have"),
        ({"must_have": [None]}, "/must_have/0"),
        ({"weights": {"python": -1}}, "/weights/python"),
        ({"weights": {"c/c++": "much"}}, "/weights/c~1c++"),
        ({"weights": [1]}, "/weights"),
        ({"samples": 0}, "/samples"),
        ({"samples": 6}, "/samples"),
        ({"samples": True}, "/samples"),
        ({"samples": 1.5}, "/samples"),
        ({"instructions": "x" * 4_001}, "/instructions"),
        ({"must_have": ["x" * 201]}, "/must_have/0"),
        ({"comment_style": "long"}, "/comment_style"),
        ({"retention_days": -1}, "/retention_days"),
        ({"retention_days": False}, "/retention_days"),
        ({"team": {}}, "/team"),
        ({"redact": ["fotos"]}, "/redact"),
        ({"redact": {"fotos": True}}, "/redact"),
        ({"redact": "photo"}, "/redact"),
        ({"redact": {"photo": "yes"}}, "/redact/photo"),
        ({"opt_out_field": 3}, "/opt_out_field"),
    ],
)
def test_wrong_value_is_refused_by_name(config: dict[str, Any], pointer: str) -> None:
    """The problem names the field and what is expected there, and does not repeat the value."""
    with pytest.raises(InvalidRequest) as caught:
        read_model(IntegrationConfig, config)

    assert [problem.pointer for problem in caught.value.problems] == [pointer]
    assert "Deutsch" not in str(caught.value)


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("en_US", "en-US"),
        ("pt-BR", "pt-BR"),
        ("zh_Hans_CN", "zh-Hans-CN"),
        ("es-419", "es-419"),
        ("DE", "DE"),
    ],
)
def test_language_is_read_with_hyphens(sent: str, read: str) -> None:
    """Systems write a locale with underscores; that is the same tag."""
    assert read_model(IntegrationConfig, {"language": sent}).language == read


@pytest.mark.parametrize(
    "tag", ["english", "en-US-posix-now", "de-ignore-the-rules", "e", "en-", "-", "en US"]
)
def test_language_that_is_no_tag_is_refused_in_words(tag: str) -> None:
    """What stands in the prompt outside every fence is language, script and region, and nothing else."""
    with pytest.raises(InvalidRequest) as caught:
        read_model(IntegrationConfig, {"language": tag})

    (problem,) = caught.value.problems
    assert problem.message == "must be a language tag, such as en, de or pt-BR"


@pytest.mark.parametrize("name", ["First Screen", "../etc", "-x", "x" * 65])
def test_prompt_that_is_no_name_is_refused_in_words(name: str) -> None:
    """The message says what a pack's name looks like, with an example, and shows no pattern."""
    with pytest.raises(InvalidRequest) as caught:
        read_model(IntegrationConfig, {"prompt": name})

    (problem,) = caught.value.problems
    assert problem.message == (
        "must be the name of a prompt pack: "
        "up to 64 lower-case letters, digits and hyphens, such as first-screen"
    )


def test_unknown_fields_are_kept() -> None:
    """Templates can use what the form has beside the known fields, null or not."""
    read = read_model(IntegrationConfig, {"tone": {"formal": True}, "further": None})

    assert read.model_extra == {"tone": {"formal": True}, "further": None}


def test_texts_are_stripped() -> None:
    """White space around a value is a slip of the form's user."""
    read = read_model(IntegrationConfig, {"language": " de ", "must_have": [" python "], "team": "\tBlue\n"})

    assert (read.language, read.must_have, read.team) == ("de", ["python"], "Blue")


def test_several_wrong_values_are_told_together() -> None:
    """One answer names every field that is wrong."""
    with pytest.raises(InvalidRequest) as caught:
        read_model(IntegrationConfig, {"samples": 9, "mode": "x", "language": "de"})

    assert {problem.pointer for problem in caught.value.problems} == {"/samples", "/mode"}


@pytest.mark.parametrize("value", [[], "text", 5])
def test_config_that_is_no_object_is_refused(value: Any) -> None:
    """Anything but an object is named as such."""
    with pytest.raises(InvalidRequest, match="must be an object"):
        read_model(IntegrationConfig, value)


def test_unknown_kind_of_redaction_is_refused_with_those_that_there_are() -> None:
    """A team reads what it can write."""
    with pytest.raises(InvalidRequest, match=r"email, link, phone, .*hobbies, postcode"):
        read_model(IntegrationConfig, {"redact": {"shoes": True}})


@pytest.mark.parametrize(
    ("redact", "kinds"),
    [
        (["email", " photo "], {"email", "photo"}),
        ([], set()),
        ({"email": False, "schools": True}, Redact().kinds - {"email"} | {"schools"}),
        ({"email": None}, Redact().kinds),
    ],
)
def test_redaction_is_a_list_or_single_choices(redact: Any, kinds: set[str]) -> None:
    """A list is all that is taken out; what an object leaves out is as usual."""
    assert read_model(IntegrationConfig, {"redact": redact}).redact.kinds == kinds
