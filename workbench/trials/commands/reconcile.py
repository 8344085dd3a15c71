"""The `reconcile` command: package versus extra from the exports of the tools; needs no database."""
from __future__ import annotations

import json
import shutil
import textwrap
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

import sandbox
from workbench.terminal import printable
from workbench.trials.commands.saying import GivenFile, Unusable

if TYPE_CHECKING:
    from sandbox import Drift, Outcome, Result, Row, Rules

_FILE = GivenFile()
_ROLES = ("packages", "contracts", "usage", "clients", "prices")
_AGAINST = ("usage", "contracts", "packages", "prices")
# The title of each number in the table; its length is the column's width.
_COLUMNS = {"included": "Incl.", "extra": "Extra", "entitled": "Entitled", "used": " Used", "over": " Over",
            "unused": "Unused"}
_WIDE = 100  # characters of a line; where the terminal has fewer, two columns go: the entitled units and the amount
_NARROWEST = 80


@click.command("reconcile", context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--packages", required=True, type=_FILE, help="What each package holds: package,service,units.")
@click.option("--contracts", required=True, type=_FILE,
              help="Contract lines: client,contract,kind,item,quantity,unit_price,currency.")
@click.option("--usage", required=True, type=_FILE, help="What the supplier counted: client,service,quantity.")
@click.option("--clients", type=_FILE, help="Other spellings of clients: alias,client.")
@click.option("--prices", type=_FILE, help="The price list: service,unit_price,currency.")
@click.option("--settings", type=_FILE, help="A TOML file that says how each file is written.")
@click.option("--period", help="The month of the counts, such as 2026-01: dates then count, and amounts are by day.")
@click.option("--against-usage", type=_FILE, help="The counts of an earlier month: shows what drifted, and why.")
@click.option("--against-contracts", type=_FILE, help="Contracts of the earlier month; else the same file.")
@click.option("--against-packages", type=_FILE, help="Packages of the earlier month; else the same file.")
@click.option("--against-prices", type=_FILE, help="Prices of the earlier month; else the same file.")
@click.option("--against-period", help="The earlier month; else the month before --period.")
@click.option("--accept-refused", is_flag=True, help="Exit 0 although rows were refused.")
@click.option("--sum-duplicates", is_flag=True, help="Add up usage rows of the same client and service.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file; needed for xlsx.")
@click.option("--format", "form", type=click.Choice(["table", "csv", "json", "xlsx"]), default="table",
              show_default=True)
@click.pass_context
def reconcile(context: click.Context, /, settings: Path | None, accept_refused: bool, sum_duplicates: bool, form: str,
              out: Path | None, period: str | None, against_period: str | None, **files: Path | None) -> None:
    """Compare what contracts hold with what the supplier counted.

    Included units of packages are consumed first, then extra units; the rest is over. Rows that cannot be read are
    refused one by one: the good rows are shown all the same, and the exit status is 1. Rules that change the bill
    stand in the settings under [rules], and with the result.
    """
    _check_options(form, out, (period, against_period), files)
    try:
        written = sandbox.load_settings(settings) if settings else {}
        rules = sandbox.rules_from(written.get("rules", {}), period)
        chosen = {role: path for role in _ROLES if (path := files[role]) is not None}
        result = _outcome(chosen, written, sum_duplicates, rules).result
        earlier = None
        if files["against_usage"] is not None:
            chosen |= {role: path for role in _AGAINST if (path := files[f"against_{role}"]) is not None}
            before = sandbox.earlier_rules(rules, against_period)
            earlier = _outcome(chosen, written, sum_duplicates, before).result
    except sandbox.SandboxError as error:
        raise Unusable(printable(str(error))) from error
    drift = None if earlier is None else sandbox.compare_months(earlier, result)
    _write(out, FORMS[form](result, drift))
    refused_before = _refused(earlier, "Refused of the earlier month") if earlier else []
    for line in [*(_remarks(result) if form != "table" else []), *refused_before]:
        click.echo(printable(line), err=True)
    if (result.refused or refused_before) and not accept_refused:
        click.echo("Refused rows are left out; --accept-refused takes the result as it is.", err=True)
        context.exit(1)


def _check_options(form: str, out: Path | None, periods: tuple[str | None, str | None],
                   files: Mapping[str, Path | None]) -> None:
    period, against_period = periods
    if period == "":
        raise click.UsageError("--period: it is empty; a month is written year-month, such as 2026-01")
    if form == "xlsx" and out is None:
        raise click.UsageError("--format xlsx needs --out FILE")
    for role in _AGAINST[1:]:
        if files[f"against_{role}"] is not None and files["against_usage"] is None:
            raise click.UsageError(f"--against-{role} needs --against-usage FILE")
    if against_period is not None and files["against_usage"] is None:
        raise click.UsageError("--against-period needs --against-usage FILE")


def _outcome(files: Mapping[str, Path], written: Mapping[str, Mapping[str, str | int]], sum_duplicates: bool,
             rules: Rules) -> Outcome:
    sources = {role: sandbox.Source(path, settings=written.get(role, {})) for role, path in files.items()}
    return sandbox.reconcile_in_child(sources, sum_duplicates=sum_duplicates, rules=rules)


def _write(out: Path | None, content: str | bytes) -> None:
    if out is None:
        click.echo(content, nl=False)
        return
    try:
        out.write_bytes(content if isinstance(content, bytes) else content.encode())
    except OSError as error:
        raise Unusable(f"{out}: cannot be written ({error.strerror})") from error


def as_json(result: Result, drift: Sequence[Drift] | None) -> str:
    return json.dumps(sandbox.answer_json(result, drift), ensure_ascii=False, indent=2) + "\n"


def as_xlsx(result: Result, drift: Sequence[Drift] | None) -> bytes:
    """A workbook with a sheet for each part of the JSON."""
    return bytes(sandbox.workbook_bytes(sandbox.answer_sheets(result, drift)))


def as_csv(result: Result, drift: Sequence[Drift] | None) -> str:
    """One line a row, with the columns of the JSON; cells are safe to open in a spreadsheet. Drift is left out."""
    rows = [row.as_json() for row in result.rows]
    header = max((list(row) for row in rows), key=len, default=["client", "service"])
    cells = [[" ".join(row["from"]) if name == "from" else row.get(name) for name in header]  # type: ignore[arg-type]
             for row in rows]
    return str(sandbox.csv_text(header, cells))


def as_table(result: Result, drift: Sequence[Drift] | None) -> str:
    """Rows, and below each one that is not equal its reason and where it comes from; then totals, bills and remarks."""
    width = max(_NARROWEST, min(shutil.get_terminal_size((_WIDE, 24)).columns, 140))
    wide = width >= _WIDE
    columns = {key: title for key, title in _COLUMNS.items() if wide or key != "entitled"}
    fixed = 9 + sum(len(title) + 1 for title in columns.values()) + (30 if wide else 17)
    name = min(max([len("Client"), *(len(_named(row)) for row in result.rows)]), width - fixed)
    rule = "-" * (name + fixed)
    headings = {key: title.strip() for key, title in columns.items()}
    lines = [_line(name, "Client", "Service", headings, "Verdict", "Amount over" if wide else ""), rule]
    for row in result.rows:
        amount = _amount(row) if row.over else ""
        numbers = {key: str(getattr(row, key)) for key in columns}
        lines.append(_line(name, _named(row), row.service, numbers, row.verdict.replace("_", " "), amount if wide else ""))
        if row.verdict != "equal" or row.refused_at or row.elsewhere:
            over = f" ({amount})" if amount and not wide else ""
            said = f"{sandbox.why(row)}{over}; from {', '.join(row.origins)}"
            lines += textwrap.wrap(printable(said), width, initial_indent="    ", subsequent_indent="    ")
    totals = result.totals
    lines += [rule, _line(name, "Total", "", {key: str(totals[key]) for key in columns}, "", "")]
    remarks = [part for remark in [*_remarks(result), *_bills(result), *_drifted(drift)]
               for part in textwrap.wrap(printable(remark), width, subsequent_indent="    ")]
    return "\n".join([*lines, "", *remarks]) + "\n"


def _line(name: int, client: str, service: str, numbers: Mapping[str, str], verdict: str, amount: str) -> str:
    figures = "".join(f" {number:>{len(_COLUMNS[key])}}" for key, number in numbers.items())
    return f"{_cut(client, name):<{name}} {_cut(service, 8):<8}{figures}  {verdict:<15} {amount:>12}".rstrip()


def _amount(row: Row) -> str:
    return f"{row.as_json()['amount_over']} {row.currency}" if row.currency else "no price"


def _cut(text: str, width: int) -> str:
    text = printable(text)
    return text if len(text) <= width else f"{text[:width - 1]}…"


def _remarks(result: Result) -> list[str]:
    lists = {"Only in usage: ": result.clients_only_in_usage, "Only in contracts: ": result.clients_only_in_contracts,
             "Not in any package or line: ": result.unknown_services}
    remarks = [title + ", ".join(names) for title, names in lists.items() if names]
    remarks += [f"Perhaps one client: {one.alias!r} and {one.client!r} ({one.reason})"
                for one in result.proposed_aliases]
    return remarks + _refused(result, "Refused")


def _refused(result: Result, title: str) -> list[str]:
    return [f"{title}: {one.file}:{one.row} {one.field} {one.value!r}: {one.message}" for one in result.refused]


def _named(row: Row) -> str:
    return f"{row.client} / {row.contract}" if row.contract else row.client


def _bills(result: Result) -> list[str]:
    """The rules, both bills, and the margin where a cost is known."""
    view = sandbox.psa_view(result)
    right, synced = (_sums(bill.as_json()["amounts"]) for bill in (view.right, view.synced))
    said = [
        f"Rules: {result.rules.in_words()}",
        f"Bill by contract: {view.right.packages} packages and {view.right.separate_units} units beside them, {right}"
        f"{_without(view.right.without_price)}",
        f"Every count billed as a line: {view.synced.separate_units} units, {synced}: {_more(view.units_too_many)}"
        f"{_without(view.synced.without_price)}",
    ]
    margins = sandbox.client_margins(result)
    totals = [one.as_json() for one in sandbox.margin_totals(margins)]
    unknown = sum(one.margin is None for one in margins)
    return said + [f"Margin: {one['margin']} {one['currency']} = {one['amount']} billed - {one['cost']} cost; "
                   f"not known for {unknown} of {len(margins)} entries"
                   for one in totals if any(row.unit_cost is not None for row in result.rows)]


def _more(units: int) -> str:
    return f"{abs(units)} unit{'' if abs(units) == 1 else 's'} {'fewer' if units < 0 else 'more'}"


def _sums(amounts: Mapping[str, str]) -> str:
    return " + ".join(f"{amount} {currency}" for currency, amount in amounts.items()) or "no amount"


def _without(units: int) -> str:
    return f"; {units} without a price" if units else ""


def _drifted(drift: Sequence[Drift] | None) -> list[str]:
    if drift is None:
        return []
    return [f"Drift: {one.client}{' / ' + one.contract if one.contract else ''} {one.item}: {_moved(one)}{one.why}"
            for one in drift] or ["Drift: none"]


def _moved(one: Drift) -> str:
    before, after = ((state.verdict or "no row").replace("_", " ") for state in (one.before, one.after))
    return f"{before} → {after}; " if before != after else ""


FORMS: dict[str, Callable[[Result, Sequence[Drift] | None], str | bytes]] = {
    "table": as_table, "csv": as_csv, "json": as_json, "xlsx": as_xlsx,
}
