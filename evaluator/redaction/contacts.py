"""E-mail addresses, links and phone numbers, known by their form.

Every pattern looks at no more than a bounded stretch from each place where it may begin, or begins at no
place within what it has passed, so that the time taken grows with the text and no faster. May import
nothing of the package.
"""

import re
from collections.abc import Iterator

Span = tuple[int, int]
"""Characters `[start, end)` of a text."""

# E-mail

_HOST = r"[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}"
_AT = r"[\[({<][ ]?(?:at|AT|@|arroba|ät|chez)[ ]?[\])}>]"
_DOT = r"(?:\.|[ ]?[\[({<][ ]?(?:dot|DOT|punkt|point|punto)[ ]?[\])}>][ ]?)"
_SAID_DOT = r"[ ](?:dot|DOT|Dot|punkt|PUNKT|Punkt|point|punto)[ ]"
_EMAIL = re.compile(
    rf"(?<![\w.+%-])(?:mailto:)?[\w.+%'-]++(?:"
    rf"[ ]?(?:@|＠|%40)[ ]?{_HOST}"
    rf"|[ ]?{_AT}[ ]?[\w-]{{1,63}}(?:{_DOT}[\w-]{{1,63}}){{1,6}}"
    rf"|[ ](?:at|AT|arroba)[ ][\w-]{{1,63}}(?:{_SAID_DOT}[\w-]{{1,63}}){{1,6}}"
    r")"
)
_MARK = re.compile(rf"@|＠|%40|{_AT}|{_SAID_DOT}")
"""What every such address holds; most texts hold none of it, and are passed at a glance."""

_APART = re.compile(r"[^\W_]+ [@＠] ")
"""A word without sign before an @ that stands alone: "Engineer @ Booking.com" is no address."""


def emails(text: str) -> Iterator[Span]:
    """Yield the e-mail addresses, also those written against collectors, as `jane (at) example (dot) org`."""
    for match in _EMAIL.finditer(text) if _MARK.search(text) else ():
        if not _APART.match(match[0]):
            yield match.span()


# Links

_STARTS = re.compile(r"://|[wW]{3}\.(?=\w)")
_SCHEME = re.compile(r"(?<![A-Za-z])(?:https?|ftp)\Z", re.IGNORECASE)
_REST = re.compile(r"[^\s<>\"|]+")
_DOMAINS = (
    "com|org|net|info|eu|io|dev|me|app|ai|tech|page|blog|site|online|xyz|co|uk|us|ca|au|ie|de|at|ch|fr|be|lu|es"
    "|cat|eus|gal|mx|ar|cl|it|nl|pt|pl|se|no|dk|fi|cz|in|name|bio|link|codes"
)
_BARE = re.compile(
    rf"(?<![\w@./-])(?:[A-Za-z0-9][A-Za-z0-9-]{{0,62}}\.){{1,4}}(?:{_DOMAINS})(?![\w-]|\.\w)(?:/[^\s<>\"|]*)?"
)
_DOTTED = re.compile(rf"\.(?:{_DOMAINS})(?![\w-])")
_HOSTS = """
    asp.net ado.net vb.net ml.net socket.io draw.io booking.com amazon.com monday.com salesforce.com fast.ai
    crates.io github.com gitlab.com linkedin.com xing.com bitbucket.org stackoverflow.com kaggle.com
    medium.com dev.to npmjs.com docs.rs readthedocs.io wikipedia.org
"""
_NO_PERSONS = frozenset(_HOSTS.split())
"""Hosts, and technologies that look like one, that stand for no person unless a path follows."""

_TRAILING = ".,;:!?'”’»"


def links(text: str) -> Iterator[Span]:
    """Yield web addresses, and host names that may be a person's own; `Node.js` and `Booking.com` stay."""
    yield from _web_addresses(text)
    yield from (match.span(1) for match in _HANDLE.finditer(text)) if "@" in text else ()
    for match in _BARE.finditer(text) if _DOTTED.search(text) else ():
        host, _, path = match[0].partition("/")
        if path or host.count(".") > 1 or (host.islower() and host not in _NO_PERSONS):
            yield match.start(), _trimmed(text, *match.span())


_HANDLE = re.compile(
    r"(?<!\w)(?:[Tt]elegram|TG|[Ii]nstagram|[Tt]witter|X[ ]?(?=[:(])"
    r"|[Mm]astodon|[Ss]kype|[Ss]ignal|[Ss]napchat|[Tt]hreads|[Tt]ik[Tt]ok)"
    r"[ ]?(?:[-–—:(|/][ ]?)?(@[A-Za-z]\w{2,31}(?:\.\w{1,31})?(?:@[\w.-]{3,60}\w)?)"
)


def _web_addresses(text: str) -> Iterator[Span]:
    """Yield what has a scheme or begins with `www.`; none begins within the one before."""
    end = 0
    for mark in _STARTS.finditer(text):
        if mark.start() < end:
            continue
        scheme = _SCHEME.search(text[max(end, mark.start() - 6) : mark.start()]) if mark[0] == "://" else None
        rest = _REST.match(text, mark.start())
        if rest is not None and (scheme is not None or mark[0] != "://"):
            end = rest.end()
            yield mark.start() - (len(scheme[0]) if scheme else 0), _trimmed(text, *rest.span())


def _trimmed(text: str, start: int, end: int) -> int:
    """Return the end of a link without the marks of the sentence around it."""
    while end > start and (
        text[end - 1] in _TRAILING or (text[end - 1] in ")]}" and not _is_opened(text, start, end))
    ):
        end -= 1
    return end


def _is_opened(text: str, start: int, end: int) -> bool:
    opening = {")": "(", "]": "[", "}": "{"}[text[end - 1]]
    return text.find(opening, start, min(end, start + 300)) >= 0


# Phone numbers

_GAP = r"[ \t./()–-]{0,3}"
_NO_DATE = r"(?!\(?\d{1,2}[./-](?:\d{1,2}[./-])?(?:19|20)\d\d(?!\d))"
_NO_AMOUNT = r"(?![\w]|[.,]\d|[ ]?[€$£%²³°]|[ ]?(?:EUR|CHF|USD|GBP|euros?|Euro)\b)"
_PHONE = re.compile(
    rf"(?<!\w)(?<!\d[.,/–-])(?<![€$£]){_NO_DATE}(?:"
    rf"\(?(?:\+|00)[ ]?[1-9](?:{_GAP}\d){{6,13}}"
    rf"|\(?0[1-9](?:{_GAP}\d){{6,11}}"
    r"|(?:1[ .-])?(?:\([2-9]\d\d\)[ ]?|[2-9]\d\d[ .-])[2-9]\d\d[ .-]\d{4}"
    r"|[2-9]\d\d[2-9]\d{6}"
    r"|[6-9]\d\d([ .-])\d{3}\1\d{3}"
    r"|[6-9]\d\d([ .-])\d\d\2\d\d\2\d\d"
    r"|[67]\d{5}(?!000)\d{3}"
    rf")(?:[ ]?(?:x|ext\.?)[ ]?\d{{1,6}})?{_NO_AMOUNT}"
)


def phones(text: str) -> Iterator[Span]:
    """Yield phone numbers: with + or 00, with a leading 0, or grouped as in North America and Spain."""
    for match in _PHONE.finditer(text):
        if not match[0].endswith(("000 000", "000.000", "000-000")):
            yield match.span()
