"""`workbench export` and `workbench import`: a project as one file, out and in."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import click

from workbench.config import Settings
from workbench.terminal import check_place, printable, write_whole

if TYPE_CHECKING:
    from workbench.transfer.rules import Outcome


@click.command("export", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("project")
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The file to write.")
@click.option("--without-files", is_flag=True, help="Leave the bytes of evidence, reports and the sandbox out.")
@click.pass_obj
def export_(settings: Settings, project: str, output: Path, without_files: bool) -> None:
    """Write everything of PROJECT into one JSON file, such as: export INV-1 -o INV-1.json."""
    from workbench.projects.queries import project_with_key  # noqa: PLC0415 - cold start
    from workbench.trail.rules import SYSTEM  # noqa: PLC0415 - cold start
    from workbench.transfer import actions  # noqa: PLC0415 - cold start
    from workbench.web.transactions import commit  # noqa: PLC0415 - cold start

    check_place(output)
    found = project_with_key(project.upper())
    if found is None:
        raise click.ClickException(f"There is no project {project}.")
    data = actions.export_project(
        project=found, home=settings.home, keys=settings.keys, by=SYSTEM, with_files=not without_files, pause=commit
    )
    write_whole(output, data)
    click.echo(f"{output}: {len(data)} bytes, SHA-256 {hashlib.sha256(data).hexdigest()}")


@click.command("import", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("file", metavar="F.json", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--as", "key", metavar="KEY", default="", help="The key the project gets here, where its own is taken.")
@click.option("--dry-run", is_flag=True, help="Only say what would be taken in.")
@click.pass_obj
def import_(settings: Settings, file: Path, key: str, dry_run: bool) -> None:
    """Take in a project from a file that export wrote. All of it or nothing; a refusal names the place in the file."""
    from workbench.trail.rules import SYSTEM  # noqa: PLC0415 - cold start
    from workbench.transfer import actions  # noqa: PLC0415 - cold start
    from workbench.transfer.rules import MOST_BYTES  # noqa: PLC0415 - cold start
    from workbench.web.transactions import commit  # noqa: PLC0415 - cold start

    if file.stat().st_size > MOST_BYTES:
        raise click.ClickException(f"{file} is too large: at most {MOST_BYTES} bytes.")
    done = actions.import_project(data=file.read_bytes(), home=settings.home, by=SYSTEM, key=key, is_dry=dry_run, pause=commit)
    for line in _told(done):
        click.echo(printable(line))


def _told(done: Outcome) -> list[str]:
    """What came of it, a line each."""
    rows = sum(done.rows.values())
    lines = [
        f"{done.key}: {rows} records of {len(done.rows)} kinds, {done.files} files, {done.entries} entries of "
        f"{', '.join(done.logs) or 'no log'}",
        f"file SHA-256 {done.sha256}",
    ]
    lines += [f"person found here: {each}" for each in done.persons_found]
    lines += [f"person added, inactive and without a password: {each}" for each in done.persons_made]
    lines += [f"tool found here: {each}" for each in done.tools_found]
    lines += [f"tool added: {each}" for each in done.tools_made]
    lines += [f"kept as it is here: {each}" for each in done.kept]
    return [*lines, "nothing was written (--dry-run)" if done.is_dry else "taken in"]
