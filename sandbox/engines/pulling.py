"""The child's part of a pull: reads a live source, holds it against the contracts, masks it, adds it to what is known."""
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from importlib import import_module
from pathlib import Path
from typing import Any

from sandbox.connectors import receive_tables
from sandbox.errors import InputRefused, ValueRefused
from sandbox.http.approvals import Approval
from sandbox.receiving.contracts import held
from sandbox.receiving.masking import masked
from sandbox.receiving.received import LINE, Pulled, Received, Setting
from sandbox.receiving.treehash import check_weight
from sandbox.receiving.writing import literal, locked, quoted

Report = Callable[[int, str], None]

# The connectors that read a live source; those that read files are not called here.
_LIVE = {"sql": "sandbox.connectors.sql.connector", "rest": "sandbox.connectors.rest.connector"}
SALT = "/salt"  # under which the project's salt travels with the secrets; no secret has such a name
_READ_SHARE = 85  # percent of the work


def answer(task: Mapping[str, Any], folder: Path, report: Report) -> dict[str, Any]:
    """Everything of one pull; the tables lie in `folder` under the names that the answer gives."""
    raw = folder.parent / "raw"
    raw.mkdir()
    pulled = _pulled(task, raw, lambda percent, doing: report(percent * _READ_SHARE // 100, doing))
    tables = _all_finished(pulled.tables, task, folder, raw, report)
    return {"tables": tables, "before": pulled.before, "after": pulled.after, "requests": list(pulled.requests)}


def received_file(task: Mapping[str, Any], folder: Path, report: Report) -> dict[str, Any]:
    """Every table of one file; the tables lie in `folder` under the names that the answer gives."""
    raw = folder.parent / "raw"
    raw.mkdir()
    tables = receive_tables(Path(task["path"]), task["settings"], raw, name=task["name"],
                            report=lambda percent, doing: report(percent * _READ_SHARE // 100, doing))
    return {"tables": _all_finished(tables, task, folder, raw, report)}


def source_hash(task: Mapping[str, Any], folder: Path, report: Report) -> dict[str, Any]:
    """The hash of the source now; empty where its connector cannot read it again alone."""
    connector = _connector(str(task["connector"]))
    if not hasattr(connector, "source_hash"):
        return {"hash": ""}
    report(0, "reading the source again")
    return {"hash": connector.source_hash(task["settings"], secrets=_secrets(task), approvals=_approvals(task))}


def _all_finished(tables: Sequence[Received], task: Mapping[str, Any], folder: Path, raw: Path,
                  report: Report) -> list[dict[str, Any]]:
    told = []
    for number, received in enumerate(tables):
        report(_READ_SHARE + (100 - _READ_SHARE) * number // len(tables), f"keeping {received.name}")
        final = _finished(received, task, folder / f"table-{number}.parquet", raw)
        check_weight(final.path, final.columns, final.name)
        told.append({**asdict(final), "path": final.path.name, "columns": list(final.columns),
                     "refused": [one.as_json() for one in final.refused], "settings": dict(final.settings)})
    return told


def _connector(name: str) -> Any:
    if name not in _LIVE:
        raise InputRefused(f'the connector "{name}" reads no live source; those are {", ".join(sorted(_LIVE))}')
    return import_module(_LIVE[name])


def _approvals(task: Mapping[str, Any]) -> tuple[Approval, ...]:
    return tuple(Approval(**one) for one in task["approvals"])


def _secrets(task: Mapping[str, Any]) -> dict[str, str]:
    return {name: value for name, value in task.get("secrets", {}).items() if name != SALT}


def _pulled(task: Mapping[str, Any], folder: Path, report: Report) -> Pulled:
    given: dict[str, Any] = {"secrets": _secrets(task), "approvals": _approvals(task), "report": report}
    if task["resume"] and task["connector"] == "rest":
        given["resume"] = Path(task["resume"])
    try:
        done: Pulled = _connector(str(task["connector"])).pull(task["settings"], folder, **given)
    except ValueRefused as error:
        # What is quoted came before any mask.
        raise InputRefused(error.hidden if any(task["masks"].values()) else str(error)) from error
    return done


def _finished(received: Received, task: Mapping[str, Any], out: Path, folder: Path) -> Received:
    """The table as it is kept: its columns as the contract wants them, masked, with the rows known before."""
    known = task["known"].get(received.name)
    contract = str(task["contracts"].get(received.name, "allow"))
    masks = task["masks"].get(received.name, {})
    columns, told = received.columns, dict[str, Setting](received.settings)
    if known:
        # What is dropped on the way in was not in the last snapshot either, and is not new for that.
        hidden = [column for column, mask in masks.items() if mask == "drop"]
        left = _left_out(received, [one for one in columns if one not in hidden], known["columns"], contract)
        columns = tuple(column for column in columns if column not in left)
        told |= {"discarded": left} if left else {}
    kept = replace(received, settings=told)
    if columns != received.columns:
        kept = replace(kept, path=_chosen(received.path, columns, folder / f"chosen-{out.name}"), columns=columns)
    kept = masked(kept, masks, task.get("secrets", {}).get(SALT, ""))
    if known and "since" in kept.settings and kept.settings.get("after"):
        return _merged(kept, known, out, masks)
    kept.path.rename(out)
    return replace(kept, path=out)


def _left_out(received: Received, columns: Sequence[str], expected: Sequence[str], contract: str) -> list[str]:
    """The columns that the contract discards; raises InputRefused where it does not allow what is there."""
    found = held(columns, tuple(expected), contract)
    if found.stops:
        raise InputRefused("; ".join(found.in_words(received.name)))
    return list(found.discarded)


def _chosen(source: Path, columns: Sequence[str], out: Path) -> Path:
    """The same table with these columns alone."""
    names = ", ".join([LINE, *map(quoted, columns)])
    with locked(source.parent, threads=1) as connection:
        given = literal(str(source.resolve()))
        connection.execute(f"CREATE VIEW chosen AS SELECT {names} FROM read_parquet({given})")  # noqa: S608 – names and texts are quoted
        connection.execute(f"COPY (FROM chosen ORDER BY {LINE}) TO {literal(str(out.resolve()))} (FORMAT parquet)")
    return out


def _merged(fresh: Received, known: Mapping[str, Any], out: Path, masks: Mapping[str, str]) -> Received:
    """What was known with what is new: a row of a known key takes the place of the old one, the lines count on."""
    key = list(fresh.settings["key"]) if isinstance(fresh.settings["key"], list) else []
    if sorted(fresh.columns) != sorted(known["columns"]):
        raise InputRefused(f'{fresh.name}: its columns are no longer those of the last snapshot; read it once in full, '
                           'without "since"')
    hidden = [column for column in key if masks.get(column, "hash") != "hash"]
    if hidden:
        raise InputRefused(f'{fresh.name}: the key column "{hidden[0]}" is masked, so that new rows cannot find the old ones; '
                           'mask it by hash, or read the table in full, without "since"')
    before = Path(known["path"])
    names = ", ".join(map(quoted, fresh.columns))
    same = " AND ".join(f"new.{quoted(column)} = old.{quoted(column)}" for column in key)
    with locked(fresh.path.parent, before.parent, out.parent, threads=1) as connection:
        for view, path in (("old", before), ("new", fresh.path)):
            connection.execute(f"CREATE VIEW {view} AS SELECT {LINE}, {names} "  # noqa: S608 – names and texts are quoted
                               f"FROM read_parquet({literal(str(path.resolve()))})")
        connection.execute(f"CREATE TABLE merged AS SELECT row_number() OVER (ORDER BY part, line) AS {LINE}, {names} FROM ("  # noqa: S608 – names are quoted
                           f"SELECT 0 AS part, {LINE} AS line, {names} FROM old WHERE NOT EXISTS (SELECT 1 FROM new WHERE {same}) "
                           f"UNION ALL SELECT 1, {LINE}, {names} FROM new)")
        connection.execute(f"COPY (FROM merged ORDER BY {LINE}) TO {literal(str(out.resolve()))} (FORMAT parquet)")
        rows = connection.execute("SELECT count(*) FROM merged").fetchall()[0][0]
    told: dict[str, Setting] = {**fresh.settings, "added_to": str(known["id"]), "newly_read": fresh.rows}
    return replace(fresh, path=out, rows=int(rows), settings=told)
