"""How the studio's pages tell a time. May import nothing of the package."""

from datetime import UTC, datetime

from markupsafe import Markup


def when(at: float | None) -> Markup:
    """Return epoch seconds as HTML, `2026-11-24 18:47 UTC`; a dash where there is no time."""
    if at is None:
        return Markup("–")
    moment = datetime.fromtimestamp(at, UTC)
    return Markup('<time datetime="{}">{:%Y-%m-%d %H:%M} UTC</time>').format(
        moment.isoformat(timespec="seconds"), moment
    )
