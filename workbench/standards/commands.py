"""`workbench packs import` and `packs export`: packs in and out of files. The group itself is that of the checklists."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from workbench.checklists.commands import packs as packs
from workbench.checklists.store import PackInvalid

if TYPE_CHECKING:
    from workbench.checklists.library import Pack
    from workbench.people.models import Person
    from workbench.standards.formats.base import Imported
    from workbench.standards.queries import Ties

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@packs.command("import")
@click.argument("file", type=_FILE)
@click.option("--id", "pack_id", default="", help="The short name of the pack, instead of the one in the file.")
@click.option("--version", default="", help="The version, instead of the one in the file.")
@click.option("--catalog", type=_FILE, help="The OSCAL catalogue of a profile, where it is not imported yet.")
@click.option("--by", "email", default="", help="Who imports it; needed where several persons may edit packs.")
@click.option("--check", is_flag=True, help="Only read it and say what would be imported.")
def import_(file: Path, pack_id: str, version: str, catalog: Path | None, email: str, check: bool) -> None:
    """Import a pack from FILE: pack.toml, a workbook, a CISO Assistant library, an OSCAL catalogue or profile."""
    from workbench.standards import actions, queries  # noqa: PLC0415 - cold start: `packs check` needs no database
    from workbench.standards.formats.reading import Wishes, read  # noqa: PLC0415 - cold start

    wishes = Wishes(pack_id, version, shelf=queries.catalog_named)
    if catalog is not None:
        wishes = replace(wishes, catalog=catalog.read_bytes(), catalog_name=catalog.name)
    try:
        found = read(file.read_bytes(), file.name, wishes)
    except PackInvalid as invalid:
        for fault in invalid.faults:
            click.echo(str(fault), err=True)
        number = len(invalid.faults)
        raise click.ClickException(f"{number} fault{'' if number == 1 else 's'}; nothing is imported.") from invalid
    _tell(found, queries.tie_mappings(found))
    if check:
        click.echo("Only checked; nothing is imported.")
        return
    taken = actions.import_file(imported=found, by=_importer(email), source_name=file.name)
    if taken.edition is not None:
        click.echo(f"published: {taken.edition.pack_id} {taken.edition.version}, at /packs/{taken.edition.pack_id}")
    if taken.mappings or taken.known:
        click.echo(f"mappings kept: {len(taken.mappings)}, known before: {taken.known}, at /packs/mappings")


def _tell(found: Imported, ties: Ties) -> None:
    """What the file holds, in counts, and what is not taken over."""
    from workbench.standards.formats.wording import said  # noqa: PLC0415 - cold start

    if found.pack is not None:
        pack = found.pack
        click.echo(f"{pack.id}  version {pack.version}  edition {pack.edition}  {pack.title.en or pack.title.fr}")
        click.echo(
            f"{found.nodes} clauses, groups and controls, {found.assessable} of them asked about; {len(pack.items)} questions; "
            f"languages: {', '.join(pack.languages)}; groupings: {len(pack.groupings)}"
        )
    for tied in ties.tied:
        click.echo(f"mapping {tied.mapping.from_pack} → {tied.mapping.to_pack}: {len(tied.links)} links")
        for remark in tied.remarks:
            click.echo(f"  not taken over: {said(remark.as_json())}")
    for waiting in ties.waiting:
        click.echo(f"mapping left out, since a pack is not here: {waiting}")
    for remark in found.remarks:
        click.echo(f"not taken over: {said(remark.as_json())}")


def _importer(email: str) -> Person:
    """The person who answers for the import: the one named, else the only one who may edit packs."""
    from workbench.people import queries as people  # noqa: PLC0415 - cold start
    from workbench.people.rules import Permission  # noqa: PLC0415 - cold start

    able = [person for person in people.active_persons() if Permission.PACK_EDIT in people.anywhere(person)]
    named = [person for person in able if person.email == email.strip().lower()] if email else able
    if len(named) == 1:
        return named[0]
    if email:
        raise click.ClickException(f"Nobody with the address {email} may edit packs.")
    names = ", ".join(str(person.email) for person in able) or "nobody"
    raise click.ClickException(f"Say with --by who imports it. Who may edit packs: {names}")


@packs.command()
@click.argument("pack")
@click.option(
    "--format", "form", type=click.Choice(["toml", "xlsx", "oscal"]), default="toml", help="The format of the file."
)
@click.option("--version", default="", help="An earlier version of the pack.")
@click.option(
    "-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The file to write."
)
def export(pack: str, form: str, version: str, output: Path) -> None:
    """Write PACK, named by its short name, to a file."""
    from workbench.standards import queries  # noqa: PLC0415 - cold start: `packs check` needs no database
    from workbench.standards.formats import oscal_own, sheet  # noqa: PLC0415 - cold start

    found = queries.pack_at(pack, version)
    if found is None:
        raise click.ClickException(f'There is no pack "{pack}"' + (f" of version {version}." if version else "."))
    try:
        output.write_bytes(_written(found, form))
    except (sheet.TextTooLong, oscal_own.NoCatalogue, OSError) as refusal:
        told = "The gates are no catalogue of controls; use toml or xlsx." if form == "oscal" else str(refusal)
        raise click.ClickException(told) from refusal
    click.echo(f"{output}: {found.id} {found.version}, {len(found.clauses)} clauses, {len(found.items)} questions")


def _written(pack: Pack, form: str) -> bytes:
    from workbench import clock  # noqa: PLC0415 - cold start
    from workbench.standards import queries  # noqa: PLC0415 - cold start
    from workbench.standards.formats import oscal_own, sheet  # noqa: PLC0415 - cold start

    if form == "xlsx":
        return sheet.write(pack, queries.crosswalks_of(pack.id))
    return oscal_own.write(pack, clock.now()) if form == "oscal" else queries.file_of(pack)
