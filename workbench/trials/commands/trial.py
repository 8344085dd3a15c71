"""The `trial` commands: try a mapping on received files and show what would change; none needs a database."""
from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

import sandbox
from workbench.terminal import printable
from workbench.trials.commands.compare import compare
from workbench.trials.commands.saying import GivenFile, Unusable, ends_cleanly, no_file, warn_of_unhashed

if TYPE_CHECKING:
    from sandbox import TrialInput

_FILE = GivenFile()
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_COUNTS = ("create", "update", "withdraw", "unchanged", "refused", "flagged")
_KINDS = tuple(kind for kind in _COUNTS if kind != "unchanged")  # the difference holds no unchanged rows
_SHOWN = 1000
_PAGE = 10_000


@click.group("trial", context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
def trial(context: click.Context, /) -> None:
    """Try a mapping on copies of what tools hold, and see what would change. Nothing is written to a tool."""
    context.with_resource(ends_cleanly())


trial.add_command(compare)


@trial.command("run")
@click.option("--mapping", required=True, type=_FILE, help="The mapping, a YAML file.")
@click.option("--source", "sources", multiple=True, metavar="NAME=FILE", help="A source of the mapping; once for each.")
@click.option("--target", "targets", multiple=True, metavar="NAME=FILE",
              help="A live table: the name of its source or of the table.")
@click.option("--parameter", "parameters", multiple=True, metavar="NAME=VALUE", help="A parameter of the mapping.")
@click.option("--settings", type=_FILE, help="A TOML file with a section for each source: how it is written.")
@click.option("--salt-file", type=_FILE, help="A file with the salt for columns that the mapping hashes on the way in.")
@click.option("--engine", type=click.Choice(["duckdb", "spark"]), default="duckdb", show_default=True,
              help="What computes; spark needs the extra ninefold[spark] and Java 17.")
@click.option("--out", type=click.Path(path_type=Path), help="The folder to keep the run in; it must not be there yet.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.pass_context
def run(context: click.Context, /, mapping: Path, sources: Sequence[str], targets: Sequence[str],
        parameters: Sequence[str], settings: Path | None, salt_file: Path | None, engine: str, out: Path | None,
        form: str) -> None:
    """Carry a mapping out on files and compare the result with the live tables.

    Rows that cannot be read or are held back by a rule are refused one by one and counted; the exit status is then 1.
    """
    try:
        text = sandbox.text_of(mapping.read_bytes(), mapping.name)
        inputs = _inputs(sandbox.checked(text, mapping.name), sources, targets, settings)
        given = _parameters(parameters)
        salt = salt_file.read_text(encoding="utf-8").strip() if salt_file else ""
        with tempfile.TemporaryDirectory(prefix="ninefold-") as work:
            record = sandbox.run_trial(text, inputs, out=out or Path(work) / "run", parameters=given, name=mapping.name,
                                       salt=salt, engine=engine)
    except sandbox.MappingFaults as faults:
        raise Unusable(faults.in_words()) from faults
    except sandbox.SandboxError as error:
        _unusable(error)
    except OSError as error:
        _unusable(sandbox.InputRefused(f"{out or 'the folder for temporary files'}: cannot be written ({error.strerror})"))
    shown = json.dumps(record, ensure_ascii=False, indent=2) + "\n" if form == "json" else as_table(record)
    click.echo(shown, nl=False)
    if record["refused"]:
        context.exit(1)


@trial.command("diff")
@click.argument("folder", type=_FOLDER)
@click.option("--kind", "kinds", multiple=True, type=click.Choice(_KINDS), help="Rows of this kind only.")
@click.option("--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True)
def diff(folder: Path, kinds: Sequence[str], form: str) -> None:
    """Show row by row what a run of `trial run --out` would change."""
    try:
        record = sandbox.stored_trial(folder)
        targets = record["details"]["targets"]
        rows = {one["table"]: _rows(folder, one["table"], kinds, whole=form != "table") for one in targets}
    except sandbox.SandboxError as error:
        _unusable(error)
    warn_of_unhashed(folder, record)
    if form == "json":
        found = [{"table": table, "total": total, "rows": part} for table, (total, part) in rows.items()]
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
    elif form == "csv":
        click.echo(as_csv(targets, {table: part for table, (_total, part) in rows.items()}), nl=False)
    else:
        for one in targets:
            total, part = rows[one["table"]]
            click.echo(as_list(one, total, part), nl=False)


def _inputs(mapping: Any, sources: Sequence[str], targets: Sequence[str],
            settings: Path | None) -> dict[str, TrialInput]:
    """The inputs by source; a target may be named by its table."""
    written = sandbox.source_settings(settings) if settings else {}
    live = {target.table: target.live for target in mapping.targets}
    found: dict[str, TrialInput] = {}
    for option, texts in (("--source NAME=FILE", sources), ("--target NAME=FILE", targets)):
        for text in texts:
            name, file = _pair(text, option)
            name = live.get(name, name) if option.startswith("--target") else name
            if not Path(file).is_file():
                raise Unusable(printable(f"{option.partition(' ')[0]} {name}: {no_file(file)}"))
            if name in found:
                raise click.UsageError(f"{option}: {name} is given twice")
            found[name] = sandbox.TrialInput(Path(file), Path(file).name, written.get(name, {}))
    unknown = [name for name in written if name not in mapping.sources]
    if unknown:
        raise click.UsageError(f"--settings: the mapping has no source {unknown[0]}; it has {', '.join(mapping.sources)}")
    return found


def _parameters(texts: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in texts:
        name, value = _pair(text, "--parameter NAME=VALUE")
        if name in found:
            raise click.UsageError(f"--parameter NAME=VALUE: {name} is given twice")
        found[name] = value
    return found


def _pair(text: str, option: str) -> tuple[str, str]:
    name, mark, value = text.partition("=")
    if not mark or not name:
        raise click.UsageError(f"{option}: {text!r} has no {'name before =' if mark else '= and what comes after it'}")
    return name, value


def _rows(folder: Path, table: str, kinds: Sequence[str], *, whole: bool) -> tuple[int, list[dict[str, Any]]]:
    """How many rows there are, and the first thousand of them or all."""
    rows: list[dict[str, Any]] = []
    while True:
        page = sandbox.diff_rows(folder, table, kinds=kinds, offset=len(rows), limit=_PAGE if whole else _SHOWN)
        rows += page["rows"]
        if not whole or len(rows) >= page["total"]:
            return page["total"], rows


def as_table(record: Mapping[str, Any]) -> str:
    """Counts by target, then checks, lookups and what was refused."""
    width = max([len("Target"), *(len(table) for table in record["targets"])])
    lines = ["".join([f"{'Target':<{width}}", *(f"  {kind.capitalize():>10}" for kind in _COUNTS)])]
    lines += ["".join([f"{table:<{width}}", *(f"  {counts[kind]:>10}" for kind in _COUNTS)])
              for table, counts in record["targets"].items()]
    remarks = [f"Check {one['step']}.{one['name']} ({one['level']}): {_rows_of(one['count'])}" for one in record["checks"]
               if one["count"]]
    remarks += [f"Lookup {name}: {counts['matched']} matched, {counts['unmatched']} not"
                for name, counts in record["coverage"].items()]
    for one in record["refused"]:
        remarks.append(f"Refused: {_rows_of(one['count'])} at {one['step']}, {one['kind']} {one['item']}")
        remarks += [f"    {_at(sample)}{sample['message']}" for sample in one["sample"][:3]]
    remarks += [f"Note: {warning}." for warning in record["details"]["warnings"]]
    remarks.append(f"Run {record['run']}; the inputs are unchanged")
    return "\n".join(printable(line) for line in [*lines, "", *remarks]) + "\n"


def _rows_of(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"


def _at(sample: Mapping[str, Any]) -> str:
    return f"{sample['source']}:{sample['line']} " if sample["source"] else ""


def as_list(target: Mapping[str, Any], total: int, rows: Sequence[Mapping[str, Any]]) -> str:
    """One line a row: its kind and key, what changes, and where from."""
    lines = [f"{target['table']}: {_rows_of(total)}" + (f", the first {len(rows)} shown" if len(rows) < total else "")]
    for row in rows:
        names = row["_changed"] if row["_kind"] == "update" else [
            name for name in target["compare"] if (row["live." + name], row["trial." + name]) != (None, None)]
        changes = ", ".join(f"{name} {_cell(row['live.' + name])} → {_cell(row['trial.' + name])}" for name in names)
        key = ", ".join(_cell(row[name]) for name in target["key"])
        origin = f"; from {', '.join(row['_from'])}" if row["_from"] else ""
        why = f" ({row['_why']})" if row["_why"] else ""
        marks = "".join(f" [{name[1:]}]" for name in ("_fake", "_edited", "_masked") if row.get(name))
        lines.append(f"  {row['_kind']:<9} {key}{': ' if changes else ''}{changes}{why}{origin}{marks}")
    return "\n".join(printable(line) for line in lines) + "\n"


def as_csv(targets: Sequence[Mapping[str, Any]], rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """The rows of all targets under one header; cells are safe to open in a spreadsheet."""
    header = sandbox.difference_header(targets)
    cells = [sandbox.difference_cells(header, one, row) for one in targets for row in rows[one["table"]]]
    return str(sandbox.csv_text(header, cells))


def _cell(value: object) -> str:
    return "nothing" if value is None else str(value)


def _unusable(error: Exception) -> NoReturn:
    raise Unusable("\n".join(printable(line) for line in str(error).splitlines())) from error
