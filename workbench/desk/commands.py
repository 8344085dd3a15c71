"""`workbench routes`: every address with its verbs and the permission it needs."""

from __future__ import annotations

import click
from flask import current_app
from werkzeug.routing import Rule

from workbench.people.guards import declared

UNSHOWN = {"HEAD", "OPTIONS"}


def described(rule: Rule) -> tuple[str, str, str, str]:
    """One route in words: address, verbs, permission and scope; “none” where no permission is declared."""
    permission, scope = declared(current_app, rule.endpoint)
    verbs = ",".join(sorted((rule.methods or set()) - UNSHOWN))
    return str(rule.rule), verbs, str(permission) if permission is not None else "none", scope or "installation"


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
def routes() -> None:
    """Print every route with its verbs, its permission and where that is asked; exit 1 if one declares none."""
    lines = sorted(described(rule) for rule in current_app.url_map.iter_rules())
    widths = [max(len(line[column]) for line in lines) for column in range(4)]
    for line in lines:
        click.echo("  ".join(part.ljust(width) for part, width in zip(line, widths, strict=True)).rstrip())
    bare = [address for address, _verbs, permission, _scope in lines if permission == "none"]
    if bare:
        raise click.ClickException(f"No permission is declared for: {', '.join(bare)}")
