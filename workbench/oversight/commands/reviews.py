"""`workbench review show`: a management review as a table or as JSON."""

from __future__ import annotations

import json
from typing import Any

import click
from flask import current_app

from workbench.oversight.forms import reviews as forms
from workbench.oversight.queries import reviews as queries
from workbench.oversight.rules.reviews import frozen
from workbench.trail.rules import plain


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def review() -> None:
    """Management reviews."""


@review.command()
@click.argument("number")
@click.option("--format", "shape", type=click.Choice(["table", "json"]), default="table", show_default=True)
def show(number: str, shape: str) -> None:
    """Print the inputs of the review NUMBER, such as MR-2026-1: frozen once it was held, else as they are now."""
    row = queries.review(number)
    if row is None:
        raise click.ClickException(f"There is no review {number}.")
    pack = queries.pack_of(row)
    if shape == "json":
        sha256 = pack.snapshot.sha256 if pack.snapshot else ""
        head = {"number": row.number, "state": row.state, "from": row.period_from, "to": row.period_to, "sha256": sha256}
        click.echo(json.dumps(plain({**head, **frozen(pack.inputs)}), ensure_ascii=False, indent=2))
        return
    with current_app.test_request_context():
        _print(row, pack)


def _print(row: Any, pack: queries.Pack) -> None:
    click.echo(f"{row.number}  {row.state}  {row.period_from} – {row.period_to}")
    for each in pack.inputs:
        click.echo(f"\n{forms.INPUT_TITLES[each.key]}")
        for figure in each.figures:
            sums = ", ".join(forms.summed(name, value) for name, value in figure.sums.items())
            click.echo(f"  {figure.count:>5}  {forms.FIGURE_NAMES[figure.key]}{f' ({sums})' if sums else ''}")
            for one in figure.rows:
                click.echo(f"         {' '.join(part for part in (one.project, one.code, one.text, forms.said(one)) if part)}")
        if each.note:
            click.echo(f"         {each.note}")
