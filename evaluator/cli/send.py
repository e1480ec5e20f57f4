"""`evaluator send`: acts as SolidATS towards an endpoint."""

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from evaluator.cli.advice import advice
from evaluator.cli.wrapping import fitted
from evaluator.errors import FixtureError
from evaluator.evals.dataset import read_request
from evaluator.settings import load
from evaluator.solidats import Verdict, judge, post

_CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]")


@click.command("send")
@click.argument("fixture", type=click.Path(path_type=Path, exists=True))
@click.option(
    "--to",
    "url",
    required=True,
    metavar="URL",
    help="The webhook, such as http://127.0.0.1:8000/webhook/assessment.",
)
@click.option(
    "--timeout",
    "timeout_s",
    type=click.FloatRange(min=0.1),
    default=150,
    show_default=True,
    help="Seconds to wait for the answer.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON, without the call's secret.")
def command(fixture: Path, url: str, timeout_s: float, as_json: bool) -> int:
    """Send FIXTURE to URL as SolidATS does, check the answer as it would, and print its verdict.

    FIXTURE is a case's folder or a JSON file. The bearer is that of EVALUATOR_WEBHOOK_TOKEN, or else of
    EVALUATOR_SOLIDATS_API_KEY, and the app id that of EVALUATOR_SOLIDATS_APP_ID. Exits with 1 where the
    answer would be rejected, with 2 where none came.
    """
    body, request = read_request(fixture)
    if not isinstance(request, dict):
        raise FixtureError(f"{fixture}: holds no object")
    settings = load()
    token = settings.webhook_token or settings.solidats_api_key
    bearer = token.get_secret_value() if token else None
    response = post(body, url, bearer=bearer, app_id=settings.solidats_app_id, timeout_s=timeout_s)
    verdict = judge(request, response.status_code, response.content)
    if as_json:
        click.echo(json.dumps(_shown(verdict.result), indent=2, ensure_ascii=False))
    else:
        _print(fixture, verdict)
    return 0 if verdict.accepted or verdict.pending else 1


def _print(fixture: Path, verdict: Verdict) -> None:
    click.secho(f"{fixture.name}: ", bold=True, nl=False)
    if verdict.accepted:
        click.secho(f"rating {verdict.result['rating']}", fg="green", bold=True, nl=False)
        click.echo(f", status {verdict.result.get('status')}. SolidATS takes this answer.")
        _say(f"\n{verdict.result.get('comment') or 'No comment.'}\n")
    elif verdict.pending:
        click.echo("202: accepted, the result comes to the callback.")
    else:
        click.secho(f"SolidATS rejects this answer: {'; '.join(verdict.problems)}", fg="red")
        for line in [*_details(verdict.result), f"What to do: {advice(verdict)}"]:
            _say(f"  {line}")


def _details(result: Mapping[str, Any]) -> list[str]:
    """Return what the answer itself says of its failure, a line each."""
    said = [f"{name}: {result[name]}" for name in ("status", "failure_details", "detail") if name in result]
    problems = result.get("problems")
    listed = problems if isinstance(problems, list) else []
    return said + [
        f"{each.get('pointer')}: {each.get('message')}" for each in listed if isinstance(each, dict)
    ]


def _say(text: str) -> None:
    """Print text that came from outside: without what steers a terminal, and wrapped at its width."""
    click.echo(fitted(_CONTROLS.sub(" ", text), sys.stdout))


def _shown(result: Mapping[str, Any]) -> dict[str, Any]:
    """The answer without the call's secret, which belongs into no terminal or log."""
    return {key: "[removed]" if key == "call_secret" else value for key, value in result.items()}
