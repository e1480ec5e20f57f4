"""Writes docs/configuration.md from `evaluator.settings`, or checks that it is current.

python -m tools.configuration_page            writes the page
python -m tools.configuration_page --check    exits 1 where it is not current; writes nothing
"""

from pathlib import Path

import click

from evaluator.settings import STAND_INS, Settings, variable

PAGE = Path(__file__).parent.parent / "docs" / "configuration.md"
"""The generated page."""

_HEAD = """\
<!-- Generated from evaluator/settings/settings.py by `make docs`; change it there. -->

# Configuration

The service is set up by environment variables alone; `.env` files are not read. A variable that is
empty counts as not set. A wrong value stops the command with the variable's name and what is expected.
`serve` warns of variables that begin with `EVALUATOR_` and are no setting.

Beyond loopback `serve` starts only with `EVALUATOR_WEBHOOK_TOKEN` set, so that nobody else can post
candidates, and with `EVALUATOR_MODEL_BASE_URL` set, so that nobody is rated by word matching because a
variable was forgotten.

| variable | default | meaning |
|---|---|---|
"""

_STAND_INS_HEAD = """
## Variables of the OpenAI client

These are taken where ours is not set. `make demo`, `make test` and `make bench` take neither.

| variable | stands in for |
|---|---|
"""


def page() -> str:
    """Return the page's whole text."""
    rows = [_row(name, str(field.description)) for name, field in Settings.model_fields.items()]
    stand_ins = [f"| `{theirs}` | `{ours}` |\n" for ours, theirs in STAND_INS.items()]
    return "".join([_HEAD, *rows, _STAND_INS_HEAD, *stand_ins])


def split_default(description: str) -> tuple[str, str]:
    """Part a setting's docstring into its meaning and the default that its last sentence gives."""
    meaning, _, default = " ".join(description.split()).rpartition(" Default: ")
    return meaning, default.removesuffix(".")


def _row(name: str, description: str) -> str:
    meaning, default = split_default(description)
    return f"| `{variable(name)}` | {default} | {meaning} |\n"


@click.command()
@click.option("--check", is_flag=True, help="Exit 1 where the page is not current; write nothing.")
def main(*, check: bool) -> None:
    """Write docs/configuration.md from the settings."""
    if not check:
        PAGE.write_text(page(), encoding="utf-8")
    elif not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != page():
        raise click.ClickException("docs/configuration.md is not current; run `make docs`")


if __name__ == "__main__":
    main()
