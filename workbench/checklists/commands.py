"""`workbench packs`: looks after the standard packs, without database or application."""

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
            click.echo(f"{pack.id}  edition {pack.edition}  {_count(len(pack.clauses), 'clause')}  "
                       f"{_count(len(pack.items), 'item')}  sha256 {pack.digest}")  # fmt: skip
    for fault in faults:
        click.echo(str(fault), err=True)
    if faults:
        raise click.ClickException(f"{_count(len(faults), 'fault')} found.")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
