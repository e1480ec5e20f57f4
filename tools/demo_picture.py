"""Writes `docs/images/demo.svg`: a fixture's answer, as `evaluator send` prints it.

    python -m tools.demo_picture

Runs the real command against a real service, so the picture shows what a person sees.
"""

import io
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import DIMMED_MONOKAI
from rich.text import Text

PICTURE = Path("docs/images/demo.svg")
FIXTURE = "fixtures/engineering-backend-middling"

_WIDTH = 112
_FONT = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
_LINE = 20
_CHARACTER = 8.4
_SVG = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" \
aria-label="A rated candidate, as the command line prints it">
<rect width="{width}" height="{height}" rx="8" fill="#1b1f27"/>
<g font-family="{font}" font-size="14" fill="#d7dce5" xml:space="preserve">
{lines}
</g>
</svg>
"""


def main() -> None:
    """Serve, send the fixture, and write the picture."""
    command = [sys.executable, "-m", "evaluator", "serve", "--port", "0"]
    with subprocess.Popen(  # noqa: S603 - our own command
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        try:
            announced = server.stdout.readline() if server.stdout else ""
            said = _send(f"{announced.split()[2].rstrip(',')}/webhook/assessment")
        finally:
            server.terminate()
    PICTURE.write_text(picture(said), encoding="utf-8")


def picture(said: str) -> str:
    """Return an SVG of terminal output, wrapped as a terminal does."""
    console = Console(width=_WIDTH, file=io.StringIO(), color_system=None)
    wrapped = Text.from_ansi(said).wrap(console, _WIDTH)
    shown = [line.plain.rstrip() for line in wrapped]
    rows = [
        f'<text x="16" y="{16 + _LINE * number}">{_spans(line, heads=not before)}</text>'
        for number, (before, line) in enumerate(zip(["", *shown], shown, strict=False), 1)
    ]
    size = {"width": round(_WIDTH * _CHARACTER) + 32, "height": _LINE * (len(rows) + 2)}
    return _SVG.format(**size, font=_FONT, lines="\n".join(rows))


def _send(target: str) -> str:
    command = [sys.executable, "-m", "evaluator", "send", FIXTURE, "--to", target]
    said = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - our own command
    return f"$ evaluator send {FIXTURE} --to http://127.0.0.1:8000/webhook/assessment\n{said.stdout.rstrip()}"


def _spans(line: str, *, heads: bool) -> str:
    """Return a line's markup; `heads`: whether an empty line stands before it."""
    text = line.replace("&", "&amp;").replace("<", "&lt;")
    if text.startswith("$ "):
        return f'<tspan fill="{DIMMED_MONOKAI.ansi_colors[4].hex}">{text}</tspan>'
    if heads and len(text) < 40:
        return f'<tspan font-weight="bold" fill="#9ece6a">{text}</tspan>'
    return text


if __name__ == "__main__":
    main()
