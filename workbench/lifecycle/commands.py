"""`workbench lifecycle`: where a project stands and whether a gate would pass, as text or JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click
from flask_babel import force_locale
from flask_babel import gettext as _

from workbench import clock
from workbench.config import LANGUAGES
from workbench.lifecycle.gates import as_json, gate_of
from workbench.lifecycle.steps import STEPS
from workbench.projects.queries import project_with_key
from workbench.projects.rules import ProjectState

if TYPE_CHECKING:
    from workbench.projects.models import Project

_language = click.option("--language", type=click.Choice(LANGUAGES), default="en", help="Language of the reasons.")


class NotKnown(click.ClickException):
    """A project or a step that is not there: not the same as a gate that would not pass."""

    exit_code = 2


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def lifecycle() -> None:
    """The nine steps of a project."""


@lifecycle.command()
@click.argument("project")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="How to print it.")
@_language
def show(project: str, form: str, language: str) -> None:
    """Print each step with its state and what its gate still needs."""
    found = _project(project)
    with force_locale(language):
        steps = as_json(project_id=found.id, key=found.key, on=clock.today(), language=language)
    if form == "json":
        click.echo(json.dumps(steps, ensure_ascii=False, indent=1))
        return
    for step in steps["steps"]:
        conditions = step["gate"]["conditions"]
        missing = [each for each in conditions if each["mandatory"] and each["result"] == "fail"]
        click.echo(f"{step['number']} {step['key']:<12} {step['state']:<9} pass {step['pass']}  missing {len(missing)}")
        for each in conditions:
            asked = "" if each["mandatory"] else " (recommended)"
            reason = f"  {each['reason']}" if each["reason"] else ""
            click.echo(f"    {each['result']:<14} {each['key']}{asked}{reason}")


@lifecycle.command()
@click.argument("project")
@click.argument("step")
@_language
def check(project: str, step: str, language: str) -> None:
    """Exit 0 only where the gate of STEP (1 to 9, or its key) would pass now; else print what is missing and exit 1."""
    found, number = _project(project), _number(step)
    with force_locale(language):
        gate = gate_of(project_id=found.id, key=found.key, step=number, on=clock.today(), language=language)
        missing = [f"{each.name}  {each.label.rstrip('.')}: {each.reason}" for each in gate.missing]
        if found.state == ProjectState.STOPPED:
            missing.insert(0, _("The project is stopped; no gate of it is decided any more."))
    for each in missing:
        click.echo(each)
    if missing:
        raise SystemExit(1)
    click.echo(f"{found.key}: gate {number} would pass")


def _project(key: str) -> Project:
    found = project_with_key(key)
    if found is None:
        raise NotKnown(f"There is no project {key}; keys look like INV-1.")
    return found


def _number(step: str) -> int:
    """The number of a step named by its number or its key."""
    numbers = {name: each.number for each in STEPS for name in (str(each.number), each.key)}
    if step not in numbers:
        raise NotKnown(f"There is no step {step}; name 1 to 9, or {', '.join(each.key for each in STEPS)}.")
    return numbers[step]
