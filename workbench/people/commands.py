"""`workbench person`: add somebody from the command line."""

from __future__ import annotations

import sys

import click

from workbench.people import actions
from workbench.people.rules import Role
from workbench.trail.rules import SYSTEM
from workbench.web.refusals import BadValue


@click.group()
def person() -> None:
    """Persons who can sign in."""


@person.command()
@click.option("--name", required=True, help="The name as printed on decisions and reports.")
@click.option("--email", required=True, help="The address they sign in with.")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]), help="The access role.")
def add(name: str, email: str, role: str) -> None:
    """Add a person; the password is asked for, or read from standard input."""
    if sys.stdin.isatty():
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    try:
        made = actions.add_person(name=name, email=email, password=password, role=Role(role), by=SYSTEM)
    except BadValue as refusal:
        raise click.ClickException(f"{refusal.field}: {refusal.message}") from refusal
    click.echo(f"{made.name} <{made.email}> can sign in as {made.role.replace('_', ' ')}.")
