"""`workbench person`: add somebody from the command line."""

from __future__ import annotations

import sys

import click

from workbench.people import actions, queries
from workbench.people.rules import Role
from workbench.trail.rules import SYSTEM
from workbench.web.refusals import BadValue


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def person() -> None:
    """Persons who can sign in."""


@person.command()
@click.option("--name", required=True, help="The name as printed on decisions and reports.")
@click.option("--email", required=True, help="The address they sign in with.")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]), help="The access role.")
def add(name: str, email: str, role: str) -> None:
    """Add a person; the password is asked for, or read from standard input."""
    password = _asked()
    try:
        made = actions.add_person(name=name, email=email, password=password, role=Role(role), by=SYSTEM)
    except BadValue as refusal:
        raise click.ClickException(f"{refusal.field}: {refusal.message}") from refusal
    click.echo(f"{made.name} <{made.email}> can sign in as {made.role.replace('_', ' ')}.")


@person.command()
@click.option("--email", required=True, help="The address they sign in with.")
def password(email: str) -> None:
    """Give a person a new password, asked for or read from standard input; their sessions end."""
    found = queries.person_with_email(email)
    if found is None:
        raise click.ClickException(f"Nobody signs in with {email}.")
    try:
        actions.set_password(person=found, password=_asked(), by=SYSTEM)
    except BadValue as refusal:
        raise click.ClickException(refusal.message) from refusal
    click.echo(f"{found.name} signs in with the new password.")


def _asked() -> str:
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\r\n")
