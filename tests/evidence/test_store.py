"""The files of evidence: stored once, synced, never changed, judged by content."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import zipfile
from pathlib import Path

import pytest

from tests.factories.evidence import PDF
from workbench.evidence import store

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def an_archive(parts: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return stream.getvalue()


def files_in(home: Path) -> list[str]:
    return sorted(str(file.relative_to(home)) for file in home.rglob("*") if file.is_file())


def test_bytes_lie_under_their_digest_and_are_read_only(tmp_path: Path) -> None:
    digest = store.keep(b"abc", home=tmp_path)
    assert digest == hashlib.sha256(b"abc").hexdigest()
    assert files_in(tmp_path) == [f"evidence/sha256/{digest[:2]}/{digest[2:]}"]
    assert stat.S_IMODE(store.path_of(digest, home=tmp_path).stat().st_mode) == 0o444


def test_the_same_content_is_stored_once(tmp_path: Path) -> None:
    first = store.keep(b"abc", home=tmp_path)
    written = store.path_of(first, home=tmp_path).stat()
    assert store.keep(b"abc", home=tmp_path) == first
    assert store.path_of(first, home=tmp_path).stat().st_ino == written.st_ino
    assert len(files_in(tmp_path)) == 1


def test_a_damaged_file_is_refused_and_replaced_by_the_sound_bytes(tmp_path: Path) -> None:
    digest = store.keep(b"abc", home=tmp_path)
    file = store.path_of(digest, home=tmp_path)
    file.chmod(0o644)
    file.write_bytes(b"abd")
    assert not store.is_sound(digest, home=tmp_path)
    with pytest.raises(store.Damaged):
        store.read(digest, home=tmp_path)
    store.keep(b"abc", home=tmp_path)
    assert store.read(digest, home=tmp_path) == b"abc"


@pytest.mark.parametrize("digest", ["", "../../etc/passwd", "a" * 63, "A" * 64, "a" * 64])
def test_what_is_not_stored_or_no_digest_is_missing(tmp_path: Path, digest: str) -> None:
    assert not store.is_sound(digest, home=tmp_path)
    with pytest.raises(store.Missing):
        store.read(digest, home=tmp_path)


def test_the_sweep_removes_what_a_crash_left_and_nothing_else(tmp_path: Path) -> None:
    store.keep(b"abc", home=tmp_path)
    left, fresh = tmp_path / "evidence/tmp/left", tmp_path / "evidence/tmp/fresh"
    for file in (left, fresh):
        file.write_bytes(b"half a fi")
    os.utime(left, (1, 1))
    assert store.sweep(tmp_path) == 1
    assert (left.exists(), fresh.exists()) == (False, True)
    assert store.sweep(tmp_path, older_than=-1) == 1
    assert len(files_in(tmp_path)) == 1


def test_a_sweep_of_an_empty_home_does_nothing(tmp_path: Path) -> None:
    assert store.sweep(tmp_path) == 0


@pytest.mark.parametrize(
    ("data", "filename", "expected"),
    [
        (PDF, "map.pdf", "application/pdf"),
        (PDF, "map.txt", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 40, "x", "image/png"),
        (b"\xff\xd8\xff\xe0" + b"\x00" * 40, "x.png", "image/jpeg"),
        (b"MZ\x90\x00" + b"\x00" * 200, "invoice.pdf", "application/x-msdownload"),
        (b"\x7fELF" + b"\x00" * 200, "notes.txt", "application/x-executable"),
        ("client;quantité\r\nNoé;10\r\n".encode("utf-8-sig"), "usage.csv", "text/csv"),
        (b"<script>alert(1)</script>", "page.html", "text/plain"),
        (b'{"rows": 3}', "result.json", "application/json"),
        (b'{"rows": 3', "result.json", "text/plain"),
        (b"[" * 100_000, "deep.json", "text/plain"),
        ("quantité".encode("latin-1"), "usage.csv", ""),
        ("text".encode("utf-16"), "notes.txt", ""),
        (b"a\x00b", "notes.txt", ""),
        (b"  \n ", "notes.txt", ""),
        (an_archive({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"}), "a.docx", DOCX),
        (
            an_archive({"mimetype": b"application/vnd.oasis.opendocument.text"}),
            "a",
            "application/vnd.oasis.opendocument.text",
        ),
        (an_archive({"readme.txt": b"hello"}), "a.docx", "application/zip"),
        (
            an_archive({"[Content_Types].xml": b"", "word/document.xml": b"", "word/vbaProject.bin": b""}),
            "a",
            "application/zip",
        ),
        (an_archive({"[Content_Types].xml": b"", "word/document.xml": b"", "../up": b""}), "a.docx", "application/zip"),
        (an_archive({"[Content_Types].xml": b"", "xl/workbook.xml": b"0" * 9_000_000}), "bomb.xlsx", "application/zip"),
        (b"PK\x03\x04 and no directory", "a.docx", "application/zip"),
    ],
)
def test_the_type_is_that_of_the_content(data: bytes, filename: str, expected: str) -> None:
    assert store.media_type(data, filename) == expected


@pytest.mark.parametrize(
    ("filename", "shown"),
    [
        ("map.pdf", "map.pdf"),
        ("C:\\Users\\me\\map.pdf", "map.pdf"),
        ("../../etc/passwd", "passwd"),
        ("a\r\nSet-Cookie: x\x00.pdf", "aSet-Cookie: x.pdf"),
        ("gpj\u202efdp.pdf", "gpjfdp.pdf"),
        ("", ""),
    ],
)
def test_a_name_is_shown_without_folders_and_control_characters(filename: str, shown: str) -> None:
    assert store.clean_name(filename) == shown


@pytest.mark.parametrize(
    ("filename", "kind", "sent"),
    [
        ("map.pdf", "application/pdf", "map.pdf"),
        ("map.PDF", "application/pdf", "map.PDF"),
        ("photo.jpeg", "image/jpeg", "photo.jpeg"),
        ("page.html", "text/plain", "page.html.txt"),
        ("run.exe", "text/plain", "run.exe.txt"),
        ("", "text/csv", "file.csv"),
        ("report.md", "text/plain", "report.md"),
    ],
)
def test_a_download_ends_as_its_content_does(filename: str, kind: str, sent: str) -> None:
    assert store.name_to_send(filename, kind) == sent
