"""The folder of a finished run as plans and comparisons read it: its JSON, and where the tables of each target lie."""
from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.errors import InputRefused
from sandbox.plan.model import PlanTarget
from sandbox.run_files import check_files

_TABLE = re.compile(r"[a-z][a-z0-9_-]{0,62}(?:\.[a-z][a-z0-9_-]{0,62})?")
_FILE = re.compile(r"[a-z]+-[0-9]{1,6}\.parquet")


@dataclass(frozen=True)
class RunTarget:
    """One target of a run: its columns, the Parquet files of its live rows and its diff, and the kinds of rows in doubt."""

    columns: PlanTarget
    live: Path
    diff: Path
    doubtful: tuple[str, ...] = ()


@dataclass(frozen=True)
class StoredRun:
    """A finished run: its id, the hash of its mapping and the text of it, hashes of its inputs, and its targets."""

    folder: Path
    run: str
    mapping: str
    mapping_text: str
    inputs: Mapping[str, str]
    targets: tuple[RunTarget, ...]


def stored_run(folder: Path) -> StoredRun:
    """The run in that folder. Raises InputRefused where a file of it is missing, altered or not what a run leaves."""
    try:
        given = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        text = (folder / "mapping.yaml").read_text(encoding="utf-8")
    except OSError as error:
        name = Path(error.filename or "run.json").name
        raise InputRefused(f"{folder.name}: {name} cannot be read ({error.strerror}); "
                           "the folder that `trial run --out` wrote was expected") from error
    except (ValueError, RecursionError) as error:
        raise InputRefused(f"{folder.name}: run.json is not JSON in UTF-8") from error
    try:
        targets = tuple(_target(folder, one) for one in given["details"]["targets"])
        found = StoredRun(folder, str(given["run"]), str(given["mapping"]), text,
                          {str(name): str(sha) for name, sha in given["inputs"].items()}, targets)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise InputRefused(f"{folder.name}: run.json is not what a run writes ({error})") from error
    check_files(folder, given, ["mapping.yaml", *(path.name for one in targets for path in (one.live, one.diff))])
    return found


def _target(folder: Path, given: Mapping[str, Any]) -> RunTarget:
    types = {str(column): str(written) for column, written in given["types"].items()}
    columns = PlanTarget(str(given["table"]), tuple(given["key"]), tuple(given["compare"]), types)
    if not _TABLE.fullmatch(columns.table) or not all(isinstance(one, str) for one in (*columns.key, *columns.compare)):
        raise ValueError(f"{columns.table!r} is no name of a table, or a column has none")
    missing = [column for column in (*columns.key, *columns.compare) if column not in columns.kinds]
    if missing:
        raise ValueError(f"no type of column {missing[0]}")
    doubtful = tuple(str(kind) for kind in given.get("doubtful", ()))
    return RunTarget(columns, _file(folder, given["live"]), _file(folder, given["diff"]), doubtful)


def _file(folder: Path, name: str) -> Path:
    # A link could lead to a table of somebody else: a run leaves none.
    if not _FILE.fullmatch(name) or not (folder / name).is_file() or (folder / name).is_symlink():
        raise ValueError(f"no file {name}")
    return folder / name
