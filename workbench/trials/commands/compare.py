"""The `trial compare` command: two trial runs side by side."""
from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import sandbox
from workbench.terminal import printable
from workbench.trials.commands.saying import Unusable, warn_of_unhashed

if TYPE_CHECKING:
    from sandbox import RunComparison

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_ALL = 200_000  # rows of a CSV; a table shows a screenful


@click.command("compare")
@click.argument("first", type=_FOLDER)
@click.argument("second", type=_FOLDER)
@click.option("--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True)
def compare(first: Path, second: Path, form: str) -> None:
    """Show what the second run has otherwise than the first: inputs, rules, and the rows that moved."""
    try:
        found = sandbox.compare_runs(first, second, shown={"csv": _ALL, "json": 1000}.get(form, 50))
        records = {folder: sandbox.stored_trial(folder) for folder in (first, second)}
    except sandbox.SandboxError as error:
        raise Unusable(printable(str(error))) from error
    for folder, record in records.items():
        warn_of_unhashed(folder, record)
    if form == "json":
        click.echo(json.dumps(found.as_json(), ensure_ascii=False, indent=2))
    else:
        click.echo(sandbox.comparison_csv(found) if form == "csv" else as_table(found), nl=False)


def as_table(found: RunComparison) -> str:
    """Which inputs and rules differ, then each table: its counts, and below the first rows that moved."""
    lines = [f"input {one['name']}: {'the same' if one['same'] else 'another'}" for one in found.inputs]
    lines += [f"mapping: {said}" for said in found.mapping["changes"]]
    lines += ["mapping: the same"] if found.mapping["same"] else []
    for target in found.targets:
        counts = target["counts"]
        lines += ["", f"{target['table']}: {counts['moved']:,} moved, {counts['only_first']:,} only in the first run, "
                      f"{counts['only_second']:,} only in the second"]
        if target["not_compared"]:
            lines.append(f"  not compared: {target['not_compared']}")
        lines += [f"  {row['state'].replace('_', ' '):<11}  {_row(row)}" for row in target["rows"]]
        more = sum(counts.values()) - len(target["rows"])
        lines += [f"  and {more:,} more; --format csv shows them"] if more else []
    return "".join(f"{printable(line)}\n" for line in lines)


def _row(row: Mapping[str, Any]) -> str:
    key = ", ".join(f"{name} {value}" for name, value in row["key"].items())
    fields = "; ".join(f"{name} {_said(move['first'])} → {_said(move['second'])}" for name, move in row["fields"].items())
    kinds = row["kind"]
    kind = kinds["first"] or kinds["second"]
    if kinds["first"] and kinds["second"] and kinds["first"] != kinds["second"]:
        kind = f"{kinds['first']} → {kinds['second']}"
    return "  ".join(part for part in (key, fields, f"({kind})") if part)


def _said(value: object) -> str:
    return "nothing" if value is None else str(value)
