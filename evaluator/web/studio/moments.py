"""How the studio's pages tell a time. May import nothing of the package."""

from datetime import UTC, datetime

from markupsafe import Markup


def when(at: float | str | None) -> Markup:
    """Return epoch seconds, or ISO 8601 with its zone, as HTML: `2026-11-24 18:47 UTC`, a dash for none."""
    if at is None:
        return Markup("–")
    epoch = datetime.fromisoformat(at).timestamp() if isinstance(at, str) else at
    moment = datetime.fromtimestamp(epoch, UTC)
    return Markup('<time datetime="{}">{:%Y-%m-%d %H:%M} UTC</time>').format(
        moment.isoformat(timespec="seconds"), moment
    )
