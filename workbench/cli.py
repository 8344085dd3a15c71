"""The `workbench` command: gathers each subject's commands; a command that needs the database gets it here.

Commands are named with the module that holds them and loaded when called, so that `--help` and `reconcile` start fast.
"""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Iterator
from typing import Any

import click

from workbench.config import BadSetting, Settings, read_settings
from workbench.terminal import printable

# name: (module, attribute, what it needs). "database": an app and a commit at the end; "app": an app and no database;
# "settings": those only.
COMMANDS: dict[str, tuple[str, str, str]] = {
    "up": ("workbench.showcase.commands", "up", "settings"),
    "worker": ("workbench.showcase.commands", "worker", "settings"),
    "db": ("workbench.cli", "database", "settings"),
    "demo": ("workbench.showcase.commands", "demo", "settings"),
    "packs": ("workbench.standards.commands", "packs", "database"),
    "checklists": ("workbench.checklists.commands", "checklists", "database"),
    "reconcile": ("workbench.trials.commands.reconcile", "reconcile", ""),
    "offers": ("workbench.trials.commands.offers", "offers", ""),
    "mapping": ("workbench.trials.commands.mapping", "mapping", ""),
    "trial": ("workbench.trials.commands.trial", "trial", ""),
    "mirror": ("workbench.trials.commands.mirror", "mirror", "database"),
    "plan": ("workbench.trials.commands.plan", "plan", ""),
    "report": ("workbench.reports.commands", "report", "database"),
    "oscal": ("workbench.reports.commands", "oscal", "database"),
    "bundle": ("workbench.reports.commands", "bundle", "database"),
    "export": ("workbench.transfer.commands", "export_", "database"),
    "import": ("workbench.transfer.commands", "import_", "database"),
    "trail": ("workbench.trail.commands", "trail", "database"),
    "person": ("workbench.people.commands", "person", "database"),
    "lifecycle": ("workbench.lifecycle.commands", "lifecycle", "database"),
    "review": ("workbench.oversight.commands.reviews", "review", "database"),
    "self-audit": ("workbench.oversight.commands.checks", "self_audit", "database"),
    "routes": ("workbench.desk.commands", "routes", "app"),
}
# A stranger verifies a bundle, stamps it or signs a report, and a writer of packs checks them, without any installation of ours.
FREE = {("bundle", "verify"), ("bundle", "verifier"), ("bundle", "timestamp"), ("report", "sign"), ("packs", "check")}


class Gathered(click.Group):
    """The top group: finds a command's module when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one command; None for a name that is not there."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _needs = COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Give the command what it needs, then run it."""
        name = ctx._protected_args[0] if ctx._protected_args else ""
        needs = COMMANDS.get(name, ("", "", ""))[2]
        if (name, *ctx.args[:1]) in FREE:
            needs = ""
        asks_help = bool({"--help", "-h"} & {*ctx._protected_args, *ctx.args})
        if not needs or asks_help:
            return super().invoke(ctx)
        ctx.obj = settings_or_exit()
        if needs == "settings":
            return super().invoke(ctx)
        with (assembled if needs == "app" else opened)(ctx.obj):
            return super().invoke(ctx)


@contextlib.contextmanager
def assembled(settings: Settings) -> Iterator[None]:
    """An app context, whatever the database holds."""
    from workbench.app import create_app  # noqa: PLC0415 - cold start: --help and reconcile need no web stack

    with create_app(settings).app_context():
        yield


@contextlib.contextmanager
def opened(settings: Settings) -> Iterator[None]:
    """An app context on a checked, migrated database, and one commit at the end; on an error nothing is saved."""
    from workbench.app import create_app  # noqa: PLC0415 - cold start: --help and reconcile need no web stack
    from workbench.database import UnsafeDatabase, check_durability, db, revision_of  # noqa: PLC0415 - cold start
    from workbench.web import refusals, transactions  # noqa: PLC0415 - cold start

    app = create_app(settings)
    with app.app_context():
        try:
            check_durability(db.engine)
            if not revision_of(db.engine):
                raise click.ClickException(f"There is no database in {settings.home} yet. Run: workbench db upgrade")
            yield
            transactions.commit()
        except UnsafeDatabase as error:
            raise click.ClickException(str(error)) from error
        except refusals.BadValue as refusal:
            raise click.ClickException(printable(f"{refusal.field}: {refusal.message}", keeps_lines=True)) from refusal
        except refusals.Refused as refusal:
            lines = [refusal.message, *(f"- {each}" for each in refusal.details)]
            raise click.ClickException("\n".join(map(printable, lines))) from refusal
        finally:
            transactions.rollback()
            db.session.remove()


def settings_or_exit() -> Settings:
    """The settings, or a clear message and exit 1."""
    try:
        return read_settings()
    except BadSetting as error:
        raise click.ClickException(str(error)) from error


@click.group(cls=Gathered, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ninefold", prog_name="workbench")
def main() -> None:
    """Ninefold: take a company through changing its tools, step by step, with the proof kept."""


@click.group("db", context_settings={"help_option_names": ["-h", "--help"]})
def database() -> None:
    """The database: bring it to the shape this version needs."""


@database.command("upgrade")
@click.pass_obj
def upgrade_database(settings: Settings) -> None:
    """Create the database, or bring an older one up to date. Harmless when there is nothing to do."""
    from workbench.app import create_app  # noqa: PLC0415 - cold start
    from workbench.database import check_durability, db, revision_of, upgrade  # noqa: PLC0415 - cold start

    settings.home.mkdir(parents=True, exist_ok=True)
    with create_app(settings).app_context():
        before = revision_of(db.engine)
        upgrade(db.engine)
        check_durability(db.engine)
        after = revision_of(db.engine)
        click.echo(
            f"The database stands at revision {after}"
            + (" already." if before == after else f" (before: {before or 'none'}).")
        )
