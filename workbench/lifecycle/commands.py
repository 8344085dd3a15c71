"""`workbench lifecycle`: where a project stands, as text or JSON."""

from __future__ import annotations

import json

import click
from flask_babel import force_locale

from workbench import clock
from workbench.config import LANGUAGES
from workbench.lifecycle.gates import as_json
from workbench.projects.queries import project_with_key


@click.group()
def lifecycle() -> None:
    """The nine steps of a project."""


@lifecycle.command()
@click.argument("project")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="How to print it.")
@click.option("--language", type=click.Choice(LANGUAGES), default="en", help="Language of the reasons.")
def show(project: str, form: str, language: str) -> None:
    """Print each step with its state and what its gate still needs."""
    found = project_with_key(project)
    if found is None:
        raise click.ClickException(f"There is no project {project}; keys look like INV-1.")
    with force_locale(language):
        steps = as_json(project_id=found.id, key=found.key, on=clock.today(), language=language)
    if form == "json":
        click.echo(json.dumps(steps, ensure_ascii=False, indent=1))
        return
    for step in steps["steps"]:
        missing = [each for each in step["gate"]["conditions"] if each["mandatory"] and each["result"] == "fail"]
        click.echo(f"{step['number']} {step['key']:<12} {step['state']:<9} pass {step['pass']}  missing {len(missing)}")
