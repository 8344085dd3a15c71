"""Bundles as ZIP files: packed by any tool they verify, whatever is changed, hidden or disguised in them is found and named."""

from __future__ import annotations

import io
import random
import stat
import subprocess
import sys
import warnings
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.factories.bundles import (
    BYTES,
    CHECKPOINT,
    ENTRIES,
    MANIFEST,
    OTHER,
    VKEY,
    bundle_files,
    damaged,
    problems_of,
    run,
    unpack,
)
from workbench.reports import manifest, verify
from workbench.reports.commands import bundle


def packed(files: dict[str, bytes], file: Path, pack: int = zipfile.ZIP_DEFLATED, inside: str = "") -> Path:
    """As an ordinary tool packs it: dates of today, folders of their own, other compression."""
    with zipfile.ZipFile(file, "w", pack) as archive:
        for folder in sorted({str(Path(path).parent) for path in files} - {"."}):
            archive.writestr(f"{inside}{folder}/", b"")
        for path, content in files.items():
            archive.writestr(inside + path, content)
    return file


def test_zip_of_the_same_files_is_the_same_and_verifies(tmp_path: Path) -> None:
    one, two = tmp_path / "one.zip", tmp_path / "two.zip"
    manifest.write_zip(bundle_files(), one)
    manifest.write_zip(dict(reversed(bundle_files().items())), two)
    assert one.read_bytes() == two.read_bytes()
    assert problems_of(one) == []
    assert manifest.check(one, VKEY).summary[-1] == "It is the key given with --key."
    assert problems_of(one, OTHER)[0] == "trail/key.vkey: not the key given with --key"
    with pytest.raises(ValueError, match=r"base64|form|key"):
        manifest.check(one, "a+b+c")


