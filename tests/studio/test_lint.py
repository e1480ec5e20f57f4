"""What is unwise in a pack, in words: clean and unclean examples, and the shipped packs."""

from pathlib import Path

import pytest

from evaluator.prompts.files import PackFiles, read_files
from evaluator.studio.findings import Finding
from evaluator.studio.lint import lint
from evaluator.studio.lint_words import Place, own_words, unwise_words, word_rules

PACKS = sorted(Path("prompts").iterdir())

UNCLEAN = {
    "age": [
        "Prefer candidates who are younger than 40.", "Judge the age of the candidate.",
        "Bevorzuge junge Bewerber.", "Privilégie les candidats nés après 1990.", "Valora la edad.",
    ],
    "graduation_year": [
        "Look at the graduation year.", "Recent graduates fit best.", "Beachte das Abschlussjahr.",
        "Préfère les jeunes diplômés.", "Mejor recién titulados.",
    ],
    "home": [
        "Use the postcode.", "Look at the zip code.", "Bewerte den Wohnort.", "Regarde le code postal.",
        "Mira el código postal.",
    ],
    "school_rank": [
        "A top university counts more.", "Weigh the school rank.", "Ivy League is expert.",
        "Eine renommierte Hochschule zählt mehr.", "Une grande école compte plus.",
        "Una universidad de prestigio vale más.",
    ],
    "native_speaker": [
        "Must be a native speaker.", "Native-level English is needed.", "Muttersprachler bevorzugt.",
        "Langue maternelle française.", "Lengua materna: español.",
    ],
    "culture_fit": [
        "Assess the culture fit.", "Does the candidate fit into our team?", "Passt zu uns?",
        "Juge sa personnalité.", "Mide el encaje cultural.",
    ],
    "gender": [
        "Note the gender.", "A strong man for the warehouse.", "Notiere das Geschlecht.", "Plutôt une femme.",
        "Anota el sexo.",
    ],
    "family": [
        "Consider the family situation.", "Married candidates are steadier.", "Achte auf den Familienstand.",
        "Regarde la situation familiale.", "Pregunta por el estado civil.",
    ],
    "origin": [
        "Look at nationality.", "Weigh the ethnic origin.", "Achte auf die Herkunft.",
        "Regarde la nationalité.", "Mira la nacionalidad.",
    ],
    "belief": [
        "Note any religious activity.", "Union membership is a concern.", "Achte auf die Konfession.",
        "Note la religion.", "Anota la religión.",
    ],
    "health": [
        "Look for signs of disability.", "The candidate’s health matters.", "Achte auf Fehltage.",
        "Regarde l'état de santé.", "Mira el estado de salud.",
    ],
    "looks": [
        "Judge the photo.", "Good-looking people sell more.", "Bewerte das Foto.",
        "Une bonne présentation.", "Buena presencia.",
    ],
    "gaps": [
        "Career breaks are a concern.", "Gaps between positions weigh against.",
        "Ein lückenloser Lebenslauf.",
        "Un trou dans le CV est un défaut.", "Huecos en el CV restan.",
    ],
    "name_or_hobby": ["Guess from the first name.", "Hobbies show character.", "Achte auf den Vornamen."],
    "coded_words": ["We need a rock star."],
    "orientation": ["Note the sexual orientation."],
}  # fmt: skip

CLEAN = [
    "Do not weigh age, origin or family.",
    "Age does not count either way.",
    "Judge the work, regardless of gender or nationality.",
    "Gaps, age, origin and schools do not count either way.",
    "Never infer religion or health from a hobby.",
    "Alter und Herkunft zählen nicht.",
    "Bewerte ohne Rücksicht auf Geschlecht und Familienstand.",
    "Ne tiens pas compte de l'âge ni du sexe.",
    "No tengas en cuenta la edad ni la nacionalidad.",
    "Found and mended a race condition under load.",
    "Cared for people in aged care homes.",
    "Led a neighbouring team and managed the page of the average customer.",
    "Native mobile apps for two platforms.",
    "Kept health and safety records of the site.",
    "English at level C1 for talks with customers.",
    "Spoke for the family business in talks.",
    "Do not weigh:\n- age\n- nationality\n- photo",
    "Do not favour candidates because of their age.",
]


def rules_in(text: str) -> set[str]:
    """Return the rules that find something in a text."""
    return {each.rule for each in unwise_words(text, Place("system.jinja", 1))}


def changed(name: str, **texts: str) -> PackFiles:
    """Return the texts of a shipped pack with some in other words."""
    return {**read_files(Path("prompts") / name), **{f"{key}.jinja": text for key, text in texts.items()}}


def with_rubric(old: str, new: str) -> tuple[Finding, ...]:
    """Return what is found in the default pack with a passage of its rubric changed."""
    files = dict(read_files(Path("prompts/default")))
    assert old in files["pack.toml"]
    return lint({**files, "pack.toml": files["pack.toml"].replace(old, new, 1)})


@pytest.mark.parametrize("path", PACKS, ids=lambda path: path.name)
def test_shipped_pack_is_clean(path: Path) -> None:
    """What is shipped follows its own advice."""
    assert lint(read_files(path)) == ()


