"""Files that were uploaded to be imported and wait for their preview to be confirmed. Knows no database."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from workbench import clock

KEPT_SECONDS = 86_400
_TOKEN = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Upload:
    """An uploaded file with its name, and the catalogue that came with a profile."""

    token: str
    name: str
    data: bytes
    catalog_name: str = ""
    catalog: bytes | None = None


def keep(home: Path, *, name: str, data: bytes, catalog_name: str = "", catalog: bytes | None = None) -> str:
    """Put an upload aside under the hash of its content; what lay there longer than a day is removed."""
    inbox = home / "packs" / "inbox"
    inbox.mkdir(parents=True, exist_ok=True)
    _tidy(inbox)
    names = json.dumps([name, catalog_name])
    token = hashlib.sha256(b"\0".join((names.encode(), data, catalog or b""))).hexdigest()
    folder = inbox / token
    folder.mkdir(exist_ok=True)
    (folder / "file").write_bytes(data)
    if catalog is not None:
        (folder / "catalog").write_bytes(catalog)
    (folder / "names.json").write_text(names, "utf-8")
    return token


def waiting(home: Path, token: str) -> Upload | None:
    """The upload of that token, or None."""
    folder = home / "packs" / "inbox" / token
    if not _TOKEN.fullmatch(token) or not (folder / "names.json").is_file():
        return None
    name, catalog_name = json.loads((folder / "names.json").read_text("utf-8"))
    catalog = folder / "catalog"
    found = catalog.read_bytes() if catalog.is_file() else None
    return Upload(token, name, (folder / "file").read_bytes(), catalog_name, found)


def _tidy(inbox: Path) -> None:
    oldest = clock.now().timestamp() - KEPT_SECONDS
    for folder in inbox.iterdir():
        if folder.is_dir() and folder.stat().st_mtime < oldest:
            shutil.rmtree(folder, ignore_errors=True)
