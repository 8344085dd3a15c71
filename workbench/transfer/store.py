"""The files of a project: evidence and built reports by their SHA-256, and what the sandbox keeps."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import re
import secrets
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from flask_babel import gettext as _

from workbench.evidence import store as evidence
from workbench.transfer.rules import BadFile, Outcome, is_safe_place
from workbench.trials.store import folder
from workbench.web.refusals import Refused

KEPT_SECONDS = 24 * 60 * 60
EVIDENCE, SANDBOX = "evidence/", "sandbox/"
_TOKEN = re.compile(r"[0-9a-f]{32}")


def listed(digests: Iterable[str], *, home: Path, key: str, with_bytes: bool) -> list[dict[str, Any]]:
    """Every file with its place, size and SHA-256, and its bytes where wanted. Raises Refused where one is damaged or gone."""
    found = [_line(EVIDENCE + each, _evidence(each, home), with_bytes) for each in sorted(set(digests))]
    root = folder(home, key)
    for path in sorted(root.rglob("*"), key=lambda each: each.relative_to(root).as_posix()) if root.is_dir() else ():
        place = path.relative_to(root).as_posix()
        if path.is_file() and not path.is_symlink() and is_safe_place(place):
            found.append(_line(SANDBOX + place, path.read_bytes(), with_bytes))
    return found


def _evidence(digest: str, home: Path) -> bytes:
    try:
        return evidence.read(digest, home=home)
    except (evidence.Missing, evidence.Damaged) as error:
        raise Refused(
            _("A stored file is damaged or gone. Restore it from a backup, then export again."), (f"SHA-256 {digest}",)
        ) from error


def _line(place: str, data: bytes, with_bytes: bool) -> dict[str, Any]:
    body = base64.b64encode(data).decode() if with_bytes else None
    return {"place": place, "size": len(data), "sha256": hashlib.sha256(data).hexdigest(), "data": body}


def check(lines: list[dict[str, Any]], *, home: Path, key: str) -> list[tuple[str, bytes]]:
    """(place, bytes) of every file to be written; raises BadFile where bytes are not those of the SHA-256, or lack here too."""
    made = []
    for at, line in enumerate(lines):
        place = f"/files/{at}"
        if line["data"] is None:
            _there(line, place, home, key)
            continue
        try:
            data = base64.b64decode(line["data"].encode("ascii"), validate=True)
        except ValueError as error:
            raise BadFile(f"{place}/data", _("base64 was expected")) from error
        if hashlib.sha256(data).hexdigest() != line["sha256"] or len(data) != line["size"]:
            raise BadFile(f"{place}/data", _("the file is damaged: its bytes are not those of its SHA-256"))
        made.append((line["place"], data))
    return made


def _there(line: dict[str, Any], place: str, home: Path, key: str) -> None:
    """A file that came without its bytes must lie here already."""
    name, digest = line["place"], line["sha256"]
    if name.startswith(EVIDENCE):
        is_there = evidence.is_sound(digest, home=home)
    else:
        path = folder(home, key) / name.removeprefix(SANDBOX)
        is_there = path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == digest
    if not is_there:
        raise BadFile(place, _("the file came without its bytes, and they are not here: %(name)s", name=name))


def write(files: list[tuple[str, bytes]], *, home: Path, key: str) -> list[Path]:
    """Write the files and give the paths that are new. Raises Refused, having removed them again, where one is in the way."""
    new: list[Path] = []
    try:
        for name, data in files:
            if name.startswith(EVIDENCE):
                digest = name.removeprefix(EVIDENCE)
                new += [] if evidence.is_sound(digest, home=home) else [evidence.path_of(digest, home=home)]
                evidence.keep(data, home=home)
            else:
                new += _put(folder(home, key) / name.removeprefix(SANDBOX), data)
    except BaseException:
        remove(new)
        raise
    return new


def _put(path: Path, data: bytes) -> list[Path]:
    if path.is_file() and path.read_bytes() == data:
        return []
    if path.exists():
        raise Refused(_("Another file of this name lies in the sandbox of this project already: %(name)s.", name=path.name))
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f".{secrets.token_hex(8)}")
    with fresh.open("xb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    fresh.replace(path)
    return [path]


def remove(paths: list[Path]) -> None:
    """Take away what was written, where the rows that name it were not saved."""
    for path in paths:
        path.unlink(missing_ok=True)


def keep_export(data: bytes, *, home: Path, key: str) -> str:
    """Keep a written file for its download, in the place of the one before; gives its SHA-256."""
    digest, place = hashlib.sha256(data).hexdigest(), home / "exports" / key
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = place / f".{secrets.token_hex(8)}"
    fresh.write_bytes(data)
    fresh.replace(place / f"{digest}.json")
    for old in place.glob("*.json"):
        if old.stem != digest:
            old.unlink(missing_ok=True)
    return digest


def export(digest: str, *, home: Path, key: str) -> bytes | None:
    """The bytes of a written file, None where there is none of this SHA-256 any more."""
    if not evidence.DIGEST.fullmatch(digest):
        return None
    try:
        return (home / "exports" / key / f"{digest}.json").read_bytes()
    except OSError:
        return None


def keep_import(data: bytes, *, home: Path) -> str:
    """Keep a sent file until its job has read it; gives the name to read it by."""
    place, token = home / "imports", secrets.token_hex(16)
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    (place / f"{token}.json").write_bytes(data)
    return token


def import_of(token: str, *, home: Path) -> Path:
    """Where a sent file lies."""
    return home / "imports" / f"{token}.json"


def sweep(*, home: Path) -> int:
    """Remove sent files, and what came of them, a day after they were written. Says how many."""
    limit, gone = time.time() - KEPT_SECONDS, 0
    for path in (home / "imports").glob("*"):
        with contextlib.suppress(FileNotFoundError):  # its job ended meanwhile and took it away
            if path.stat().st_mtime < limit:
                path.unlink()
                gone += 1
    return gone


def keep_outcome(token: str, outcome: Outcome, *, home: Path) -> None:
    """Keep what came of a sent file."""
    (home / "imports" / f"{token}.outcome").write_text(json.dumps(outcome.as_json()), encoding="utf-8")


def forget_import(token: str, *, home: Path) -> None:
    """Let a sent file go, once what came of it is saved: until then its job can be tried again."""
    import_of(token, home=home).unlink(missing_ok=True)


def outcome(token: str, *, home: Path) -> Outcome | None:
    """What came of a sent file; None where there is none."""
    if not _TOKEN.fullmatch(token):
        return None
    try:
        told = json.loads((home / "imports" / f"{token}.outcome").read_text(encoding="utf-8"))
    except OSError:
        return None
    return Outcome(**told)
