"""The task of a child process that reads the files of a reconciliation and compares contracts with use."""
from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sandbox.connectors import receive_file
from sandbox.connectors.csv import connector
from sandbox.errors import InputRefused
from sandbox.receiving.received import LINE, Received
from sandbox.receiving.writing import literal, locked, quoted
from sandbox.reconciliation.policies import rules_from
from sandbox.reconciliation.quantities import reconcile
from sandbox.reconciliation.records import entries_from
from sandbox.reconciliation.transport import to_record
from sandbox.tables import Record, Table

_BY_CONNECTOR = (".xlsx", ".xlsm", ".xls", ".ods", ".toml")  # .toml: figures that a person read off a screen


def answer(task: Mapping[str, Any], folder: Path, report: Callable[[int, str], None]) -> dict[str, Any]:
    """The result with the hash of each input as it was read."""
    tables, inputs = {}, {}
    for role, source in task["sources"].items():
        try:
            size = Path(source["path"]).stat().st_size
            if size > connector.MAX_BYTES:
                raise InputRefused(f"{source['name']}: {size} bytes; at most {connector.MAX_BYTES} are read")
            data = Path(source["path"]).read_bytes()
        except OSError as error:
            raise InputRefused(f"{source['name']}: cannot be read ({error.strerror})") from error
        inputs[role] = hashlib.sha256(data).hexdigest()
        tables[role] = _table(data, source, folder)
    result = reconcile(entries_from(tables), sum_duplicates=bool(task["sum_duplicates"]),
                       rules=rules_from(task["rules"]))
    written = {role: dict(table.settings) for role, table in tables.items()}
    return {"record": to_record(result), "inputs": inputs, "settings": written}


def _table(data: bytes, source: Mapping[str, Any], folder: Path) -> Table:
    """The table of one file: a workbook or typed figures by their connector, all else as delimited text."""
    suffix = Path(source["name"]).suffix.lower()
    if suffix not in _BY_CONNECTOR:
        return connector.read_csv(data, source["name"], source["settings"])
    copy = folder / f"book{suffix}"
    copy.write_bytes(data)  # the bytes that were hashed, under a name of ours
    return _of_parquet(receive_file(copy, source["settings"], folder, source["name"]), folder)


def _of_parquet(received: Received, folder: Path) -> Table:
    columns = ", ".join(quoted(name) for name in received.columns)
    with locked(folder) as connection:
        rows = connection.execute(  # names and path are quoted
            f"SELECT {LINE}, {columns} FROM read_parquet({literal(str(received.path.resolve()))}) "  # noqa: S608
            f"ORDER BY {LINE}").fetchall()
    settings = {name: value for name, value in received.settings.items() if isinstance(value, str | int)}
    records = [Record(line, dict(zip(received.columns, cells, strict=True))) for line, *cells in rows
               if any(cell.strip() for cell in cells)]
    return Table(received.name, received.columns, tuple(records), {"decimal": ".", **settings}, received.refused)
