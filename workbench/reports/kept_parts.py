"""Parts that were set before, kept by the hash of all they depend on: a report that changed a little is set but for what changed.

`<home>/cache/report-parts/<two digits>/<hash>` holds the SHA-256 of the bytes, then the bytes. Nothing else may be lost with it:
the folder can be emptied at any time, and a backup may leave it out.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from contextlib import suppress
from pathlib import Path

MOST_BYTES = 256 * 1024 * 1024
_DIGEST = 32


class KeptParts:
    """The folder of one installation; without a folder nothing is kept."""

    def __init__(self, folder: Path | None, most_bytes: int = MOST_BYTES) -> None:
        self.folder, self.most_bytes = folder, most_bytes

    @classmethod
    def of(cls, home: Path | None) -> KeptParts:
        """Those of a data folder."""
        return cls(home / "cache" / "report-parts" if home else None)

    def read(self, key: str) -> bytes:
        """The bytes under a key; empty where there are none, or where they are not those that were kept."""
        if self.folder is None:
            return b""
        path = self.folder / key[:2] / key
        try:
            held = path.read_bytes()
            os.utime(path)  # what is used stays longest
        except OSError:
            return b""
        body = held[_DIGEST:]
        if hashlib.sha256(body).digest() == held[:_DIGEST]:
            return body
        path.unlink(missing_ok=True)
        return b""

    def keep(self, key: str, body: bytes) -> None:
        """Keep bytes under a key. A full or read-only disk is no reason to fail: the report is there without."""
        if self.folder is None:
            return
        path = self.folder / key[:2] / key
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            temporary = path.with_suffix(f".{secrets.token_hex(8)}")
            temporary.write_bytes(hashlib.sha256(body).digest() + body)
            temporary.replace(path)

    def bound(self) -> int:
        """Take the longest unused away until the rest fits; says how many files went."""
        if self.folder is None:
            return 0
        held: list[tuple[int, Path, int]] = []
        for path in self.folder.glob("*/*"):
            with suppress(FileNotFoundError):  # another worker took it away
                about = path.stat()
                held.append((-about.st_mtime_ns, path, about.st_size))
        size, gone = 0, 0
        for _age, path, taken in sorted(held):
            size += taken
            if size > self.most_bytes:
                path.unlink(missing_ok=True)
                gone += 1
        return gone
