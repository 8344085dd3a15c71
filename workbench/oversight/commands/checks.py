"""`workbench self-audit`: the standing checks as a table or as JSON; its exit code says whether something is wrong now."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import click
from flask import current_app

from workbench.oversight import checks
from workbench.oversight.forms import checks as words
from workbench.trail.rules import plain


@click.command("self-audit", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("project", default="")
@click.option("--format", "shape", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.pass_context
def self_audit(context: click.Context, project: str, shape: str) -> None:
    """Make every standing check of all running projects, or of PROJECT. Exits with 1 when something is wrong now."""
    scope = checks.scope_of(None, project)
    if project and not scope.rights:
        raise click.ClickException(f"There is no running project {project}.")
    results = checks.run_all(scope)
    with current_app.test_request_context():
        click.echo(_json(results) if shape == "json" else _table(results))
    context.exit(1 if checks.severe(results) else 0)


def _json(results: list[checks.Result]) -> str:
    told = [
        {
            "check": each.check.key,
            "severity": each.check.severity.value,
            "question": str(words.QUESTIONS[each.check.key]),
            "count": each.count,
            "rows": [asdict(row) for row in each.rows],
        }
        for each in results
    ]
    return json.dumps(plain({"severe": checks.severe(results), "checks": told}), ensure_ascii=False, indent=2)


def _table(results: list[checks.Result]) -> str:
    lines: list[str] = []
    for each in results:
        lines.append(f"{each.count:>5}  {each.check.severity.value:<8} {words.QUESTIONS[each.check.key]}")
        for row in each.rows:
            parts: tuple[Any, ...] = (row.project, row.code, words.text_of(row), row.on, words.said(row))
            lines.append("         " + "  ".join(part for part in parts if part))
    return "\n".join(lines)
