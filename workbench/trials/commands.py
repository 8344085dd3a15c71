"""The `reconcile` command: package versus extra from the exports of the tools; needs no database."""
from __future__ import annotations

import json
import shutil
import textwrap
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

import sandbox

if TYPE_CHECKING:
    from sandbox import Result, Row

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_ROLES = ("packages", "contracts", "usage", "clients", "prices")
# The title of each number in the table; its length is the column's width.
_COLUMNS = {"included": "Incl.", "extra": "Extra", "entitled": "Entitled", "used": " Used", "over": " Over",
            "unused": "Unused"}
_FIXED = 9 + sum(len(title) + 1 for title in _COLUMNS.values()) + 30


class Unusable(click.ClickException):
    """An input that cannot be read as it stands: exit status 2, as for a wrong option."""

    exit_code = 2


@click.command("reconcile", context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--packages", required=True, type=_FILE, help="What each package holds: package,service,units.")
@click.option("--contracts", required=True, type=_FILE,
              help="Contract lines: client,contract,kind,item,quantity,unit_price,currency.")
@click.option("--usage", required=True, type=_FILE, help="What the supplier counted: client,service,quantity.")
@click.option("--clients", type=_FILE, help="Other spellings of clients: alias,client.")
@click.option("--prices", type=_FILE, help="The price list: service,unit_price,currency.")
@click.option("--settings", type=_FILE, help="A TOML file that says how each file is written.")
@click.option("--accept-refused", is_flag=True, help="Exit 0 although rows were refused.")
@click.option("--sum-duplicates", is_flag=True, help="Add up usage rows of the same client and service.")
@click.option("--format", "form", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True)
@click.pass_context
def reconcile(context: click.Context, /, settings: Path | None, accept_refused: bool, sum_duplicates: bool, form: str,
              **files: Path | None) -> None:
    """Compare what contracts hold with what the supplier counted.

    Included units of packages are consumed first, then extra units; the rest is over. Rows that cannot be read are
    refused one by one: the good rows are shown all the same, and the exit status is 1.
    """
    try:
        written = sandbox.load_settings(settings) if settings else {}
        sources = {role: sandbox.Source(path, settings=written.get(role, {}))
                   for role in _ROLES if (path := files[role]) is not None}
        result = sandbox.reconcile_in_child(sources, sum_duplicates=sum_duplicates).result
    except sandbox.SandboxError as error:
        raise Unusable(_printable(str(error))) from error
    click.echo({"table": as_table, "csv": as_csv, "json": as_json}[form](result), nl=False)
    if form != "table":
        for line in _remarks(result):
            click.echo(_printable(line), err=True)
    if result.refused and not accept_refused:
        click.echo("Refused rows are left out; --accept-refused takes the result as it is.", err=True)
        context.exit(1)


def as_json(result: Result) -> str:
    return json.dumps(result.as_json(), ensure_ascii=False, indent=2) + "\n"


def as_csv(result: Result) -> str:
    """One line a row, with the columns of the JSON; cells are safe to open in a spreadsheet."""
    rows = [row.as_json() for row in result.rows]
    header = list(rows[0]) if rows else ["client", "service"]
    cells = [[" ".join(row["from"]) if name == "from" else row[name] for name in header]  # type: ignore[arg-type]
             for row in rows]
    return str(sandbox.csv_text(header, cells))


def as_table(result: Result) -> str:
    """Rows, and below each one that is not equal its reason and where it comes from; then totals and remarks."""
    width = max(100, min(shutil.get_terminal_size((100, 24)).columns, 140))
    name = min(max([len("Client"), *(len(row.client) for row in result.rows)]), width - _FIXED)
    rule = "-" * (name + _FIXED)
    headings = [title.strip() for title in _COLUMNS.values()]
    lines = [_line(name, "Client", "Service", headings, "Verdict", "Amount over"), rule]
    for row in result.rows:
        amount = _amount(row) if row.over else ""
        numbers = [str(getattr(row, number)) for number in _COLUMNS]
        lines.append(_line(name, row.client, row.service, numbers, row.verdict.replace("_", " "), amount))
        if row.verdict != "equal" or row.refused_at:
            said = f"{sandbox.why(row)}; from {', '.join(row.origins)}"
            lines += textwrap.wrap(_printable(said), width, initial_indent="    ", subsequent_indent="    ")
    totals = result.totals
    lines += [rule, _line(name, "Total", "", [str(totals[number]) for number in _COLUMNS], "", "")]
    remarks = [part for remark in _remarks(result)
               for part in textwrap.wrap(_printable(remark), width, subsequent_indent="    ")]
    return "\n".join([*lines, *([""] if remarks else []), *remarks]) + "\n"


def _line(name: int, client: str, service: str, numbers: Iterable[str], verdict: str, amount: str) -> str:
    figures = "".join(f" {number:>{len(title)}}" for number, title in zip(numbers, _COLUMNS.values(), strict=True))
    return f"{_cut(client, name):<{name}} {_cut(service, 8):<8}{figures}  {verdict:<15} {amount:>12}".rstrip()


def _amount(row: Row) -> str:
    return f"{row.as_json()['amount_over']} {row.currency}" if row.currency else "no price"


def _cut(text: str, width: int) -> str:
    text = _printable(text)
    return text if len(text) <= width else f"{text[:width - 1]}…"


def _printable(text: str) -> str:
    """Names come from files of others: what would move a terminal's cursor is shown as a point."""
    return "".join(sign if sign.isprintable() else "·" for sign in text)


def _remarks(result: Result) -> list[str]:
    lists = {"Only in usage: ": result.clients_only_in_usage, "Only in contracts: ": result.clients_only_in_contracts,
             "Not in any package or line: ": result.unknown_services}
    remarks = [title + ", ".join(names) for title, names in lists.items() if names]
    remarks += [f"Perhaps one client: {one.alias!r} and {one.client!r} ({one.reason})"
                for one in result.proposed_aliases]
    return remarks + [f"Refused: {one.file}:{one.row} {one.field} {one.value!r}: {one.message}"
                      for one in result.refused]
