"""The `plan` commands: choose changes of a trial, hold them against live, export them; none needs a database."""
from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

import sandbox
from workbench.terminal import printable
from workbench.trials.commands.saying import GivenFile, Unusable, ends_cleanly, no_file, warn_of_unhashed

if TYPE_CHECKING:
    from sandbox import Plan, Source

_FILE = GivenFile()
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_NEW = click.Path(dir_okay=False, path_type=Path)
_STALE = 1
_NAMED = 10  # rows left out that are named, for each reason
_LIVE = click.option("--live", "live", multiple=True, required=True, metavar="NAME=FILE",
                     help="A live table of the plan as it is now; once for each.")
_DECIMAL = click.option("--decimal", type=click.Choice([".", ","]),
                        help="The decimal mark of the live files; without it that of each file is recognised.")
_MARK = "with the decimal mark"  # a refusal that another mark may help
_SETTINGS = click.option("--settings", type=_FILE, help="A TOML file with a section for each live table, by the NAME "
                         "given to --live or the table's: how it is written. Other sections are left alone.")


@click.group("plan", context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
def plan(context: click.Context, /) -> None:
    """Choose changes of a trial run, check them against the live tables, and export them. Nothing is written to a tool."""
    context.with_resource(ends_cleanly())


@plan.command("make")
@click.argument("run", type=_FOLDER)
@click.option("--only", multiple=True, metavar="FIELD=VALUE", help="Rows with this value only; also kind= and table=.")
@click.option("--kind", "kinds", multiple=True, type=click.Choice(["create", "update", "withdraw", "flagged"]),
              help="Rows of this kind only; flagged rows enter in no other way, and are withdrawn.")
@click.option("--accept-refused", is_flag=True, help="Exit 0 although fake, edited or masked rows were left out.")
@click.option("-o", "--output", required=True, type=_NEW, help="The plan file to write.")
@click.pass_context
def make(context: click.Context, /, run: Path, only: Sequence[str], kinds: Sequence[str], accept_refused: bool,
         output: Path) -> None:
    """Make a plan from the folder of a trial run.

    Fake, edited and masked rows never enter: they are named, and the exit status is 1.
    """
    try:
        made = sandbox.make_plan(run, only=[_pair(text, "--only FIELD=VALUE") for text in only], kinds=kinds)
        record = sandbox.stored_trial(run)
        uncounted = _uncounted(made, record)
    except sandbox.SandboxError as error:
        _unusable(error)
    warn_of_unhashed(run, record)
    _write(made, output)
    for line in [*_left_out(made), *uncounted]:
        click.echo(_shown(line), err=True)
    if {"fake", "edited", "masked"} & set(made.left_out) and not accept_refused:
        context.exit(_STALE)


@plan.command("check")
@click.argument("file", type=_FILE)
@_LIVE
@_DECIMAL
@_SETTINGS
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_context
def check(context: click.Context, /, file: Path, live: Sequence[str], decimal: str | None, settings: Path | None,
          form: str) -> None:
    """Hold a plan against the live tables as they are now.

    Every field that moved since the trial is named; the exit status is then 1: the plan is stale.
    """
    try:
        given = sandbox.read_plan_file(file)
        found = sandbox.check_plan(given, _sources(given, live, decimal, settings))
    except sandbox.SandboxError as error:
        _unusable(error)
    counts = found.as_json()["counts"]
    if form == "json":
        click.echo(json.dumps(found.as_json(), ensure_ascii=False, indent=2))
    elif found.is_stale:
        for message in found.messages():
            click.echo(_shown(message))
    else:
        click.echo(f"{_rows_of(len(found.rows))}: {counts['ok']} ok, {counts['done']} done; the plan is not stale")
    if found.is_stale:
        context.exit(_STALE)


@plan.command("export")
@click.argument("file", type=_FILE)
@click.option("-o", "--output", required=True, type=click.Path(file_okay=False, path_type=Path),
              help="The folder for the files; it is made where it is missing.")
def export(file: Path, output: Path) -> None:
    """Write the files for the import of the live tool: CSV, JSON, and a checklist with control totals."""
    try:
        given = sandbox.read_plan_file(file)
        files = {name: content for form in ("csv", "json", "checklist", "steps")
                 for name, content in sandbox.export_plan(given, form).items()}
        output.mkdir(parents=True, exist_ok=True)
        _refuse_mixed(output, files)
        for name, content in files.items():
            (output / name).write_bytes(content)
            click.echo(name)
    except (sandbox.SandboxError, OSError) as error:
        _unusable(error)


@plan.command("inverse")
@click.argument("file", type=_FILE)
@click.option("-o", "--output", required=True, type=_NEW, help="The plan file to write.")
def inverse(file: Path, output: Path) -> None:
    """Write the plan that takes a plan back."""
    try:
        _write(sandbox.inverse_plan(sandbox.read_plan_file(file)), output)
    except sandbox.SandboxError as error:
        _unusable(error)


@plan.command("rehearse")
@click.argument("file", type=_FILE)
@_LIVE
@_DECIMAL
@_SETTINGS
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_context
def rehearse(context: click.Context, /, file: Path, live: Sequence[str], decimal: str | None, settings: Path | None,
             form: str) -> None:
    """Try a plan and then its inverse on a copy of the live tables, and compare before and after."""
    try:
        given = sandbox.read_plan_file(file)
        done = sandbox.rehearse_plan(given, _sources(given, live, decimal, settings))
    except sandbox.PlanStale as error:
        click.echo(_shown(str(error)), err=True)
        context.exit(_STALE)
    except sandbox.SandboxError as error:
        _unusable(error)
    if form == "json":
        click.echo(json.dumps(done.as_json(), ensure_ascii=False, indent=2))
    else:
        click.echo(f"before   {done.before}\napplied  {done.applied}\nreverted {done.reverted}")
        click.echo("The inverse gives the same tables back." if done.equal else "The tables differ after the inverse:")
        for name in done.differences:
            click.echo(_shown(name))
    if not (done.equal and done.as_planned):
        context.exit(_STALE)


def _refuse_mixed(output: Path, files: Mapping[str, bytes]) -> None:
    """An import file of another plan beside those of this one would be imported with them."""
    other = sorted(path.name for path in output.iterdir() if path.name not in files)
    if other:
        raise Unusable(_shown(f"{output.name}: the folder holds {other[0]}, which is not of this plan; "
                                  "name a new or an empty folder"))


def _left_out(made: Plan) -> list[str]:
    """The rows that were left out, the first of each reason, then how many more there are."""
    named: Counter[str] = Counter()
    lines = []
    for one in made.left_out_sample:
        named[one["reason"]] += 1
        if named[one["reason"]] <= _NAMED:
            lines.append(f"Left out: {one['row']}: {one['reason']}")
    lines += [f"Left out: and {count - _NAMED:,} more {reason}" for reason, count in made.left_out.items()
              if count > _NAMED]
    if "doubtful" in made.left_out:
        lines.append("Doubtful: rows were refused, edited or left out, and for that alone these may look gone or new. "
                     "Take them in by their kind: --kind withdraw or --kind create.")
    if "flagged" in made.left_out:
        lines.append("Flagged: live rows that the trial does not have. Withdraw them with --kind flagged.")
    if not made.rows:
        lines.append("No row was chosen: the plan is empty.")
    return lines


def _uncounted(made: Plan, record: Mapping[str, Any]) -> list[str]:
    """Live rows that the run refused: a person counts them in the tool, the control totals do not."""
    tables = {one.table for one in made.targets}
    live = {one.get("live_source", one["table"]): one["table"] for one in record["details"]["targets"]
            if one["table"] in tables}
    return [f"Not in the control totals of {live.get(one['step'], one['step'])}: live rows that were refused, "
            f"{one['count']:,} at {one['step']}, {one['kind']} {one['item']}"
            for one in record.get("refused", ()) if one["step"] in live
            or (one["step"] in tables and str(one["item"]).startswith("live-"))]


def _sources(given: Plan, live: Sequence[str], decimal: str | None, settings: Path | None) -> Mapping[str, Source]:
    """The files by table; the last part of a table's name is enough where only one table has it."""
    found: dict[str, Source] = {}
    written = sandbox.source_settings(settings) if settings else {}
    for text in live:
        name, path = _pair(text, "--live NAME=FILE")
        tables = [one.table for one in given.targets if name in {one.table, one.table.rpartition(".")[2]}]
        if len(tables) != 1:
            known = ", ".join(one.table for one in given.targets)
            raise Unusable(_shown(f"--live {name}: {'two tables have' if tables else 'no table of the plan has'} "
                                      f"this name; the plan has {known}"))
        if not Path(path).is_file():
            raise Unusable(_shown(f"--live {name}: {no_file(path)}"))
        if tables[0] in found:
            raise Unusable(_shown(f"--live {name}: {tables[0]} is given twice"))
        mark = {"decimal": decimal} if decimal else {}
        found[tables[0]] = sandbox.Source(Path(path), settings={**mark, **_section(written, tables[0])})
    _check_sections(written, list(found), settings)
    return found


def _section(written: Mapping[str, Mapping[str, Any]], table: str) -> Mapping[str, Any]:
    return written.get(table) or written.get(table.rpartition(".")[2], {})


def _check_sections(written: Mapping[str, Mapping[str, Any]], tables: Sequence[str], settings: Path | None) -> None:
    """Settings of which none is of a live table were given under another name."""
    if settings and not any(table in written or table.rpartition(".")[2] in written for table in tables):
        raise Unusable(_shown(f"--settings {settings.name}: no section is of a live table; it has {', '.join(written) or 'none'}, "
                              f"and the plan has {', '.join(tables)}"))


def _pair(text: str, wanted: str) -> tuple[str, str]:
    name, mark, value = text.partition("=")
    if not mark or not name:
        raise Unusable(_shown(f"{text!r}: {wanted} was expected"))
    return name, value


def _write(made: Plan, output: Path) -> None:
    try:
        output.write_bytes(made.as_bytes())
    except OSError as error:
        raise Unusable(_shown(f"{output}: cannot be written ({error.strerror})")) from error
    click.echo(f"Plan {made.sha256}")
    for table, counts in made.as_json()["control"].items():
        kinds = {kind: counts[kind] for kind in ("create", "update", "withdraw")}
        said = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
        click.echo(_shown(f"{_rows_of(sum(kinds.values()))}: {said} in {table}"))


def _rows_of(count: int) -> str:
    return f"{count} row{'' if count == 1 else 's'}"


def _unusable(error: Exception) -> NoReturn:
    said = f"{Path(error.filename or '').name}: {error.strerror}" if isinstance(error, OSError) else str(error)
    hint = "; name another with --decimal, or as decimal of its section in --settings" if _MARK in said else ""
    raise Unusable(_shown(said + hint)) from error


def _shown(text: str) -> str:
    return printable(text, keeps_lines=True)
