"""`workbench mirror add`, `pull`, `list` and `sweep`: the mirror of a project from the command line."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from flask import current_app

from workbench.people import queries as people
from workbench.people.rules import Permission
from workbench.projects import queries as projects
from workbench.tools.queries import choices as tool_choices
from workbench.trials import rules
from workbench.trials.actions import mirror as sources
from workbench.trials.actions import pulls
from workbench.trials.commands.saying import GivenFile
from workbench.trials.queries import mirror as queries

if TYPE_CHECKING:
    from workbench.people.models import Person
    from workbench.projects.models import Project
    from workbench.trials.queries.mirror import SourceLine

_FILE = GivenFile()
_BY = click.option("--by", "email", default="", help="Who does it; needed where several persons may run trials there.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def mirror() -> None:
    """Receive copies of a project's live tools. Nothing is written to a tool."""


@mirror.command("add")
@click.argument("project")
@click.argument("name")
@click.option("--connector", required=True, help="csv, spreadsheet, json, parquet, hand, sql or rest.")
@click.option("--settings", "settings_file", type=_FILE, help="A TOML file; see docs/formats/connection.md and rest.md.")
@click.option("--title", default="", help="What people call the source.")
@click.option("--tool", default="", help="The tool of the project whose data these are, by its name.")
@_BY
def add(project: str, name: str, connector: str, settings_file: Path | None, title: str, tool: str, email: str) -> None:
    """Add source NAME to the mirror of PROJECT. Nothing is read yet."""
    found = _project(project)
    by = _person(found, email)
    made = sources.add_source(
        project=found, name=name, title=title, connector=connector, settings=_settings(settings_file), by=by,
        tool_id=_tool(found, tool),
    )
    click.echo(f"added: {made.name}, at /projects/{found.key}/sandbox/mirror/{made.name}")


@mirror.command("pull")
@click.argument("project")
@click.argument("name")
@click.option("--file", "files", multiple=True, metavar="[TABLE=]FILE",
              help="An export to receive; once for each. Without a table its name is that of the file, without the month.")
@click.option("--accept-columns", default="", metavar="REASON", help="The columns changed on purpose: take them as they come.")
@_BY
def pull(project: str, name: str, files: tuple[str, ...], accept_columns: str, email: str) -> None:
    """Receive source NAME of PROJECT now: through its connection, or from the files given."""
    found = _project(project)
    by, source, settings = _person(found, email), queries.source(found.id, name), current_app.extensions["ninefold"]
    if source is None:
        known = ", ".join(each.source.name for each in queries.sources(found.id)) or "none"
        raise click.ClickException(f"{found.key} has no source {name}; there are: {known}")
    tables = list(queries.tables(source))
    brought: list[pulls.Arrived | None] = [_arrived(one, tables) for one in files]
    for arrived in brought or [None]:
        done = pulls.pull_now(
            source=source, home=settings.home, keys=settings.keys, by=by, arrived=arrived,
            accepts_columns=bool(accept_columns), reason=accept_columns,
        )
        line = queries.pull_line(source.id, done.number)
        for one in line.snapshots if line else ():
            click.echo(f"{one.table_name}: {one.row_count} rows, {one.refused_count} refused, {len(one.columns)} columns, "
                       f"content {one.content_sha256}")
        click.echo(f"reading {done.number}: source {done.source_before} before, {done.source_after or 'not read again'} after; "
                   f"{_asked(rules.verbs(done.requests))}")


@mirror.command("list")
@click.argument("project")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def list_(project: str, form: str) -> None:
    """The sources of PROJECT with their newest snapshots."""
    found = _project(project)
    lines = queries.sources(found.id)
    if form == "json":
        click.echo(json.dumps({"project": found.key, "sources": [_as_json(each) for each in lines]}, ensure_ascii=False, indent=2))
        return
    for each in lines:
        pulled = f"reading {each.pull.number} of {each.pull.pulled_at:%Y-%m-%d %H:%M}, live " + (
            queries.live_state(each.pull).replace("_", " ")) if each.pull else "nothing received yet"
        click.echo(f"{each.source.name}  {each.source.connector}  {each.source.title}  {pulled}")
        for one in each.snapshots:
            click.echo(f"  {one.table_name}  {one.row_count} rows  {one.content_sha256[:12]}")


@mirror.command("sweep")
def sweep() -> None:
    """Remove the snapshots whose time is over. The server does it by itself once a day."""
    gone = pulls.sweep_snapshots(home=current_app.extensions["ninefold"].home)
    click.echo(f"removed: {gone} snapshot{'' if gone == 1 else 's'}")


def _project(key: str) -> Project:
    found = projects.project_with_key(key)
    if found is None:
        raise click.ClickException(f"There is no project {key}.")
    return found


def _person(project: Project, email: str) -> Person:
    """Who does it: the one named, else the only one who may run trials in this project."""
    able = []
    for person in people.active_persons():
        rights = people.rights_on(person, project.key)
        if rights is not None and rights.may(Permission.TRIAL_RUN):
            able.append(person)
    named = [person for person in able if person.email == email.strip().lower()] if email else able
    if len(named) == 1:
        return named[0]
    if email:
        raise click.ClickException(f"Nobody with the address {email} may run trials in {project.key}.")
    names = ", ".join(str(person.email) for person in able) or "nobody"
    raise click.ClickException(f"Say with --by who does it. Who may run trials in {project.key}: {names}")


def _settings(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{path.name}: not a TOML file: {error}") from error


def _tool(project: Project, name: str) -> int | None:
    if not name:
        return None
    known = {title.casefold(): (number, title) for number, title in tool_choices(project.id)}
    if name.casefold() not in known:
        names = ", ".join(title for _number, title in known.values()) or "none"
        raise click.ClickException(f"{project.key} has no tool {name} in scope; there are: {names}")
    return known[name.casefold()][0]


def _arrived(given: str, tables: list[str]) -> pulls.Arrived:
    table, mark, rest = given.partition("=")
    path = Path(rest if mark and not Path(given).is_file() else given)
    if not path.is_file():
        raise click.ClickException(f"{path}: there is no such file")
    named = table if mark and str(path) == rest else rules.table_name(path.name, tables)
    return pulls.Arrived(path, rules.file_name(path.name), named)


def _asked(verbs: dict[str, int]) -> str:
    return ", ".join(f"{count} {verb}" for verb, count in verbs.items()) or "a file"


def _as_json(line: SourceLine) -> dict[str, Any]:
    pulled = line.pull
    return {
        "name": line.source.name, "title": line.source.title, "connector": line.source.connector,
        "tool": line.tool.name if line.tool else None,
        "reading": None if pulled is None else {
            "number": pulled.number, "at": pulled.pulled_at.isoformat(), "before": pulled.source_before,
            "after": pulled.source_after, "live": queries.live_state(pulled), "verbs": rules.verbs(pulled.requests),
        },
        "tables": {
            one.table_name: {"rows": one.row_count, "refused": one.refused_count, "columns": one.columns, "masked": one.masked,
                             "content_sha256": one.content_sha256}
            for one in line.snapshots
        },
    }
