"""How numbers and states read in every report. May import nothing of the package."""

NOT_THERE = "–"
"""Stands for a figure that is not known or not defined."""

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
"""What contestants are called beside their labels, in their order."""


def letter(at: int) -> str:
    """Return the letter of the contestant at `at`, counted from 0; a number behind the 26th."""
    return LETTERS[at] if at < len(LETTERS) else str(at + 1)


def rated(rating: float | None) -> str:
    """Return a rating as text, with one decimal where it has any."""
    return "no rating" if rating is None else plain(rating)


def plain(value: float | None, digits: int = 1) -> str:
    """Return a number without zeros behind its decimals."""
    if value is None:
        return NOT_THERE
    text = f"{round(value, digits) + 0.0:,.{digits}f}"  # adding 0 takes the sign from a zero
    return text.rstrip("0").rstrip(".") if "." in text else text


def signed(difference: float | None, digits: int = 1) -> str:
    """Return a difference with its sign, `±0` where there is none."""
    if difference is None:
        return NOT_THERE
    text = plain(abs(difference), digits)
    return "±0" if text == "0" else f"{'+' if difference > 0 else '−'}{text}"


def status_words(status: str) -> str:
    """Return a status without its underscore."""
    return status.replace("_", " ")


def counted(number: int, thing: str) -> str:
    """Return a number with its noun, in the plural where there is more than one or none."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def marks(status_flips: bool, crosses_cut: bool) -> list[str]:
    """Return what flips between two contestants, a word each."""
    return [word for word, holds in (("status", status_flips), ("cut", crosses_cut)) if holds]


def told_range(ends: tuple[float, float] | None) -> str:
    """Return a range with a dash between its ends."""
    return NOT_THERE if ends is None else f"{plain(ends[0])}–{plain(ends[1])}"
