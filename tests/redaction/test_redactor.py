"""What is taken out of texts and JSON values, and what stays."""

import string
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.redaction.kinds import KINDS, kinds_of
from evaluator.redaction.labels import Labels, labels
from evaluator.redaction.redactor import Redactor


def redacted(text: str) -> str:
    """Return a text with all kinds taken out."""
    value = Redactor().text(text).value
    assert isinstance(value, str)
    return value


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Write to jane.doe+x@mail.example.org, please.", "Write to [e-mail], please."),
        ("jane (at) example (dot) org", "[e-mail]"),
        ("jane AT example DOT org", "[e-mail]"),
        ("Engineer @ Booking.com since 2019", "Engineer @ Booking.com since 2019"),
        ("See https://example.org/~jane?a=(b).", "See [link]."),
        ("(www.example.org/jane)", "([link])"),
        ("linkedin.com/in/jane and gitlab.com CI", "[link] and gitlab.com CI"),
        ("Node.js, ASP.NET, Socket.io, 10.0.0.1", "Node.js, ASP.NET, Socket.io, 10.0.0.1"),
        ("Twitter: @jane, GitHub: jdoe", "Twitter: [link], GitHub: [link]"),
        ("GitHub: Actions, Copilot", "GitHub: Actions, Copilot"),
        ("+49 (0)171 3920012", "[phone]"),
        ("06.39.98.12.34 or (415) 555-0132 x12", "[phone] or [phone]"),
        ("from 01/09/2015 to 30/06/2019", "from 01/09/2015 to 30/06/2019"),
        ("04/2017 - 12/2019", "04/2017 - 12/2019"),
        ("612 345 678 €, +12 500 000 %", "612 345 678 €, +12 500 000 %"),
        ("14 Harbour Lane, Bristol BS1 9ZZ. Nurse", "[address]. Nurse"),
        ("Kastanienallee 103, 10435 Berlin; Platz 2", "[address]; Platz 2"),
        ("Bell ringing, spring 2025", "Bell ringing, spring 2025"),
        ("27 rue des Tilleuls, 69003 Lyon", "[address]"),
        ("Calle de la Palma 18, 28004 Madrid", "[address]"),
        ("geb. am 12.3.1987 in Köln", "geb. am [date of birth] in Köln"),
        ("ich bin 1990 geboren", "ich bin [date of birth] geboren"),
        ("Jo, *12.03.1985 in Köln; *2019*", "Jo, *[date of birth] in Köln; *2019*"),
        ("* 12.03.2020 Start\n* 3. Mai 1979 in Ulm", "* 12.03.2020 Start\n* [date of birth] in Ulm"),
        ("39 years old; it was 20 years old", "[date of birth]; it was 20 years old"),
        ("Passport: P1234567, Licence: Apache 2.0", "Passport: [number], Licence: Apache 2.0"),
        ("DNI 12345678Z, 12345678A", "DNI [number], 12345678A"),
        ("DE89 3704 0044 0532 0130 00, EN60 3704 0044 0532", "[number], EN60 3704 0044 0532"),
        ("policy number 2020. SSN 078-05-1120", "policy number 2020. SSN [number]"),
        ("Telegram @jane_roe, t.me/jane; X @mention", "Telegram [link], [link]; X @mention"),
        ("C/ Mayor 5, 2ºB\nBajo presión", "[address]\nBajo presión"),
        ("Age: 46 | since 2010", "Age: [date of birth] | since 2010"),
        ("j'ai 34 ans et 12 ans de métier", "j'ai [date of birth] et 12 ans de métier"),
        ("Name: Ana de la Cruz Address: 5 Rosemary Close, Norwich", "Name: [name] Address: [address]"),
        ("Company name: Falcon. Name: Jo Falcon", "Company name: [name]. Name: [name]"),
        ("Candidate: CV", "Candidate: CV"),
        ("Address:\nAm Alten Markt 7\n04109 Leipzig\nSkills", "Address:\n[address]\nSkills"),
        ("", ""),
    ],
)
def test_text_keeps_what_tells_of_no_person(text: str, left: str) -> None:
    """What tells who somebody is gets a placeholder; dates, amounts, versions and employers stay."""
    assert redacted(text) == left


