"""Evidence files by their SHA-256: judged by content, synced before a row names them, never changed (trust.md §1)."""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import re
import secrets
import time
import zipfile
from pathlib import Path, PurePosixPath

import filetype

from workbench.evidence.rules import ALLOWED

DIGEST = re.compile(r"[0-9a-f]{64}")
_CHUNK = 1 << 20
_STALE = 3600  # seconds after which a temporary file belongs to nobody
# Limits of what an office file may unpack to: total bytes, ratio, entries (trust.md §4).
_UNPACKED, _RATIO, _ENTRIES = 200_000_000, 100, 2_000
_OFFICE = {
    "word/document.xml": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/workbook.xml": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ppt/presentation.xml": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
_BARE_TEXT = re.compile(r"[^\x00-\x08\x0b\x0e-\x1f\x7f]*")


class Missing(Exception):
    """No file of this digest is stored."""


class Damaged(Exception):
    """The stored bytes are not those of the digest they lie under."""


class Full(Exception):
    """The disk took no more bytes; nothing of the file was kept."""


def folder(home: Path) -> Path:
    """Where the files lie."""
    return home / "evidence" / "sha256"


def path_of(digest: str, *, home: Path) -> Path:
    """Where the file of a digest lies. Only a digest ever becomes part of a path."""
    if not DIGEST.fullmatch(digest):
        raise Missing(digest)
    return folder(home) / digest[:2] / digest[2:]


def keep(data: bytes, *, home: Path) -> str:
    """Store bytes under their SHA-256, once, and give the digest back when they are safely on the disk.

    The order is that of trust.md §1: temporary file, fsync, rename, fsync of the folders. Bytes that are stored
    already are hashed again rather than trusted; a damaged copy is replaced by the sound one at hand.
    """
    digest = hashlib.sha256(data).hexdigest()
    target = path_of(digest, home=home)
    _make_folders(target.parent, home=home)
    if not is_sound(digest, home=home):
        _write(data, target, home=home)
    _sync(target.parent)
    return digest


def _write(data: bytes, target: Path, *, home: Path) -> None:
    temporary = home / "evidence" / "tmp" / secrets.token_hex(16)
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fchmod(stream.fileno(), 0o444)
            os.fsync(stream.fileno())
        temporary.replace(target)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Full from error
        raise


def _make_folders(place: Path, *, home: Path) -> None:
    """Make the folders that are missing, each synced into the one above, so that none is lost with the power."""
    for wanted in (home, home / "evidence", home / "evidence" / "tmp", folder(home), place):
        if not wanted.is_dir():
            wanted.mkdir(parents=True, exist_ok=True, mode=0o700)
            _sync(wanted.parent)


def _sync(place: Path) -> None:
    handle = os.open(place, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def is_sound(digest: str, *, home: Path) -> bool:
    """Whether the file is there and its bytes, hashed anew, are those of its digest."""
    try:
        with path_of(digest, home=home).open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest() == digest
    except (OSError, Missing):
        return False


def read(digest: str, *, home: Path) -> bytes:
    """The bytes of a digest, hashed anew. Raises Missing or Damaged rather than hand over anything else."""
    try:
        data = path_of(digest, home=home).read_bytes()
    except OSError as error:
        raise Missing(digest) from error
    if hashlib.sha256(data).hexdigest() != digest:
        raise Damaged(digest)
    return data


def sweep(home: Path, *, older_than: float = _STALE) -> int:
    """Remove temporary files that a crash left; at start, before anything writes. Returns how many."""
    limit = time.time() - older_than
    gone = 0
    for file in (home / "evidence" / "tmp").glob("*"):
        if file.stat().st_mtime <= limit:
            file.unlink(missing_ok=True)
            gone += 1
    return gone


def media_type(data: bytes, filename: str) -> str:
    """The type that the content shows, "" where it shows none. The name only tells kinds of plain text apart."""
    if data[:4] == b"PK\x03\x04":
        return _office_type(data)
    found = filetype.guess(data)
    if found is not None:
        return str(found.mime)
    return _text_type(data, PurePosixPath(filename).suffix.lower())


def _text_type(data: bytes, suffix: str) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return ""
    if not text.strip() or not _BARE_TEXT.fullmatch(text):
        return ""
    if suffix == ".json":
        try:
            json.loads(text)
        except (ValueError, RecursionError):
            return "text/plain"
        return "application/json"
    return "text/csv" if suffix == ".csv" else "text/plain"


def _office_type(data: bytes) -> str:
    """The kind of an office file from its directory alone: nothing is unpacked but ODF's own note of its type."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            names = {entry.filename for entry in entries}
            if not _is_harmless(entries):
                return "application/zip"
            if "mimetype" in names and archive.getinfo("mimetype").file_size < 100:
                return archive.read("mimetype").decode("ascii", "replace").strip()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, RuntimeError, OSError):
        return "application/zip"
    if "[Content_Types].xml" not in names:
        return "application/zip"
    return next((kind for part, kind in _OFFICE.items() if part in names), "application/zip")


def _is_harmless(entries: list[zipfile.ZipInfo]) -> bool:
    names = [entry.filename for entry in entries]
    total, packed = sum(entry.file_size for entry in entries), sum(entry.compress_size for entry in entries)
    return (
        len(entries) <= _ENTRIES
        and len(set(names)) == len(names)
        and total <= _UNPACKED
        and total <= _RATIO * max(packed, 1)
        and not any(name.startswith(("/", "\\")) or ".." in PurePosixPath(name).parts for name in names)
        and not any(entry.external_attr >> 28 == 0xA for entry in entries)
        and not any("vbaproject" in name.lower() or name.startswith("Basic/") for name in names)
    )


def clean_name(filename: str) -> str:
    """The name as shown: without folders and control characters, at most 200 letters. It never reaches the disk."""
    name = re.split(r"[/\\]", filename)[-1]
    return re.sub(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]", "", name).strip()[:200]


def name_to_send(filename: str, kind: str) -> str:
    """The name a download gets: its ending is that of the content, whatever the name said."""
    endings = {"jpg": ("jpg", "jpeg"), "txt": ("txt", "md", "log", "text")}
    ending = ALLOWED.get(kind, "bin")
    path = PurePosixPath(clean_name(filename) or "file")
    if path.suffix.lower().lstrip(".") in endings.get(ending, (ending,)):
        return path.name
    return f"{path.name}.{ending}"
