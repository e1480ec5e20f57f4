"""The kinds of what can be redacted, in a list: one more is one more entry. May import siblings."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from evaluator.redaction import labelled
from evaluator.redaction.addresses import streets
from evaluator.redaction.births import births
from evaluator.redaction.contacts import Span, emails, links, phones
from evaluator.redaction.hobbies import hobbies, hobby
from evaluator.redaction.numbers import number, numbers
from evaluator.redaction.origins import nationalities, nationality
from evaluator.redaction.photos import photo, photos
from evaluator.redaction.postcodes import postcode, postcodes
from evaluator.redaction.pronouns import gender, pronouns
from evaluator.redaction.schools import graduations, school, schools
from evaluator.redaction.unlabelled import names


@dataclass(frozen=True, slots=True)
class Kind:
    """Something that tells who a person is.

    `by_form` finds it wherever it stands, `behind_label` where a field announces it; the labels are those
    that `labels.toml` has under `name`. With `everywhere`, what was found so is found again without it.
    Several entries of one name have a placeholder each, and the first has the labels.
    """

    name: str
    placeholder: str
    behind_label: labelled.Reads | None
    by_form: Callable[[str], Iterable[Span]] | None = None
    everywhere: bool = False


KINDS: tuple[Kind, ...] = (
    Kind("photo", "[photo]", photo, photos),
    Kind("email", "[e-mail]", labelled.email, emails),
    Kind("link", "[link]", labelled.link, links),
    Kind("number", "[number]", number, numbers),
    Kind("phone", "[phone]", labelled.phone, phones),
    Kind("address", "[address]", labelled.address, streets),
    Kind("birth", "[date of birth]", labelled.birth, births),
    Kind("name", "[name]", labelled.name, everywhere=True),
    Kind("names", "[name]", None, names, everywhere=True),
    Kind("pronouns", "[pronoun]", gender, pronouns),
    Kind("schools", "[school]", school, schools),
    Kind("schools", "[year]", None, graduations),
    Kind("nationality", "[nationality]", nationality, nationalities),
    Kind("hobbies", "[hobby]", hobby, hobbies),
    Kind("postcode", "[postcode]", postcode, postcodes),
)
"""All kinds; where two find the same place, the longer one counts, of equals the earlier here."""

USUAL = frozenset(("email", "link", "phone", "address", "birth", "number", "photo", "name"))
"""The names of the kinds that are taken out where nobody chooses."""


def kinds_of(names: Iterable[str]) -> tuple[Kind, ...]:
    """Return the kinds of these names; with names that have no label those that have one."""
    wanted = set(names)
    wanted |= {"name"} if "names" in wanted else set()
    return tuple(kind for kind in KINDS if kind.name in wanted)
