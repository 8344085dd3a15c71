"""`workbench packs` looks after the standard packs, without database or application; `workbench checklists` starts what is due."""

from __future__ import annotations

from pathlib import Path

import click

from workbench.checklists import library


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def packs() -> None:
    """The standard packs: their format and their state."""


@packs.command()
@click.argument("folders", metavar="[DIR]...", nargs=-1, type=click.Path(path_type=Path))
def check(folders: tuple[Path, ...]) -> None:
    """Check the shipped packs, or the pack folders DIR, and list every fault."""
    faults = []
    for folder in folders or tuple(library.PACKS / pack_id for pack_id in library.pack_ids()):
        pack, found = library.examine(folder)
        faults += found
        if not found:
            kinds = ", ".join(_count(number, kind) for kind, number in pack.counts().items())
            clauses = _count(len(pack.clauses), "clause") + (f" ({kinds})" if kinds else "")
            click.echo(f"{pack.id}  edition {pack.edition}  {clauses}  {_count(len(pack.items), 'item')}  "
                       f"sha256 {pack.digest}")  # fmt: skip
    for fault in faults:
        click.echo(str(fault), err=True)
    if faults:
        raise click.ClickException(f"{_count(len(faults), 'fault')} found.")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def checklists() -> None:
    """The checklists of the projects."""


@checklists.command()
def due() -> None:
    """Start the recurring checklists that are due today; those started already stay. `workbench up` does it by itself."""
    from workbench import clock  # noqa: PLC0415 - cold start: `packs` needs no database
    from workbench.checklists.actions import start_due_checklists  # noqa: PLC0415 - cold start

    made = start_due_checklists(clock.today())
    for each in made:
        click.echo(f"{each.title}  {_count(each.total, 'question')}")
    click.echo(f"{_count(len(made), 'checklist')} started.")
