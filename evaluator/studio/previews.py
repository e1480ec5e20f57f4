"""What a draft makes of a sample, as the editor shows it: the prompt in parts, its cost, and what is wrong.

May import `assessment`, `models`, `prompts`, `errors` and `studio` siblings.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

from evaluator.assessment.assessor import ModelChoice
from evaluator.contract.ours import HEURISTIC
from evaluator.contract.request import AssessmentRequest
from evaluator.errors import PackError
from evaluator.models.prices import Price, PriceTable
from evaluator.prompts.files import PackFiles
from evaluator.studio.drawer import BUSY, NotDrawn
from evaluator.studio.drawing_process import TOO_LARGE
from evaluator.studio.findings import Finding
from evaluator.studio.origins import ORIGINS, PACK, Origin, title_of

_FAILED = {
    TOO_LARGE: "This draft makes more text than fits into memory. Shorten what it repeats.",
    BUSY: "Many previews are being made just now. Wait a moment, then change something or press Preview.",
}
_TOO_LONG = "This draft takes too long to write. A loop in it has no end, or goes round too often."

_TAGS = re.compile(r"(?:\s|</?[a-z][a-z0-9_]*>)*")
_BY_ID = {origin.id: origin for origin in ORIGINS}

_WHAT = {
    "instruction": "an instruction to the model", "role": "a line that poses as another speaker",
    "heading": "a heading like the pack's own", "reply": "a reply written beforehand",
    "reasoning": "reasoning written for the model", "authority": "somebody else's authority",
    "hidden": "text that nobody sees", "encoded": "encoded text",
}  # fmt: skip
"""Why a passage is left out, by the kind that detection gives it."""

_WHERE = {
    "cv": "the CV",
    "form": "the application form",
    "comments": "the comments",
    "context": "an earlier assessment",
}


class Draws(Protocol):
    """What draws a draft, as `studio.drawer.Drawer` does."""

    async def draw(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what `studio.drawing.draw` returns; raises NotDrawn."""

    def warm(self) -> None:
        """Get ready."""

    def close(self) -> None:
        """End."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words of a part; `mark` says what they stand for, "" for words as they are."""

    text: str
    mark: str


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a message and where it comes from; `cost_usd` is None where the model has no price."""

    origin: Origin
    title: str
    tokens: int
    cost_usd: float | None
    pieces: tuple[Piece, ...] = field(repr=False)

    @property
    def text(self) -> str:
        """The words of the part."""
        return "".join(piece.text for piece in self.pieces)

    @property
    def is_bare(self) -> bool:
        """Whether it is nothing but the tags around other parts."""
        return self.origin == PACK and _TAGS.fullmatch(self.text) is not None


@dataclass(frozen=True, slots=True)
class Share:
    """What all parts of one origin take together."""

    origin: Origin
    tokens: int
    cost_usd: float | None


@dataclass(frozen=True, slots=True)
class Shown:
    """The prompt that a sample becomes, `system` first, then `user`.

    `cost_usd` is the prompt's, `reply_cost_usd` the longest reply's, for `readings` readings together;
    None where the model has no price. `cuts`: what was shortened, as `prompts.budget.PromptCut`. `left_out`
    and `redacted`: what the model does not see of the candidate, in sentences.
    """

    model: str
    system: tuple[Part, ...]
    user: tuple[Part, ...]
    tokens: int
    budget: int
    cost_usd: float | None
    reply_tokens: int
    reply_cost_usd: float | None
    readings: int
    cuts: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]
    redacted: Mapping[str, int]
    opted_out: bool

    @property
    def is_offline(self) -> bool:
        """Whether no model would be asked, so that nothing is paid."""
        return self.model == HEURISTIC

    @property
    def shares(self) -> tuple[Share, ...]:
        """What each origin takes, in the order of the legend; those that take nothing are left out."""
        parts = (*self.system, *self.user)
        of = {
            origin: [part for part in parts if part.origin == origin and part.text.strip()]
            for origin in ORIGINS
        }
        return tuple(
            Share(origin, sum(each.tokens for each in own), _sum([each.cost_usd for each in own]))
            for origin, own in of.items()
            if own
        )


@dataclass(frozen=True, slots=True)
class Preview:
    """What a draft makes of a sample.

    `shown` is None where it makes no prompt: `findings` or `problem` say why. `examples`: the beginning of
    each variable's value.
    """

    findings: tuple[Finding, ...] = ()
    shown: Shown | None = None
    problem: str = ""
    examples: Mapping[str, str] = field(default_factory=dict)

    @property
    def diagnostics(self) -> list[dict[str, Any]]:
        """What a text editor shows at the lines."""
        return [each.diagnostic for each in self.findings]


class Previews:
    """Draws drafts in a process of limited time and memory. To be closed."""

    def __init__(
        self, drawer: Draws, *, choice: ModelChoice, prices: PriceTable, app_id: str | None = None
    ) -> None:
        """`choice` and `app_id` are those that the service assesses with."""
        self._drawer = drawer
        self._choice = asdict(choice) | {"allowed": sorted(choice.allowed)}
        self._prices = prices
        self._app_id = app_id

    async def preview(self, name: str, files: PackFiles, request: AssessmentRequest | None) -> Preview:
        """Return what the texts of a pack make of a request; without one, what is wrong or unwise in them."""
        sent = request and request.model_copy(update={"call_secret": "-"})
        asked = {
            "name": name,
            "files": dict(files),
            "request": sent and sent.model_dump(mode="json", exclude_unset=True),
            "choice": self._choice,
            "app_id": self._app_id,
        }
        try:
            told = await self._drawer.draw(asked)
        except NotDrawn as error:
            return Preview(problem=_FAILED.get(error.how, _TOO_LONG))
        findings = tuple(Finding(**each | {"sources": tuple(each["sources"])}) for each in told["findings"])
        shown = None if told["shown"] is None else self._shown(told["shown"])
        return Preview(findings, shown, told["problem"], told["examples"])

    async def check(self, name: str, files: PackFiles, request: AssessmentRequest | None = None) -> None:
        """Raise PackError where the texts of a pack, or what they make of `request`, cannot be used."""
        found = await self.preview(name, files, request)
        errors = [each for each in found.findings if each.severity == "error"]
        if errors:
            first = errors[0]
            raise PackError(first.said, path=Path(name) / first.file, line=first.line or None)
        if found.problem:
            raise PackError(found.problem, path=Path(name))

    def warm(self) -> None:
        """Start the process, without waiting for it."""
        self._drawer.warm()

    def close(self) -> None:
        """End the process."""
        self._drawer.close()

    def _shown(self, told: Mapping[str, Any]) -> Shown:
        price = self._prices.price(told["model"])
        messages = {
            each["role"]: tuple(_part(part, price) for part in each["parts"]) for each in told["messages"]
        }
        readings = told["readings"]
        return Shown(
            model=told["model"],
            system=messages["system"],
            user=messages["user"],
            tokens=told["tokens"],
            budget=told["budget"],
            cost_usd=_cost(price, told["tokens"], readings=readings),
            reply_tokens=told["reply_tokens"],
            reply_cost_usd=_cost(price, 0, told["reply_tokens"], readings=readings),
            readings=readings,
            cuts=tuple(map(_cut, told["cuts"])),
            left_out=tuple(dict.fromkeys(map(_left_out, told["left_out"]))),
            redacted=told["redacted"],
            opted_out=told["opted_out"],
        )


def _part(told: Mapping[str, Any], price: Price | None) -> Part:
    origin = _BY_ID[told["origin"]]
    return Part(
        origin=origin,
        title=title_of(told["fence"]) if told["fence"] else origin.title,
        tokens=told["tokens"],
        cost_usd=_cost(price, told["tokens"]),
        pieces=tuple(Piece(text, mark) for text, mark in told["pieces"]),
    )


def _cost(price: Price | None, tokens: int, reply: int = 0, *, readings: int = 1) -> float | None:
    return None if price is None else readings * price.of(tokens, 0, reply)


def _cut(told: Mapping[str, Any]) -> str:
    why = "it stands elsewhere in the prompt" if told["repeated"] else "the prompt would be too long"
    return f"{title_of(told['part'])}: {told['what']} ({told['tokens']:,} tokens), since {why}."


def _left_out(told: Mapping[str, Any]) -> tuple[str, str]:
    """Return why a passage is left out and where, and its words."""
    what, where = _WHAT.get(told["kind"], told["kind"]), _WHERE.get(told["source"], told["source"])
    return f"In {where}: {what}", told["excerpt"]


def _sum(costs: list[float | None]) -> float | None:
    known = [cost for cost in costs if cost is not None]
    return sum(known) if len(known) == len(costs) else None