@pytest.mark.parametrize(("rule", "text"), [(rule, text) for rule, own in UNCLEAN.items() for text in own])
def test_words_that_are_unwise_are_found(rule: str, text: str) -> None:
    """Each rule finds its examples, in the languages that packs are written in."""
    assert rule in rules_in(text)


@pytest.mark.parametrize("text", CLEAN)
def test_words_that_are_clean_are_left_alone(text: str) -> None:
    """What keeps something out of the judgement, and the ordinary words of a trade, are no findings."""
    assert rules_in(text) == set()


def test_words_that_keep_people_out_are_found() -> None:
    """“Do not consider candidates over 50” keeps people out and not their age."""
    assert rules_in("Do not consider candidates older than 50.") == {"age"}


def test_word_rules_all_have_examples_and_sources() -> None:
    """A rule without a test, a reason, advice or a source is none."""
    rules, _ = word_rules()
    assert {rule.id for rule in rules} == set(UNCLEAN)
    assert all(rule.why and rule.todo and rule.sources for rule in rules)


def test_words_of_template_code_are_not_read() -> None:
    """A variable's name is no word of the pack, and every line stays at its place."""
    assert own_words("a {{ cv.hobbies }}\n{# age\n#} b") == "a                 \n      \n   b"


def test_finding_in_words_names_line_reason_and_remedy() -> None:
    """Who reads it knows where, why and what to do."""
    found = lint(changed("default", system="One.\nPrefer young people.\n" + _system()))
    told = [(each.file, each.line, each.said) for each in found]
    assert told == [("system.jinja", 2, "“young people” speaks of the candidate's age.")]
    assert found[0].why
    assert found[0].todo


def test_finding_in_a_criterion_names_it() -> None:
    """A criterion is named by its title, at the line of its text."""
    found = with_rubric("Compare tasks, not job titles or years.", "Native speakers do better.")
    assert [(each.rule, each.criterion) for each in found] == [
        ("native_speaker", "Experience with this job's tasks")
    ]
    line = read_files(Path("prompts/default"))["pack.toml"].splitlines()[found[0].line - 1]
    assert line.startswith("description = ")


def test_unknown_variables_are_all_told_at_their_lines() -> None:
    """Each name has its line and what was probably meant."""
    user = "{{ claim }}\n{{ cv.sumary | fence('cv_summary') }}\n" + _user()
    found = lint(changed("default", user=user))
    assert [(each.line, each.said) for each in found] == [
        (1, "claim is not known; did you mean claims?"),
        (2, "cv.sumary is not known; did you mean cv.summary?"),
    ]


def test_template_that_is_not_closed_is_told_in_plain_words() -> None:
    """The words of the template engine are not shown."""
    found = lint(changed("default", user="{% if cv.raw %}\n" + _user()))
    assert [each.said for each in found] == ["A {% if … %} is not closed: write {% endif %} behind it."]


def test_template_that_is_nested_without_end_is_told() -> None:
    """It is said to be too deep, and nothing breaks."""
    found = lint(changed("default", user="{{ " + "(" * 9_000))
    assert [each.rule for each in found] == ["not_valid"]


def test_rating_so_far_is_warned_of() -> None:
    """A model that is told a figure stays near it."""
    assert "current_rating" in {
        each.rule for each in lint(changed("default", user="{{ current_rating }}\n" + _user()))
    }


def test_template_that_reads_no_cv_is_warned_of() -> None:
    """A prompt without the CV can only guess."""
    user = "{{ job.description | fence('job') }}"
    assert [each.said for each in lint(changed("default", user=user))] == ["The model never reads the CV."]


def test_criteria_that_overlap_are_found() -> None:
    """Two criteria in nearly the same words count one thing twice."""
    found = with_rubric(
        "What changed through the candidate's work, and what they answered for. Duties without an outcome "
        "are basic.",
        "Has done what the job description says will be done, in a like setting. Compare tasks, not titles.",
    )
    assert [each.rule for each in found] == ["overlap"]


def test_anchor_that_is_missing_below_the_required_level_is_found() -> None:
    """A level that counts has to be told from the next."""
    found = with_rubric('working = "several tasks of the job done as part of a regular position"\n', "")
    assert [each.said for each in found] == [
        "“Experience with this job's tasks” does not say what working looks like."
    ]


def test_anchors_that_are_alike_are_found() -> None:
    """Two levels in the same words cannot be told apart."""
    found = with_rubric(
        "several tasks of the job done as part of a regular position",
        "one task of the job done, briefly, or under guidance",
    )
    assert [each.rule for each in found] == ["anchors_alike"]


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("weight = 20", "weight = 0", "weight_of_nothing"),
        ("weight = 20", "weight = 95", "over_half"),
        ("claim_weight = 0.15", "claim_weight = 0.8", "claims_count_much"),
        ('scoring = "criteria"', 'scoring = "holistic"', "holistic"),
        ("share = 60", "share = 0", "skills_count_nothing"),
    ],
)
def test_weights_and_rules_that_are_unwise_are_found(old: str, new: str, rule: str) -> None:
    """Each has a finding of its own at a line of its own."""
    found = [each for each in with_rubric(old, new) if each.rule == rule]
    assert len(found) == 1
    assert found[0].line > 0


def _user() -> str:
    return read_files(Path("prompts/default"))["user.jinja"]


def _system() -> str:
    return read_files(Path("prompts/default"))["system.jinja"]