def test_text_counts_by_kind() -> None:
    """A report can say what was taken out."""
    counts = Redactor().text("a@example.org, b@example.org, www.example.org/a").counts

    assert counts == {"email": 2, "link": 1}


def test_text_does_not_count_a_placeholder_again() -> None:
    """What was redacted before is not counted as redacted now."""
    assert Redactor().text("Address: [address]\nName: [name]").counts == {}


def test_redactor_of_some_kinds_leaves_the_others() -> None:
    """A team may choose."""
    emails = Redactor([kind for kind in KINDS if kind.name == "email"])

    assert emails.text("a@example.org, www.example.org, Name: Jo Doe").value == (
        "[e-mail], www.example.org, Name: Jo Doe"
    )


def test_value_takes_a_key_for_a_label() -> None:
    """What a form's field announces goes, whatever its shape; what says nothing stays."""
    form = {
        "What is your phone number?": 1711234567,
        "dateOfBirth": "next spring",
        "address": {"street": "by the mill", "lines": ["x", ""], "known": True, "more": None},
        "notice": "2 months",
    }

    assert Redactor().value(form).value == {
        "What is your phone number?": "[phone]",
        "dateOfBirth": "[date of birth]",
        "address": {"street": "[address]", "lines": ["[address]", ""], "known": True, "more": None},
        "notice": "2 months",
    }


def test_value_takes_out_a_labelled_name_wherever_it_stands() -> None:
    """One field tells the name, and the other texts of the same value hold it too."""
    told = {"cv": "Name: Jo Falconer\n…", "note": ["FALCONER, Jo Falconer's pick; Falconers"], "n": 3}

    assert Redactor().value(told).value == {
        "cv": "Name: [name]\n…",
        "note": ["[name]'s pick; Falconers"],
        "n": 3,
    }


def test_value_redacts_keys_and_keeps_them_apart() -> None:
    """A form's key may hold an address; two of them stay two."""
    form = {"a@example.org": 1, "b@example.org": 2, "c@example.org": 3}

    assert Redactor().value(form).value == {"[e-mail]": 1, "[e-mail] 2": 2, "[e-mail] 3": 3}


def test_value_keeps_what_stands_under_a_key_to_keep() -> None:
    """Ids and slugs are matched by others, so they stay."""
    value = {"slug": "jo.example.org/x", "more": [{"slug": "a@example.org"}]}

    assert Redactor().value(value, keep="slug".__eq__).value == value


CHOSEN = {
    "photo": [
        ("See https://example.org/me.JPG?x=1 now", "See [photo] now"),
        ("a diagram.png and .jpg files", "a diagram.png and .jpg files"),
        ("x data:image/png;base64,iVBORw0KGgo= y", "x [photo] y"),
        ("Photo: attached", "Photo: [photo]"),
        ("Foto anbei. Fotografin seit 2010", "[photo]. Fotografin seit 2010"),
    ],
    "names": [
        ("Dr. Oetker asked Mrs. Ana de la Cruz.", "Dr. Oetker asked Mrs. [name]."),
        ("My name is Jo Doe, Jo for short", "My name is [name], Jo for short"),
        ("Best regards\nSenior Engineer", "Best regards\nSenior Engineer"),
        ("Write to jane.doe@example.org. Jane Doe led it.", "Write to jane.doe@example.org. [name] led it."),
        ("M. Sc. Informatik", "M. Sc. Informatik"),
    ],
    "pronouns": [
        ("She told him. They know theirs.", "[pronoun] told [pronoun]. They know theirs."),
        ("Kennen Sie das? sie sind da, sie leitete", "Kennen Sie das? sie sind da, [pronoun] leitete"),
        ("il faut, il y a, il dirige", "il faut, il y a, [pronoun] dirige"),
        ("HER2 and HIS", "HER2 and HIS"),
    ],
    "schools": [
        ("BSc, Leeds University, 2009. Built it in 2012.", "BSc, [school], [year]. Built it in 2012."),
        ("University Hospital, 2012", "University Hospital, 2012"),
        ("TU München 2003-2008", "[school] [year]-[year]"),
    ],
    "nationality": [
        ("I am German. German speaker", "I am [nationality]. German speaker"),
        ("I am German-speaking", "I am German-speaking"),
        ("de nationalité suisse, marché suisse", "de nationalité [nationality], marché suisse"),
    ],
    "hobbies": [
        ("HOBBIES\n- chess\n- judo\n\nWork", "HOBBIES\n- [hobby]\n- [hobby]\n\nWork"),
        ("Interests: chess. Worked", "Interests: [hobby]. Worked"),
    ],
    "postcode": [
        ("10115 Berlin, 20000 Kunden im Jahr", "[postcode] Berlin, 20000 Kunden im Jahr"),
        ("BS1 9ZZ and 59000 Lille", "[postcode] and [postcode] Lille"),
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "text", "left"), [(kind, *pair) for kind, pairs in CHOSEN.items() for pair in pairs]
)
def test_kind_that_is_chosen_is_taken_out(kind: str, text: str, left: str) -> None:
    """Each by its own, among what looks like it and stays."""
    assert Redactor(kinds_of([kind])).text(text).value == left


