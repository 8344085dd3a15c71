"""The task of a child process that reads the files of a reconciliation and compares contracts with use."""
from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sandbox.connectors.csv import connector
from sandbox.errors import InputRefused
from sandbox.quantities import reconcile
from sandbox.records import entries_from
from sandbox.transport import to_record


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
        tables[role] = connector.parse(data, source["name"], source["settings"])
    result = reconcile(entries_from(tables), sum_duplicates=bool(task["sum_duplicates"]))
    written = {role: dict(table.settings) for role, table in tables.items()}
    return {"record": to_record(result), "inputs": inputs, "settings": written}
