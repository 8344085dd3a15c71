"""The child process: waits for its task, limits itself, and leaves its answer as JSON in its folder."""
from __future__ import annotations

import json
import os
import resource
import shutil
import sys
import threading
import time
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import NoReturn

from sandbox.errors import OUT_OF_MEMORY, RUN_FOLDER, InputRefused

Report = Callable[[int, str], None]
_LOOK = 0.5  # seconds between two looks at the parent
_leaving = threading.Lock()

# What a child can do: the function that gets (task, the folder for its files, report) and gives its answer.
TASKS = {
    "reconcile": "sandbox.engines.reconciling:answer",
    "trial": "sandbox.engines.running:answer",
    "trial_spark": "sandbox.engines.spark:answer",
    "trial_rows": "sandbox.engines.showing:answer",
    "trial_trace": "sandbox.engines.running:traced",
    "trial_preview": "sandbox.engines.preview:answer",
    "pull": "sandbox.engines.pulling:answer",
    "receive": "sandbox.engines.pulling:received_file",
    "sniff": "sandbox.engines.sniffing:answer",
    "source_hash": "sandbox.engines.pulling:source_hash",
    "compare": "sandbox.engines.comparing:answer",
    "plan_choose": "sandbox.engines.planning:choose",
    "plan_find": "sandbox.engines.planning:find",
    "plan_rehearse": "sandbox.engines.planning:rehearse",
}


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


def report(percent: int, doing: str) -> None:
    """One line to the parent: how far, and what is being done."""
    sys.stdout.write(json.dumps([percent, doing]) + "\n")
    sys.stdout.flush()


def end_with(parent: int, folder: Path) -> None:
    """Ends this process, and removes its folder, once its parent was killed and can do neither."""
    while os.getppid() == parent:
        time.sleep(_LOOK)
    _leave(folder)


def _leave(folder: Path) -> NoReturn:
    _leaving.acquire()  # whoever comes second would end this process before the first has removed the folder
    if folder.name.startswith(RUN_FOLDER):
        shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)


def _prepare(kind: str) -> None:
    """What every task of that kind does first."""
    import_module(TASKS[kind].partition(":")[0])
    import_module("sandbox.locked").open_ahead()


def _size_mb() -> float:
    """What this process has of the memory that is limited; nothing where the system does not say it."""
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize() / 1024 / 1024
    except OSError:
        return 0


def main() -> int:
    folder, (parent, *ahead) = Path.cwd(), sys.argv[1:]
    threading.Thread(target=end_with, args=(int(parent), folder), daemon=True).start()
    for kind in ahead:
        _prepare(kind)
    handed = sys.stdin.buffer.read()
    if not handed:  # the parent ended, or wants no more
        _leave(folder)
    given = json.loads((folder / "task.json").read_bytes())
    if secrets := json.loads(handed):
        given["task"]["secrets"] = secrets
    if ahead and _size_mb() > given["limits"]["memory_mb"]:
        os._exit(OUT_OF_MEMORY)
    limit_self(given["limits"])
    module, _, function = TASKS[given["kind"]].partition(":")
    try:
        work = getattr(import_module(module), function)
        answer = {"answer": work(given["task"], Path("out").resolve(), report)}
    except InputRefused as error:
        answer = {"refused": str(error)}
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    Path("answer.json").write_text(json.dumps(answer, ensure_ascii=False), encoding="utf-8")
    return 0


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # the answer is written: taking the interpreter and DuckDB apart is time that somebody waits
