"""The kinds of what can be redacted, in a list: one more is one more entry. May import siblings."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from evaluator.redaction import labelled
from evaluator.redaction.addresses import streets
from evaluator.redaction.births import births
from evaluator.redaction.contacts import Span, emails, links, phones


@dataclass(frozen=True, slots=True)
class Kind:
    """Something that tells who a person is.

    `by_form` finds it wherever it stands, `behind_label` where a field announces it; the labels are those
    that `labels.toml` has under `name`. With `everywhere`, what a field told is found again without it.
    """

    name: str
    placeholder: str
    behind_label: labelled.Reads
    by_form: Callable[[str], Iterable[Span]] | None = None
    everywhere: bool = False


KINDS: tuple[Kind, ...] = (
    Kind("email", "[e-mail]", labelled.email, emails),
    Kind("link", "[link]", labelled.link, links),
    Kind("phone", "[phone]", labelled.phone, phones),
    Kind("address", "[address]", labelled.address, streets),
    Kind("birth", "[date of birth]", labelled.birth, births),
    Kind("name", "[name]", labelled.name, everywhere=True),
)
"""All kinds; where two find the same place, the longer one counts."""
