"""Cutting text into clauses, and words into stems."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.offline.text import MAX_CLAUSE, clauses, stem


@pytest.mark.parametrize(
    "inflections",
    [
        "deploy deploys deployed deploying deployment deployments",
        "ventilated ventilator ventilation ventilating",
        "negotiate negotiated negotiating negotiation negotiations",
        "family families",
        "run runs running",
        "kunde kunden",
        "angebot angebote angeboten angebots",
        "leitung leitungen",
        "migration migrations migraciones",
    ],
)
def test_inflections_share_a_stem(inflections: str) -> None:
    """The inflections of a word have one stem."""
    assert len({stem(word) for word in inflections.split()}) == 1


@pytest.mark.parametrize("name", ["kafka", "aws", "c++", "react", "spring", "java", "html5"])
def test_name_is_its_own_stem(name: str) -> None:
    """Names of tools are left alone."""
    assert name == stem(name)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Led a team. Built it; ran it.", ["Led a team.", "Built it;", "ran it."]),
        ("Umsatz von 1,2 Mio. Euro in ca. 3 Jahren.", ["Umsatz von 1,2 Mio. Euro in ca. 3 Jahren."]),
        (
            "Clerk | May 2019 - June 2021 - Kept the books",
            ["Clerk", "May 2019 - June 2021", "Kept the books"],
        ),
        ("• first point\n- second point", ["first point", "second point"]),
        ("我负责数据库。带领团队！", ["我负责数据库。", "带领团队！"]),
    ],
)
def test_text_is_cut_at_its_marks(text: str, expected: list[str]) -> None:
    """Full stops, semicolons, bars, bullets and line breaks part clauses; abbreviations and dates do not."""
    assert expected == [clause.text for clause in clauses(text)]


def test_clauses_of_a_sentence_share_its_number() -> None:
    """A semicolon parts clauses and not sentences."""
    assert [clause.sentence for clause in clauses("Built it; ran it. Left.")] == [0, 0, 1]


@given(st.text(alphabet=st.sampled_from('ab .;!|-•\n\t…"Ä好。'), max_size=3_000))
def test_clause_is_verbatim_and_short(text: str) -> None:
    """Every clause stands in the text as it is and is bounded in length."""
    found = [clause.text for clause in clauses(text)]

    assert all(each in text and 0 < len(each) <= MAX_CLAUSE for each in found)
