"""The tasks of a child process that carry a mapping out on received tables and write the folder of a trial run."""
# ruff: noqa: S608 – names in SQL are ours or quoted, and values are escaped; nothing a person types is SQL
from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from sandbox.connectors import receive_file
from sandbox.engines.diffing import Compared, compared, order
from sandbox.engines.duckdb import Engine, needed_for
from sandbox.engines.inputs import LINE, OWN, Given, given
from sandbox.engines.lineage import sources_of
from sandbox.engines.refusals import Refused, samples
from sandbox.engines.relations import line_sql, marked_columns
from sandbox.errors import InputRefused, RunStopped
from sandbox.formula.duckdb import quoted, text_literal
from sandbox.formula.faults import CellFault
from sandbox.formula.oracle import read_cell
from sandbox.formula.tree import Value
from sandbox.locked import locked_connection
from sandbox.mapping.check import checked
from sandbox.mapping.checked import SEMANTICS, CheckedMapping, Source
from sandbox.receiving.masking import masked
from sandbox.receiving.received import Received

SHOWN = 20
SORTED_ROWS = 2_000_000  # beyond, staged and live rows are written as they come: sorting them is work nobody reads
Report = Callable[[int, str], None]
Group = tuple[str, str, str, int, Sequence[Refused]]  # step, item, kind, how many, the first of them


def answer(task: Mapping[str, Any], folder: Path, report: Report, made: Callable[..., Engine] = Engine) -> dict[str, Any]:
    """The record of a run by the engine that `made` makes; staged, live, difference, refused rows lie in `folder` as Parquet."""
    start = time.monotonic()
    engine, received = prepared(task, folder, report, made)
    try:
        engine.run()
        report(80, "difference")
        targets = [compared(engine, number, target) for number, target in enumerate(engine.mapping.targets, 1)]
        report(90, "writing")
        _written(engine, targets, folder)
        record = _record(engine, targets, received, task["inputs"], folder)
    except duckdb.OutOfMemoryException as error:
        raise InputRefused(f"the run needs more than {task['memory_mb']} MB of memory or its temporary space") from error
    finally:
        engine.connection.close()
    record["details"]["seconds"] = round(time.monotonic() - start, 3)
    return record


