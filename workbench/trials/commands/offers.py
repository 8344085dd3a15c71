"""The `offers` command: two or more offers side by side, and where each is the cheaper one; needs no database."""
from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

import sandbox
from workbench.terminal import printable
from workbench.trials.commands.saying import GivenFile, Unusable

_FILE = GivenFile()
_HELP = {"help_option_names": ["-h", "--help"]}


@click.group("offers", context_settings=_HELP)
def offers() -> None:
    """Offers with fees, allowances and overage: what they cost, and which is cheaper where."""


@offers.command("compare", context_settings=_HELP)
@click.argument("file", type=_FILE)
@click.option("--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True)
def compare(file: Path, form: str) -> None:
    """Compare the offers of FILE, a TOML file: over its range of use, and for each of its lines."""
    try:
        answer = sandbox.offers_json(sandbox.compare_offers(sandbox.load_offers(file)))
    except sandbox.SandboxError as error:
        raise Unusable(printable(str(error))) from error
    click.echo({"table": as_table, "json": as_json, "csv": as_csv}[form](answer), nl=False)


def as_json(answer: dict[str, Any]) -> str:
    return json.dumps(answer, ensure_ascii=False, indent=2) + "\n"


def as_csv(answer: dict[str, Any]) -> str:
    """One line a step of the range, a column for each offer."""
    names = _names(answer)
    return str(sandbox.csv_text(
        ["use", *names, "cheapest", "cheaper_by"],
        [[step["use"], *(step["costs"][name] for name in names), ", ".join(step["cheapest"]), step["cheaper_by"]]
         for step in answer["steps"]]))


def as_table(answer: dict[str, Any]) -> str:
    """The steps, then the lines and the account where the file names lines, then the policy in sentences."""
    names, currency = _names(answer), answer["currency"]
    of = "" if answer["count"] == 1 else f", {answer['count']} lines"
    steps = _grid(
        [answer["unit"], *names, "Cheapest", "By"],
        [[step["use"], *(step["costs"][name] for name in names), _cheapest(step), step["cheaper_by"] or ""]
         for step in answer["steps"]])
    parts = [f"{printable(answer['title'])}, in {currency}{of}", "", *steps]
    if answer["lines"]:
        account = answer["account"]
        lines = [[line["name"], line["use"], *(line["costs"][name] or "shared" for name in names), _cheapest(line)]
                 for line in answer["lines"]]
        lines.append(["Account", account["use"], *(account["costs"][name] for name in names), _cheapest(account)])
        parts += ["", *_grid(["Line", answer["unit"], *names, "Cheapest"], lines)]
    parts += ["", *(printable(rule["sentence"]) for rule in answer["policy"]["rules"])]
    parts += [printable(f"Equal at {_short(one['use'])} {answer['unit']}: {one['offers'][0]} and {one['offers'][1]}, "
                        f"{_short(one['cost'])} {currency}") for one in answer["break_evens"]]
    parts += [printable(f"{one['offer']} equals {one['against']} at {_short(one['use'])} {answer['unit']} "
                        f"with {one['fee']} at {_short(one['amount'])} {currency}") for one in answer["fee_break_evens"]]
    return "\n".join(parts) + "\n"


def _short(number: str) -> str:
    """The exact number, or what a fraction such as `1/6` comes to; JSON and CSV hold the fraction."""
    over, mark, under = number.partition("/")
    return f"about {Decimal(over) / Decimal(under):.2f}" if mark else number


def _names(answer: dict[str, Any]) -> list[str]:
    return [offer["name"] for offer in answer["offers"]]


def _cheapest(one: dict[str, Any]) -> str:
    return ", ".join(one["cheapest"])


def _grid(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Columns as wide as their longest cell; those of costs and uses to the right."""
    cells = [[printable(cell) for cell in row] for row in [head, *rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    numbers = [all(cell[:1].isdigit() or not cell for cell in column) for column in zip(*cells[1:], strict=True)]
    lines = ["  ".join(cell.rjust(width) if right else cell.ljust(width)
                       for cell, width, right in zip(row, widths, numbers, strict=True)).rstrip() for row in cells]
    return [lines[0], "-" * max(len(line) for line in lines), *lines[1:]]
