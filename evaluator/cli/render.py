"""`evaluator render`: prints the messages that a fixture becomes."""

import json
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from evaluator.evals.dataset import load_request
from evaluator.prompts.render import Prompt
from evaluator.settings import load
from evaluator.wiring import build


@click.command("render")
@click.argument("fixture", type=click.Path(path_type=Path, exists=True))
@click.option("--prompt", "pack", metavar="PACK", help="The pack; by default the one that the request names.")
@click.option("--json", "as_json", is_flag=True, help="Print messages and counts as JSON.")
def command(fixture: Path, pack: str | None, as_json: bool) -> None:
    """Print the exact messages that FIXTURE becomes, and the tokens of each section.

    FIXTURE is a case's folder or a JSON file. Messages go to standard output, counts to standard error.
    """
    request = load_request(fixture)
    if pack is not None:
        config = request.integration_config.model_copy(update={"prompt": pack})
        request = request.model_copy(update={"integration_config": config})
    assessor = build(load(), every_pack=False).assessor
    prompt = assessor.prompt(assessor.plan(request))
    if as_json:
        click.echo(_as_json(prompt))
        return
    for role, content in (("system", prompt.system), ("user", prompt.user)):
        click.secho(f"──── {role} ────", fg="cyan", bold=True)
        click.echo(f"{content}\n")
    _print_counts(prompt)


def _print_counts(prompt: Prompt) -> None:
    err = Console(stderr=True)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("section")
    table.add_column("tokens", justify="right")
    for name, tokens in prompt.sections:
        table.add_row(name, f"{tokens:,}")
    table.add_row("total", f"{prompt.tokens:,}", style="bold")
    err.print(table)
    err.print(f"budget {prompt.budget:,} tokens, counted with {prompt.encoding}", highlight=False)
    for cut in prompt.cuts:
        err.print(f"left out of {cut.part}: {cut.what} ({cut.tokens:,} tokens)", highlight=False)


def _as_json(prompt: Prompt) -> str:
    messages = [{"role": "system", "content": prompt.system}, {"role": "user", "content": prompt.user}]
    told = {
        "messages": messages,
        "sections": [{"name": name, "tokens": tokens} for name, tokens in prompt.sections],
        "cut": [{"section": cut.part, "what": cut.what, "tokens": cut.tokens} for cut in prompt.cuts],
        "tokens": prompt.tokens,
        "budget": prompt.budget,
        "encoding": prompt.encoding,
    }
    return json.dumps(told, indent=2, ensure_ascii=False)