@pytest.mark.parametrize("inside", ["", "INV-1 dossier/"])
@pytest.mark.parametrize("pack", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
def test_bundle_packed_anew_by_other_tools_verifies(tmp_path: Path, pack: int, inside: str) -> None:
    assert problems_of(packed(bundle_files(3), tmp_path / "again.zip", pack, inside)) == []


def test_bundle_packed_as_a_stream_verifies(tmp_path: Path) -> None:
    class Stream(io.BytesIO):
        """What cannot be gone back in: sizes are then written behind each file."""

        def seekable(self) -> bool:
            return False

        def seek(self, *_where: int) -> int:
            raise OSError

        def tell(self) -> int:
            raise OSError

    stream = Stream()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in bundle_files(3).items():
            archive.writestr(path, content)
    (tmp_path / "stream.zip").write_bytes(stream.getvalue())
    assert problems_of(tmp_path / "stream.zip") == []


@pytest.mark.parametrize("path", ["", "report.pdf", MANIFEST, ENTRIES, CHECKPOINT, "proofs/entries/3.tlog-proof"])
def test_packed_or_not_ours_or_alone_the_same_words_are_said(tmp_path: Path, path: str) -> None:
    files = bundle_files(3)
    if path:
        files[path] = files[path][:-3] + b"x" + files[path][-2:]
    folder, file = unpack(files, tmp_path / "some where"), packed(files, tmp_path / "b.zip")
    verdict = manifest.check(file)
    ours = CliRunner().invoke(bundle, ["verify", str(file)])
    expected = (1 if path else 0, "\n".join([*verdict.problems, *verdict.summary, ""]))
    assert [(ours.exit_code, ours.output), run(folder), run(folder, str(file))] == [expected] * 3


def fields_free(file: Path) -> dict[str, bytes]:
    """What a reader of the ZIP is given."""
    with zipfile.ZipFile(file) as archive:
        return {each: archive.read(each) for each in archive.namelist()}


@pytest.mark.usefixtures("quick")
def test_changed_bytes_of_a_zip_are_found_unless_no_file_differs(tmp_path: Path) -> None:
    files, file, chance = bundle_files(2), tmp_path / "changed.zip", random.Random(7)  # noqa: S311
    manifest.write_zip(files, file)
    content, found = file.read_bytes(), 0
    for _ in range(BYTES // 2):
        at, kind = chance.randrange(len(content)), chance.choice(["flip", "insert", "delete", "cut"])
        file.write_bytes(damaged(content, at, kind, chance))
        if problems_of(file):
            found += 1
        else:  # dates, versions, attributes: nothing that a reader of the files sees
            assert (kind, fields_free(file)) == ("flip", files)
    assert found > BYTES * 4 // 10


def hostile_zip(file: Path, *members: tuple[zipfile.ZipInfo | str, bytes]) -> Path:
    """A whole bundle and more."""
    with warnings.catch_warnings(), zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore")  # zipfile warns of doubles
        for info, content in [*bundle_files(2).items(), *members]:
            archive.writestr(info, content, zipfile.ZIP_DEFLATED)
    return file


@pytest.mark.parametrize(("name", "said"), [
    ("../out.txt", "../out.txt: not listed in the manifest"),
    ("/out.txt", "/out.txt: not listed in the manifest"),
    ("trail/../report.pdf", "trail/../report.pdf: not listed in the manifest"),
    ("C:\\out.txt", "C:\\out.txt: not listed in the manifest"),
    ("m\u00e9mo\x1b.txt", "m\\xe9mo\\x1b.txt: not listed in the manifest"),
    ("report.pdf", "report.pdf: there twice, or under a name that differs in its case alone"),
    ("Report.PDF", "Report.PDF: there twice, or under a name that differs in its case alone"),
    ("evidence", "evidence: not listed in the manifest"),
])  # fmt: skip
def test_tricks_with_names_are_named_and_nothing_is_written(tmp_path: Path, name: str, said: str) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    file = hostile_zip(inside / "hostile.zip", (name, b"x"))
    assert problems_of(file) == [said]
    assert [each.name for each in tmp_path.rglob("*")] == ["inside", "hostile.zip"]


def test_links_content_in_folders_and_locked_files_of_a_zip_are_named(tmp_path: Path) -> None:
    link, folder = zipfile.ZipInfo("link"), zipfile.ZipInfo("evidence/folder/")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    odd = "a link or special file, encrypted, disguised or packed in an unusual way"
    assert problems_of(hostile_zip(tmp_path / "a.zip", (link, b"/"))) == [f"link: {odd}"]
    assert problems_of(hostile_zip(tmp_path / "b.zip", (folder, b"hidden"))) == [f"evidence/folder/: {odd}"]
    content = bytearray(hostile_zip(tmp_path / "c.zip").read_bytes())
    content[content.rindex(b"PK\1\2") + 8] |= 1
    (tmp_path / "c.zip").write_bytes(content)
    assert problems_of(tmp_path / "c.zip") == [f"{list(bundle_files(2))[-1]}: {odd}"]
    with zipfile.ZipFile(tmp_path / "d.zip", "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("report.pdf", b"x")
    assert problems_of(tmp_path / "d.zip") == [f"report.pdf: {odd}"]


def test_bytes_hidden_around_the_files_are_found(tmp_path: Path) -> None:
    content = hostile_zip(tmp_path / "whole.zip").read_bytes()
    at = content.index(b"PK\1\2")
    cases = {"before": b"x" + content, "behind": content + b"x", "between": content[:at] + b"hidden" + content[at:]}
    cases["as much as is told of a large ZIP"] = content + b"Z" * 76
    for name, changed in cases.items():
        file = tmp_path / f"{name}.zip"
        file.write_bytes(changed)
        assert len(problems_of(file)) == 1, name


def test_zip_that_would_grow_beyond_measure_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = hostile_zip(tmp_path / "large.zip", ("zeros", bytes(100_000)))
    monkeypatch.setattr(verify, "MAX_TOTAL", 100_000)
    assert problems_of(file) == ["large.zip: more than 200000 files or 100000 bytes; unpack it by hand and check the folder"]
    monkeypatch.setattr(verify, "MAX_FILES", 5)
    assert problems_of(file) == ["large.zip: more than 5 files or 100000 bytes; unpack it by hand and check the folder"]


def test_file_that_is_no_zip_or_cut_off_is_refused(tmp_path: Path) -> None:
    file, whole = tmp_path / "bundle.zip", hostile_zip(tmp_path / "whole.zip").read_bytes()
    for content in (b"not a zip", b"", whole[:-1], whole[: len(whole) // 2], whole[:30]):
        file.write_bytes(content)
        assert problems_of(file) == ["bundle.zip: damaged: it cannot be unpacked"]


def test_a_module_laid_beside_the_verifier_is_not_run_but_named(tmp_path: Path) -> None:
    folder = unpack(bundle_files(), tmp_path / "bundle")
    for name in ("json.py", "zipfile.py", "argparse.py"):
        (folder / name).write_text('print("This bundle verifies.")\nraise SystemExit(0)\n')
    done = subprocess.run([sys.executable, "verify.py"], cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.splitlines()[:3]) == (
        1, [f"{name}: not listed in the manifest" for name in ("argparse.py", "json.py", "zipfile.py")],
    )