def prepared(task: Mapping[str, Any], folder: Path, report: Report, made: Callable[..., Engine] = Engine, *,
             is_sample: bool = False) -> tuple[Engine, dict[str, Received]]:
    """An engine with its inputs received and held against their contracts; nothing is carried out yet."""
    work = folder.parent / "work"
    work.mkdir(exist_ok=True)
    mapping = checked(task["mapping"], task.get("name", "mapping.yaml"))
    parameters = parameters_of(mapping, task["parameters"])
    received: dict[str, Received] = {}
    paths = {name: Path(task["inputs"][name]["path"]) for name in mapping.sources}
    likely = _likely(paths)
    # One connection for all there is to ask: each takes longer to open than a preview has.
    connection = locked_connection(work, folder, likely.values(), memory_mb=task["memory_mb"], threads=task["threads"],
                                   keeps_order=is_sample)
    there = _mirrored(connection, likely)
    for number, name in enumerate(mapping.sources):
        one = task["inputs"][name]
        if name not in there:
            report(2 + 8 * number // len(mapping.sources), f"source {name}")
            (work / str(number)).mkdir()
            got = receive_file(Path(one["path"]), one["settings"], work / str(number), one["name"])
            mask = {column: kind for column, kind in mapping.sources[name].mask.items()
                    if kind != "drop" or column in got.columns}
            got = masked(got, mask, task.get("secrets", {}).get("salt", ""))
            received[name], paths[name] = got, got.path
        elif unmasked := _unmasked(mapping.sources[name], one["settings"]):
            (work / str(number)).mkdir()
            paths[name] = _masked_copy(one, unmasked, work / str(number), task)
    tables: dict[str, Given] = {}
    for name, source in mapping.sources.items():
        written = {**(received[name].settings if name in received else {}), **task["inputs"][name]["settings"]}
        tables[name] = given(connection, source, paths[name], written)
    return made(connection, mapping, tables, parameters, report), received


def _unmasked(source: Source, settings: Mapping[str, Any]) -> dict[str, str]:
    """What the mapping masks of the columns it reads and the mirror did not mask on the way in."""
    done = {str(name) for name in settings.get("masked") or ()}
    return {column: kind for column, kind in source.mask.items() if column in source.schema and column not in done}


def _masked_copy(given_: Mapping[str, Any], mask: Mapping[str, str], folder: Path, task: Mapping[str, Any]) -> Path:
    """The table of the mirror with these columns masked, for this run; the mirror's own stays as it is."""
    path = Path(given_["path"])
    with locked_connection(folder, files=[path], memory_mb=256, threads=1) as connection:
        described = connection.execute("SELECT name FROM parquet_schema(?) WHERE num_children IS NULL", [str(path)])
        columns = tuple(str(name) for (name,) in described.fetchall() if name not in OWN)
    table = Received(given_["name"], path, columns, 0)
    present = {column: kind for column, kind in mask.items() if column in columns}
    return masked(table, present, task.get("secrets", {}).get("salt", ""), folder / "masked.parquet", is_kept=True).path


def _likely(paths: Mapping[str, Path]) -> dict[str, Path]:
    """The inputs that are Parquet."""
    likely = {}
    for name, path in paths.items():
        with path.open("rb") as file:
            if file.read(4) == b"PAR1":
                likely[name] = path
    return likely


def _mirrored(connection: duckdb.DuckDBPyConnection, likely: Mapping[str, Path]) -> set[str]:
    """The inputs whose files are tables that a connector wrote already: lines, and text in every other column."""
    wanted = {LINE: "BIGINT", **dict.fromkeys(OWN[1:], "BOOLEAN")}
    found = set()
    for name, path in likely.items():
        described = connection.execute(f"DESCRIBE SELECT * FROM read_parquet({text_literal(str(path))})").fetchall()
        types = {str(row[0]): str(row[1]) for row in described}
        if LINE in types and all(kind == wanted.get(column, "VARCHAR") for column, kind in types.items()):
            found.add(name)
    return found


def parameters_of(mapping: CheckedMapping, given_: Mapping[str, str]) -> dict[str, Value]:
    """The values of the mapping's parameters, each there and of its type."""
    unknown = [name for name in given_ if name not in mapping.parameters]
    if unknown:
        raise InputRefused(f"the mapping has no parameter {unknown[0]}; it has {', '.join(mapping.parameters) or 'none'}")
    found: dict[str, Value] = {}
    for name, kind in mapping.parameters.items():
        if name not in given_:
            raise InputRefused(f"the parameter {name} ({kind}) has no value")
        try:
            found[name] = read_cell(kind, given_[name], ".")
        except CellFault as fault:
            raise InputRefused(f"parameter {name}: {fault}") from fault
    return found


def _written(engine: Engine, targets: Sequence[Compared], folder: Path) -> None:
    for number, one in enumerate(targets, 1):
        keys = [f"k{place} AS {quoted(name)}" for place, name in enumerate(one.target.key)]
        keys += [f"v{place} AS {quoted(name)}" for place, name in enumerate(one.target.compare)]
        columns, part = ", ".join(keys), " WHERE _rule = ''" if one.refused else ""
        by = ", ".join(f"k{place}" for place in range(len(one.target.key)))
        line = f"{line_sql('_line')} AS _line"
        flag = f"{str(one.masked).upper()} AS _masked"
        for name, table, more in (("staged", one.staged, f"{marked_columns()}, {flag}"), ("live", one.live, line)):
            sorted_ = f" ORDER BY {by}" if one.rows[name] <= SORTED_ROWS else ""
            _copy(engine, f"SELECT {columns}, {more} FROM {table}{part}{sorted_}", folder / f"{name}-{number}.parquet")
        _copy(engine, f"SELECT * EXCLUDE (_side, _at) FROM {one.diff} ORDER BY {order(one.target)}",
              folder / f"diff-{number}.parquet")


def _copy(engine: Engine, sql: str, path: Path) -> None:
    engine.execute(f"COPY ({sql}) TO {text_literal(str(path))} (FORMAT parquet, COMPRESSION zstd)")


def _record(engine: Engine, targets: Sequence[Compared], received: Mapping[str, Received],
            inputs: Mapping[str, Mapping[str, Any]], folder: Path) -> dict[str, Any]:
    """Everything of run.json that the child knows."""
    found = samples(engine, engine.tallies)
    refused: list[Group] = [(one.step, one.item.name, one.item.kind, one.count, found[one.step, one.item.name, one.item.kind])
               for one in engine.tallies if one.item.level == "error" and one.count]
    refused = _unread(received) + refused
    refused += [(one.target.table, rule, "target", count, rows) for one in targets
                for rule, (count, rows) in one.refused.items()]
    _keep_refused(engine, [row for *_, rows in refused for row in rows], folder)
    checks = [{"step": one.step, "name": one.item.name, "level": one.item.level, "count": one.count,
               "sample": [_sample(row) for row in found.get((one.step, one.item.name, "check"), [])[:SHOWN]]}
              for one in engine.tallies if one.item.kind == "check"]
    lost = {name: one.get("left_out", 0) for name, one in inputs.items()}
    lost |= {name: table.refused_count for name, table in received.items()}
    doubtful = _doubtful(engine, targets, lost)
    return {
        "targets": {one.target.table: dict(one.counts) for one in targets},
        "checks": checks,
        "coverage": {name: {"matched": matched, "unmatched": unmatched}
                     for name, (matched, unmatched) in engine.coverage.items()},
        "refused": [{"step": step, "item": item, "kind": kind, "count": count,
                     "sample": [_sample(row) for row in rows[:SHOWN]]} for step, item, kind, count, rows in refused],
        "details": {
            "semantics": SEMANTICS, "name": engine.mapping.spec.name,
            "warnings": [*engine.mapping.warnings, *_cautions(targets, doubtful)],
            "targets": [_target(number, one, kinds)
                        for number, (one, kinds) in enumerate(zip(targets, doubtful, strict=True), 1)],
            "inputs": {name: _input(table) for name, table in engine.inputs.items()},
            "steps": dict(engine.passed),
        },
    }


def _doubtful(engine: Engine, targets: Sequence[Compared], lost: dict[str, int]) -> list[list[str]]:
    """By target the kinds of rows that lost rows may have made: one missing on one side looks new or gone."""
    for one in engine.tallies:
        if one.item.level == "error":
            lost[one.step] = lost.get(one.step, 0) + one.count
    found = []
    for each in targets:
        behind = {name for part in needed_for(engine.mapping, each.target.origin) for name in part}
        gone = any(lost.get(name) for name in behind) and each.counts["withdraw"] + each.counts["flagged"]
        new = lost.get(each.target.live) and each.counts["create"]
        found.append([*(["withdraw", "flagged"] if gone else []), *(["create"] if new else [])])
    return found


def _cautions(targets: Sequence[Compared], doubtful: Sequence[Sequence[str]]) -> list[str]:
    """The same in words."""
    said = []
    for each, kinds in zip(targets, doubtful, strict=True):
        table, gone = each.target.table, each.counts["withdraw"] + each.counts["flagged"]
        if "withdraw" in kinds:
            said.append(f"target {table}: rows were refused, edited or left out on the way to it; of the {gone} to withdraw "
                        "some may be missing for that alone")
        if "create" in kinds:
            said.append(f"target {table}: live rows could not be read, or were edited or left out; of the "
                        f"{each.counts['create']} to create some may stand there already")
    return said


def _unread(received: Mapping[str, Received]) -> list[Group]:
    """Records that a connector refused, with the field it named."""
    found: list[Group] = []
    for name, table in received.items():
        rows = [Refused(name, one.field, "received", name, one.row, one.message, one.value) for one in table.refused]
        if table.refused_count:
            found.append((name, "record", "received", table.refused_count, rows))
    return found


def _sample(row: Refused) -> dict[str, Any]:
    return {"source": row.source, "line": row.line, "message": row.message}


def _target(number: int, one: Compared, doubtful: Sequence[str]) -> dict[str, Any]:
    target = one.target
    return {
        "table": target.table, "key": list(target.key), "compare": list(target.compare),
        "types": {name: str(target.schema[name]) for name in (*target.key, *target.compare)},
        "missing": target.missing, "fields": dict(one.by_field), "rows": dict(one.rows),
        "staged": f"staged-{number}.parquet", "live": f"live-{number}.parquet", "diff": f"diff-{number}.parquet",
        "live_source": target.live, "doubtful": list(doubtful),
    }


def _input(table: Given) -> dict[str, Any]:
    columns = [column for column in table.columns if not column.startswith("_")]
    return {"rows": table.rows, "settings": dict(table.settings), "columns": columns, "contract": table.source.contract,
            "new": list(table.new), "masked": sorted(table.masked), "table": table.source.table}


def _keep_refused(engine: Engine, rows: Sequence[Refused], folder: Path) -> None:
    columns = {"step": "VARCHAR", "item": "VARCHAR", "kind": "VARCHAR", "source": "VARCHAR", "line": "BIGINT",
               "message": "VARCHAR", "row": "VARCHAR"}
    shape = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
    engine.execute(f"CREATE TABLE refused ({shape})")
    if rows:
        listed = ", ".join(f"unnest(${number}::{kind}[])" for number, kind in enumerate(columns.values(), 1))
        engine.connection.execute(f"INSERT INTO refused SELECT {listed}",
                                  [[getattr(row, name) for row in rows] for name in columns])
    _copy(engine, 'SELECT * FROM refused ORDER BY rowid', folder / "refused.parquet")


def traced(task: Mapping[str, Any], folder: Path, report: Report) -> dict[str, Any]:
    """All source rows of one row of a target, by its key; at most a thousand."""
    engine, _ = prepared(task, folder, report)
    try:
        engine.run()
        target = next(one for one in engine.mapping.targets if one.table == task["target"])
        relation = engine.relations[target.origin]
        conditions = []
        for name, text in zip(target.key, task["key"], strict=True):
            conditions.append(f"CAST({relation.column(name)} AS VARCHAR) = {text_literal(text)}")
        wanted = f"SELECT 1 AS _t, _line FROM {relation.sql} AS o WHERE {' AND '.join(conditions)}"
        rows = engine.rows(f"SELECT _from FROM {sources_of(engine, wanted, 'traced', 1000)}")
    except duckdb.OutOfMemoryException as error:
        raise RunStopped(f"the run needs more than {task['memory_mb']} MB of memory") from error
    finally:
        engine.connection.close()
    return {"from": list(rows[0][0]) if rows else []}