PIECES = [
    "Ms Doe she",
    "Photo: x.png",
    "MIT, 2009",
    "I am Irish",
    "Hobbies\nx",
    "10115 Berlin",
    "Name: Jo Doe",
    "a@b.org",
    "www.a.org/b",
    "+49 171 3920012",
    "born 1990",
    "1 High Street",
    "\n",
    "; ",
    "x",
]


@given(st.lists(st.one_of(st.sampled_from(PIECES), st.text(string.printable + "éßİ", max_size=8))))
def test_text_redacted_again_is_the_same(pieces: list[str]) -> None:
    """A placeholder is nothing to redact, so an export of an export is that export."""
    once = redacted(" ".join(pieces))
    all_kinds = Redactor(KINDS).text(" ".join(pieces)).value

    assert redacted(once) == once
    assert Redactor(KINDS).text(all_kinds).value == all_kinds


@pytest.mark.parametrize(
    "seed",
    [
        "a",
        "0",
        "@",
        "a@",
        "1 ",
        "x: ",
        "name:\n",
        "www.(",
        "http://",
        "1 A St, ",
        "né ",
        "A",
        "A ",
        "Aa ",
        "data:image/png;base64,",
        "/9j/",
        "<img ",
        "![a](",
        ".png",
        "photo ",
        "Hobbies\n",
        "Hobbies:\n-",
        "sie ",
        "University of ",
        "Institut de ",
        "Universität ",
        "MIT, 2019",
        "German ",
        "I am German and ",
        "12345 Aa ",
        "Kind regards,\n",
        "Herr ",
        "A. ",
        "a.a@b.cc Aa Aa ",
        "In my free time ",
        "2019-",
        "she/",
        "Flat 1 ",
        "GB29 1234 ",
        "AB 12 34 56 ",
        "passport no. A1 ",
        "n° de ",
        "A1/",
        "* ",
        "*12.03.1985",
        "39 years old ",
        "Telegram @a.",
        "Name - Aa ",
        "ático ",
    ],
)
def test_text_of_one_thing_a_hundred_thousand_times_ends(seed: str) -> None:
    """No pattern goes over the text once for each place in it: that would take hours, not moments."""
    text = seed * (200_000 // len(seed))

    assert Redactor(KINDS).text(text).value is not None


def test_labels_of_the_package_are_of_known_kinds() -> None:
    """Each list of labels belongs to a kind, and each kind has one."""
    own = ("E-Mail", "LinkedIn", "Tel.", "Anschrift", "DOB", "prénom", "Photo", "Geschlecht", "Nacionalidad")
    found = {labels().kind_of(key) for key in (*own, "hobbies", "alma mater", "PLZ", "Passport No")}

    assert found == {kind.name for kind in KINDS if kind.behind_label is not None}


@pytest.mark.parametrize("change", [str.upper, str.title, lambda label: label.replace(" ", "-")])
def test_labels_are_found_however_they_are_written(change: Callable[[str], str]) -> None:
    """Capitals and hyphens make no difference, and a bound label needs the beginning of a field."""
    own = Labels({"name": ["^first name"]})

    assert [field.kind for field in own.fields(f"x | {change('first name')}: Jo, Her first name: Jo")] == [
        "name"
    ]
