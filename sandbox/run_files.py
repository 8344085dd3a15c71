"""The files of a run's folder by their SHA-256, written when it is made and checked before one of them is read."""
from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sandbox.errors import InputRefused

RECORD = "run.json"
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SEEN: dict[tuple[str, int, int, int, int], str] = {}  # what this process hashed, by path, inode, size and times
_MOST_SEEN = 10_000


def file_hashes(folder: Path) -> dict[str, str]:
    """The SHA-256 of every file in the folder by its name, those of run.json left out: it holds them."""
    return {path.name: _hashed(path) for path in sorted(folder.iterdir()) if path.name != RECORD}


def is_hashed(record: Mapping[str, Any]) -> bool:
    """Whether the run keeps the hashes of its files; runs of an earlier version do not, and are read as they stand."""
    return "files" in record["details"]


def check_files(folder: Path, record: Mapping[str, Any], names: Iterable[str] | None = None) -> None:
    """Raises InputRefused naming the first of these files (all, where none are named) that is not as the run left it.

    A file is hashed once in a process, as long as its inode, size and times stay the same.
    """
    if not is_hashed(record):
        return
    kept = record["details"]["files"]
    if not isinstance(kept, dict) or not all(isinstance(one, str) and _SHA256.fullmatch(one) for one in kept.values()):
        raise InputRefused(f"{folder.name}: run.json is not what a run writes (files)")
    for name in kept if names is None else names:
        if name not in kept:
            raise InputRefused(f"{folder.name}: run.json holds no hash of {name}; run the mapping again")
        path = folder / name
        if Path(name).name != name or path.is_symlink() or not path.is_file():
            raise InputRefused(f"{folder.name}: {name} is missing; the run left it there. Run the mapping again")
        if _hash_of(path) != kept[name]:
            raise InputRefused(f"{folder.name}: {name} is not as the run left it: its SHA-256 is another. "
                               "Run the mapping again")


def _hash_of(path: Path) -> str:
    """The hash of the file, from memory where it was hashed already."""
    try:
        seen = path.stat()
        stamp = (str(path.resolve()), seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns)
        if stamp not in _SEEN:
            if len(_SEEN) >= _MOST_SEEN:
                _SEEN.clear()
            _SEEN[stamp] = _hashed(path)
        return _SEEN[stamp]
    except OSError as error:
        raise InputRefused(f"{path.parent.name}: {path.name} cannot be read ({error.strerror})") from error


def _hashed(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
