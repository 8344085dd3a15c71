"""A plan as files for the live tool: CSV and JSON for its import, and a checklist with control totals for a person."""
from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from sandbox.plan.model import KINDS, Plan, PlanRefused, PlanRow, PlanTarget, named
from sandbox.plan.values import Value, shown, text_of
from sandbox.tables import csv_text

FORMS = ("csv", "json", "checklist", "steps")
_VERBS = {"create": "Create", "update": "Update", "withdraw": "Withdraw"}
_MARKS = re.compile(r"([\\`*_\[\]<>|#~])")
_COUNTED = {
    False: "The counts below are those of the live tables as the run read them, as `control` in `plan.json` has them.",
    True: "The counts below are those of the live tables as the newest check found them. `control` in `plan.json` keeps what "
          "the run read, since a plan never changes; where the two differ, count by this checklist.",
}  # by whether a check counted
_LISTED = 50  # rows of one step that the checklist names one by one


def export_plan(plan: Plan, form: str, control: Mapping[str, Any] | None = None) -> dict[str, bytes]:
    """Files by name. `csv`, `json`: one for each table and kind; `checklist` (Markdown), `steps` (JSON lines): one.

    `control`: what a check counted in the live tables since, to be counted instead of what the run read.
    """
    if form not in FORMS:
        raise PlanRefused(f"{form!r} is not a form of export; {', '.join(FORMS)} are")
    if form == "checklist":
        return {"checklist.md": checklist(plan, control).encode("utf-8", "surrogatepass")}
    if form == "steps":
        lines = (json.dumps(step, ensure_ascii=False, sort_keys=True) for step in steps(plan, control))
        return {"steps.jsonl": "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogatepass")}
    write = _csv if form == "csv" else _json
    return {f"{name}.{form}": write(plan, target, kind, rows).encode("utf-8", "surrogatepass")
            for name, target, kind, rows in _parts(plan)}


def _parts(plan: Plan) -> list[tuple[str, PlanTarget, str, list[PlanRow]]]:
    """Every table and kind that has rows, with the name of its file; table names are plain by their pattern."""
    found: list[tuple[str, PlanTarget, str, list[PlanRow]]] = []
    for target in plan.targets:
        for kind in KINDS:
            rows = [row for row in plan.rows if row.table == target.table and row.kind == kind]
            if rows:
                found.append((f"{len(found) + 1:02}-{target.table.replace('.', '-')}-{kind}", target, kind, rows))
    return found


def _csv(plan: Plan, target: PlanTarget, kind: str, rows: list[PlanRow]) -> str:
    """Key columns, then of updates the fields that change anywhere: `changed` says which cells of a row count."""
    names = [column for column in target.compare if any(column in row.fields for row in rows)]
    if kind != "update":
        side = "trial" if kind == "create" else "live"
        body = [[row.number, *map(text_of, row.key.values()),
                 *(text_of(getattr(row.fields[column], side)) for column in names)] for row in rows]
        return csv_text(["number", *target.key, *names], body)
    pairs = [part for column in names for part in (column, f"{column} before")]
    body = [[row.number, *map(text_of, row.key.values()), "; ".join(row.fields),
             *(text for column in names for text in _pair(row, column))] for row in rows]
    return csv_text(["number", *target.key, "changed", *pairs], body)


def _pair(row: PlanRow, column: str) -> tuple[str, str]:
    move = row.fields.get(column)
    return (text_of(move.trial), text_of(move.live)) if move else ("", "")


def _json(plan: Plan, target: PlanTarget, kind: str, rows: list[PlanRow]) -> str:
    content = {
        "plan": plan.sha256, "table": target.table, "kind": kind, "key": list(target.key),
        "types": dict(target.types),
        "rows": [{"number": row.number, "key": dict(row.key), "why": row.why, "from": list(row.origins),
                  "fields": {name: {"live": move.live, "trial": move.trial} for name, move in row.fields.items()}}
                 for row in rows],
    }
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def steps(plan: Plan, control: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    """The numbered steps of the work by hand: count, change, count again; totals are exact."""
    control = control or plan.as_json()["control"]
    found: list[dict[str, Any]] = [{"do": "check", "plan": plan.sha256}]
    found += [{"do": "count", "when": "before", "table": one.table, **_totals(control[one.table], "before")}
              for one in plan.targets]
    found += [{"do": kind, "table": target.table, "count": len(rows), "file": f"{name}.csv",
               "each": [_row_words(target, row) for row in rows[:_LISTED]]}
              for name, target, kind, rows in _parts(plan)]
    found += [{"do": "count", "when": "after", "table": one.table, **_totals(control[one.table], "after")}
              for one in plan.targets]
    found.append({"do": "confirm", "plan": plan.sha256})
    return [{"step": number, **step} for number, step in enumerate(found, start=1)]


def _totals(control: Mapping[str, Any], when: str) -> dict[str, Any]:
    return {"rows": control["rows"][when], "sums": {column: sums[when] for column, sums in control["sums"].items()}}


def checklist(plan: Plan, control: Mapping[str, Any] | None = None) -> str:
    """The steps as Markdown with a box to tick on each."""
    lines = ["# Checklist of a plan", "", f"Plan `{plan.sha256}`, run `{plan.run}`, mapping `{plan.mapping}`.", "",
             "Work from top to bottom. Where a count is not as it says, stop: nothing after it may be done.",
             _COUNTED[bool(control)], ""]
    for step in steps(plan, control):
        lines.append(f"{step['step']}. [ ] {_sentence(step)}")
        lines += [f"    - {_plain(words)}" for words in step.get("each", ())]
        left = step.get("count", 0) - _LISTED
        lines += [f"    - and {left:,} more in the file"] if left > 0 else []
    return "\n".join([*lines, "", "To go back, follow the checklist of the inverse plan.", ""])


def _sentence(step: Mapping[str, Any]) -> str:
    if step["do"] == "check":
        return "Export the live tables and check that the plan is not stale (`workbench plan check`)."
    if step["do"] == "confirm":
        return "Export the live tables again: `workbench plan check` must say that every row is done."
    if step["do"] == "count":
        sums = "".join(f", {_plain(column)} {amount} in all" for column, amount in step["sums"].items())
        return f"Count in {_plain(step['table'])} {step['when']} the work: {_rows(step['rows'])}{sums}."
    return f"{_VERBS[step['do']]} {_rows(step['count'])} of {_plain(step['table'])}: file `{step['file']}`."


def _rows(count: int) -> str:
    return f"{count:,} row{'s' * (count != 1)}"


def _row_words(target: PlanTarget, row: PlanRow) -> str:
    if row.kind == "withdraw":
        return named(target, row.key)
    return f"{named(target, row.key)}: " + ", ".join(
        f"{name} {_moved(row, name, target)}" for name in row.fields) if row.fields else named(target, row.key)


def _moved(row: PlanRow, name: str, target: PlanTarget) -> str:
    move, kind = row.fields[name], target.kinds[name]
    after = shown(move.trial, kind)
    return after if row.kind == "create" else f"{shown(move.live, kind)} → {after}"


def _plain(text: str | Value) -> str:
    """Names and cells come from files of others: in Markdown they are only text, on one line."""
    line = "".join(sign if sign.isprintable() else "·" for sign in str(text))
    return _MARKS.sub(r"\\\1", line)
