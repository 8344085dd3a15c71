"""The child process: takes a task by JSON on standard input, limits itself, reads the files, answers by JSON."""
from __future__ import annotations

import hashlib
import json
import os
import resource
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sandbox.connectors.csv import connector
from sandbox.errors import OUT_OF_MEMORY, InputRefused
from sandbox.quantities import reconcile
from sandbox.records import entries_from
from sandbox.transport import to_record


def limit_self(limits: Mapping[str, int]) -> None:
    """Memory, CPU seconds and the size of the answer; no core file, which could hold clients' data."""
    wanted = {
        resource.RLIMIT_AS: limits["memory_mb"] * 1024 * 1024,
        resource.RLIMIT_CPU: limits["cpu_seconds"],
        resource.RLIMIT_FSIZE: limits["answer_mb"] * 1024 * 1024,
        resource.RLIMIT_CORE: 0,
    }
    for kind, value in wanted.items():
        hard = resource.getrlimit(kind)[1]
        lowest = value if hard == resource.RLIM_INFINITY else min(value, hard)
        # At the soft CPU limit comes SIGXCPU, which says why; at the hard one SIGKILL, which does not.
        resource.setrlimit(kind, (lowest, lowest if kind != resource.RLIMIT_CPU else hard))


def answer_to(task: Mapping[str, Any]) -> dict[str, Any]:
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


def main() -> int:
    task = json.load(sys.stdin)
    limit_self(task["limits"])
    try:
        answer = json.dumps(answer_to(task), ensure_ascii=False)
    except InputRefused as error:
        answer = json.dumps({"refused": str(error)})
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    sys.stdout.write(answer)
    sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
