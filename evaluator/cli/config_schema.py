"""`evaluator config-schema`: prints the JSON Schema of a team's settings. Imports `contract` alone."""

import json

import click

from evaluator.contract.config_schema import integration_config_schema


@click.command("config-schema")
def command() -> None:
    """Print the JSON Schema of integration_config, from which the marketplace's form is made."""
    click.echo(json.dumps(integration_config_schema(), indent=2, ensure_ascii=False))
