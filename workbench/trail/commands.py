"""`workbench trail`: verify the log, sign a checkpoint."""

from __future__ import annotations

import click

from workbench.config import Settings
from workbench.trail import actions, queries
from workbench.trail.rules import LONGEST_REASON


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def trail() -> None:
    """The audit trail: verify it, sign a checkpoint."""


@trail.command()
@click.pass_obj
def verify(settings: Settings) -> None:
    """Check every entry, checkpoint and pinned record; name the first broken entry and exit 1 if there is one."""
    verdict = queries.verify(settings.keys)
    for fault in verdict.faults:
        click.echo(f"broken: {fault}")
    click.echo(
        f"{verdict.entries} entries, {verdict.rows} pinned records, {verdict.checkpoints} checkpoints; root {verdict.root}"
    )
    if verdict.faults:
        raise click.exceptions.Exit(1)
    click.echo("the trail is whole")


@trail.command()
@click.option("--reason", default="asked for on the command line", help="Why the checkpoint is signed.")
@click.pass_obj
def checkpoint(settings: Settings, reason: str) -> None:
    """Sign the log as it stands and print the note; keep it elsewhere: it proves what the log held today."""
    if len(reason) > LONGEST_REASON:
        raise click.BadParameter(f"at most {LONGEST_REASON} characters", param_hint="--reason")
    click.echo(actions.checkpoint(keys=settings.keys, reason=reason).note, nl=False)
    click.echo(f"key: {actions.signing_key(settings.keys).vkey}")
