"""The offline verifier, run as a stranger runs it: any flipped byte, link or stray file of a bundle is named."""

from __future__ import annotations

import ast
import hashlib
import os
import random
import shutil
import stat
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from workbench.reports import manifest, verify
from workbench.trail import log

KEY = log.SigningKey("ninefold.example/trail", bytes(range(32)))
VKEY = str(KEY.verifier)
OTHER = str(log.SigningKey("ninefold.example/trail", bytes(32)).verifier)
MANIFEST, ENTRIES, CHECKPOINT = "manifest.json", "trail/entries.jsonl", "trail/checkpoint"
SCAN, PHOTO = b"%PDF-1.7 scanned contract", bytes(range(256))
FLIPS = 500 if os.environ.get("NINEFOLD_HEAVY") == "1" else 26  # in each of 23 files: 11,546, or 644


def leaf(seq: int, act: str = "answered", new: object = None) -> bytes:
    return log.canonical({"seq": seq, "act": act, "by": "Zoé Martin", "new": new, "reason": "seen on site"})


def evidence_rows() -> list[manifest.EvidenceRow]:
    return [
        manifest.EvidenceRow(hashlib.sha256(SCAN).hexdigest(), "PDF", "contrat signé.pdf", "gate 5, item 12"),
        manifest.EvidenceRow(hashlib.sha256(PHOTO).hexdigest(), ".../x", "=cmd.png", "gate 5, item 13"),
    ]


def bundle_files(entries: int = 12) -> dict[str, bytes]:
    """A bundle as it is built: every second entry of the log concerns the project, then the manifest is recorded."""
    rows = evidence_rows()
    chosen = [leaf(seq) for seq in range(1, entries * 2, 2)]
    files = {
        "report.pdf": b"%PDF-1.7 report",
        "README.txt": manifest.readme("INV-1", VKEY),
        "verify.py": manifest.verifier(),
        rows[0].path: SCAN,
        rows[1].path: PHOTO,
        "evidence/index.csv": manifest.evidence_index(rows),
        ENTRIES: manifest.entry_lines(chosen),
        "trail/key.vkey": (VKEY + "\n").encode(),
    }
    files[MANIFEST] = manifest.build_manifest("INV-1", files)
    digest = hashlib.sha256(files[MANIFEST]).hexdigest()
    record = leaf(entries * 2 + 1, "bundle_built", {"manifest_sha256": digest})
    leaves = [leaf(seq) for seq in range(1, entries * 2 + 1)] + [record, leaf(entries * 2 + 2)]
    tree = log.Tree(map(log.leaf_hash, leaves))
    checkpoint = log.sign_checkpoint(KEY, tree.size, tree.root())
    files[CHECKPOINT] = checkpoint.encode()
    return {**files, **manifest.build_proofs(tree.node, checkpoint, chosen, record)}


def unpack(files: dict[str, bytes], folder: Path) -> Path:
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return unpack(bundle_files(), tmp_path / "bundle")


def run(folder: Path, *arguments: str) -> tuple[int, str]:
    """verify.py of the bundle itself, without site packages, environment or a UTF-8 terminal."""
    command = [sys.executable, "-I", "-S", "verify.py", *arguments]
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "PYTHONUTF8": "0"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, done.stdout + done.stderr


def test_whole_bundle_verifies_and_says_who_signed(folder: Path) -> None:
    root = log.parse_and_verify_checkpoint((folder / CHECKPOINT).read_text(), VKEY).root
    assert run(folder) == (0, "\n".join([
        "This bundle verifies.",
        "Files: 8 checked against manifest.json, all as listed, none more.",
        "Trail: 12 entries and entry 25, which records the manifest: in the log.",
        f"Checkpoint: log ninefold.example/trail, 26 entries, root {verify.to_base64(root)}",
        f"Signed by key ninefold.example/trail (hash {KEY.verifier.key_id.hex()}): {VKEY}",
        "Compare it with the key printed on the report's cover: only that comparison proves who signed.",
        "",
    ]))  # fmt: skip


def test_given_key_must_be_the_signing_one(folder: Path) -> None:
    status, text = run(folder, "--key", VKEY)
    assert (status, text.splitlines()[-1]) == (0, "It is the key given with --key.")
    status, text = run(folder, "--key", OTHER)
    assert status == 1
    assert "trail/key.vkey: not the key given with --key" in text.splitlines()


def test_wrong_usage_exits_2(folder: Path) -> None:
    assert run(folder, "--key", "nonsense")[0] == 2
    assert run(folder, "no-such-folder")[0] == 2
    assert run(folder, "--unknown")[0] == 2


def test_another_folder_can_be_named(folder: Path, tmp_path: Path) -> None:
    trusted = tmp_path / "trusted"
    unpack({"verify.py": manifest.verifier()}, trusted)
    assert run(trusted, str(folder))[0] == 0


def test_python_cache_is_not_a_stray_file(folder: Path) -> None:
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "verify.cpython-311.pyc").write_bytes(b"")
    assert run(folder)[0] == 0


def flips(content: bytes, seed: str, count: int) -> list[bytes]:
    chance = random.Random(seed)  # noqa: S311 - sampled places, not secrets
    places = [0, len(content) - 1, *(chance.randrange(len(content)) for _ in range(count))]
    return [content[:at] + bytes([content[at] ^ 1 << chance.randrange(8)]) + content[at + 1 :] for at in places]


def test_flipped_bytes_of_every_file_are_found_and_named(folder: Path) -> None:
    files = bundle_files()
    for path, content in files.items():
        for changed in flips(content, path, FLIPS):
            (folder / path).write_bytes(changed)
            problems = manifest.verify_folder(folder)
            assert any(name_of(path) in each for each in problems), (path, changed)
        (folder / path).write_bytes(content)
    assert manifest.verify_folder(folder) == []


def test_flipped_byte_exits_1_for_a_stranger(folder: Path) -> None:
    for path, content in bundle_files(2).items():
        for changed in flips(content, path, 0):
            if path == "verify.py":
                continue
            (folder / path).write_bytes(changed)
            status, text = run(folder)
            assert (status, name_of(path) in text) == (1, True), (path, text)
        shutil.rmtree(folder)
        unpack(bundle_files(), folder)


def name_of(path: str) -> str:
    return f"(entry {Path(path).stem})" if path.startswith("proofs/entries/") else path


def test_flipped_bits_of_a_proof_and_of_the_checkpoint_are_found(folder: Path) -> None:
    for path in (CHECKPOINT, "proofs/entries/3.tlog-proof"):
        content = (folder / path).read_bytes()
        for bit in range(0, len(content) * 8, 41):
            changed = bytearray(content)
            changed[bit // 8] ^= 1 << bit % 8
            (folder / path).write_bytes(changed)
            assert manifest.verify_folder(folder) != [], (path, bit)
        (folder / path).write_bytes(content)


def test_changed_entry_is_named_by_line_and_number(folder: Path) -> None:
    text = (folder / ENTRIES).read_bytes().split(b"\n")
    text[6] = text[6].replace(b"seen", b"SEEN")
    (folder / ENTRIES).write_bytes(b"\n".join(text))
    assert manifest.verify_folder(folder) == [
        "trail/entries.jsonl: content does not match the manifest",
        "trail/entries.jsonl line 7 (entry 13): not in the signed log: "
        "proofs/entries/13.tlog-proof does not lead from the entry to the signed root",
    ]


def test_changed_evidence_is_named(folder: Path) -> None:
    path = evidence_rows()[0].path
    (folder / path).write_bytes(SCAN.replace(b"contract", b"contrast"))
    assert run(folder) == (1, f"{path}: content does not match the manifest\n"
                              "This bundle does not verify. Broken or unproven: 1, named above.\n")  # fmt: skip


@pytest.mark.parametrize("path", sorted(set(bundle_files()) - {"verify.py"}))
def test_missing_file_is_named(folder: Path, path: str) -> None:
    (folder / path).unlink()
    status, text = run(folder)
    assert (status, name_of(path) in text) == (1, True)


STRAYS = ["extra.txt", "evidence/extra", "trail/extra", "proofs/extra", "proofs/entries/2.tlog-proof",
          "evidence/__pycache__/extra", "m\u00e9mo.txt", "bell\a"]  # fmt: skip


@pytest.mark.parametrize("path", STRAYS)
def test_stray_file_is_named_in_plain_ascii(folder: Path, path: str) -> None:
    unpack({path: b"x"}, folder)
    status, text = run(folder)
    assert (status, text.splitlines()[0].split(":")[0]) == (
        1,
        "".join(e if " " <= e <= "~" else ascii(e)[1:-1] for e in path),
    )


def test_links_and_special_files_are_refused_and_not_followed(folder: Path) -> None:
    path = evidence_rows()[0].path
    (folder / "elsewhere").write_bytes(SCAN)
    (folder / path).unlink()
    (folder / path).symlink_to(folder / "elsewhere")
    (folder / "loop").symlink_to(folder, target_is_directory=True)
    os.mkfifo(folder / "pipe")
    problems = manifest.verify_folder(folder)
    assert f"{path}: a link or special file, which a bundle never holds" in problems
    assert f"{path}: missing, though the manifest lists it" in problems
    assert "loop: a link or special file, which a bundle never holds" in problems
    assert "pipe: a link or special file, which a bundle never holds" in problems


def test_manifest_rewritten_to_hide_a_change_is_found(folder: Path) -> None:
    files = bundle_files()
    files["report.pdf"] = b"%PDF-1.7 kinder report"
    files[MANIFEST] = manifest.build_manifest("INV-1", files)
    unpack(files, folder)
    assert manifest.verify_folder(folder) == ["manifest.json: not the manifest that entry 25 of the log records"]


def test_bundle_signed_again_by_another_key_shows_only_by_comparing(folder: Path) -> None:
    forger = log.generate_key(KEY.name)
    record = leaf(1, "bundle_built", {"manifest_sha256": ""})
    files = {each: content for each, content in bundle_files().items() if not each.startswith("proofs/")}
    files |= {"trail/key.vkey": (str(forger.verifier) + "\n").encode(), ENTRIES: b""}
    files[MANIFEST] = manifest.build_manifest("INV-1", files)
    record = leaf(1, "bundle_built", {"manifest_sha256": hashlib.sha256(files[MANIFEST]).hexdigest()})
    tree = log.Tree([log.leaf_hash(record)])
    checkpoint = log.sign_checkpoint(forger, 1, tree.root())
    files[CHECKPOINT] = checkpoint.encode()
    shutil.rmtree(folder)
    unpack({**files, **manifest.build_proofs(tree.node, checkpoint, [], record)}, folder)
    assert manifest.verify_folder(folder) == []
    assert manifest.verify_folder(folder, VKEY)[0] == "trail/key.vkey: not the key given with --key"


@pytest.mark.parametrize("text", [
    b"", b"{}", b"[]", b"null", b"[" * 100_000, b'{"files":[],"format":"ninefold-bundle/1","project":"INV-1"}',
    b'{"files":[{"path":[],"sha256":"","size":0}],"format":"ninefold-bundle/1","project":""}', b"\xff", b"1" * 5000,
])  # fmt: skip
def test_hostile_manifest_is_refused_calmly(folder: Path, text: bytes) -> None:
    (folder / MANIFEST).write_bytes(text)
    assert manifest.verify_folder(folder)[0].startswith("manifest.json: not ")


@pytest.mark.parametrize(
    "text", [b"\n", b"{}\n", b"[]\n", b'{"seq":"../../x"}\n', b'{"seq":1}', b"[" * 100_000 + b"\n", b"\xff\n"]
)
def test_hostile_entries_are_refused_calmly(folder: Path, text: bytes) -> None:
    (folder / ENTRIES).write_bytes(text)
    assert manifest.verify_folder(folder)[1].startswith("trail/entries.jsonl")


def test_verifier_is_short_and_written_for_python_3_8() -> None:
    text = manifest.verifier().decode()
    tree = ast.parse(text, feature_version=(3, 8))
    imported = {each.name for node in ast.walk(tree) if isinstance(node, ast.Import) for each in node.names}
    imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported <= set(sys.stdlib_module_names)
    assert text.count("\n") < 300
    assert [
        each for each in ("removeprefix", "removesuffix", "bit_count", "strict=", "file_digest") if each in text
    ] == []


def test_2000_entries_verify_in_5_seconds(tmp_path: Path) -> None:
    folder = unpack(bundle_files(2000), tmp_path)
    begun = time.process_time()
    assert manifest.verify_folder(folder) == []
    assert time.process_time() - begun < 5


# Building and packing.


def test_manifest_lists_what_the_signature_does_not_cover() -> None:
    files: dict[str, bytes | Path] = {"b": b"two", "a/é.txt": b"", CHECKPOINT: b"x", MANIFEST: b"x", "proofs/x": b"x"}
    empty, two = hashlib.sha256(b"").hexdigest(), hashlib.sha256(b"two").hexdigest()
    assert manifest.build_manifest("INV-1", files).decode() == (
        f'{{"files":[{{"path":"a/é.txt","sha256":"{empty}","size":0}},{{"path":"b","sha256":"{two}","size":3}}],'
        '"format":"ninefold-bundle/1","project":"INV-1"}'
    )


def test_manifest_of_files_on_disk_is_the_same(tmp_path: Path) -> None:
    files = bundle_files()
    unpack(files, tmp_path)
    on_disk = {path: tmp_path / path for path in files}
    assert manifest.build_manifest("INV-1", on_disk) == files[MANIFEST]


@pytest.mark.parametrize(
    "name", ["", "/a", "../a", "a/../b", "a//b", "a/", ".", "a\\b", "c:a", "a\nb", "a ", "a.", "\u202ea"]
)
def test_unsafe_names_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="not a name"):
        manifest.build_manifest("INV-1", {name: b""})


def test_evidence_index_names_files_and_disarms_formulas() -> None:
    scan, photo = hashlib.sha256(SCAN).hexdigest(), hashlib.sha256(PHOTO).hexdigest()
    lines = manifest.evidence_index(evidence_rows()).decode().split("\r\n")
    assert lines == [
        "file,sha256,original_name,proves",
        *sorted([
            f'{scan}.pdf,{scan},contrat signé.pdf,"gate 5, item 12"',
            f"{photo}.bin,{photo},'=cmd.png,\"gate 5, item 13\"",
        ]),
        "",
    ]  # fmt: skip


def test_zip_of_the_same_files_is_the_same_and_verifies(tmp_path: Path) -> None:
    one, two = tmp_path / "one.zip", tmp_path / "two.zip"
    manifest.write_zip(bundle_files(), one)
    manifest.write_zip(dict(reversed(bundle_files().items())), two)
    assert one.read_bytes() == two.read_bytes()
    assert manifest.verify_zip(one) == []
    assert manifest.check_zip(one, VKEY).summary[-1] == "It is the key given with --key."
    assert manifest.verify_zip(one, OTHER)[0] == "trail/key.vkey: not the key given with --key"
    with pytest.raises(ValueError, match=r"base64|form|key"):
        manifest.verify_zip(one, "a+b+c")


def test_flipped_bytes_of_a_zip_are_found_unless_they_mean_nothing(tmp_path: Path) -> None:
    whole = tmp_path / "whole.zip"
    manifest.write_zip(bundle_files(3), whole)
    content = whole.read_bytes()
    file = tmp_path / "flipped.zip"
    for changed in flips(content, "zip", 150):
        file.write_bytes(changed)
        if manifest.verify_zip(file) == []:  # dates, modes and other fields that no reader of the files sees
            with zipfile.ZipFile(file) as archive:
                assert {each: archive.read(each) for each in archive.namelist()} == bundle_files(3)


def hostile_zip(file: Path, *members: tuple[zipfile.ZipInfo, bytes]) -> Path:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for info, content in members:
            archive.writestr(info, content, zipfile.ZIP_DEFLATED)
    return file


@pytest.mark.parametrize("name", ["../out.txt", "/out.txt", "a/../../out.txt", "C:\\out.txt", "a\\..\\out.txt"])
def test_zip_with_a_name_that_leads_outside_is_not_unpacked(tmp_path: Path, name: str) -> None:
    file = hostile_zip(tmp_path / "hostile.zip", (zipfile.ZipInfo(name), b"x"))
    assert manifest.verify_zip(file) == [f"{name!a}: a name that could lead outside the folder"]


def test_zip_with_links_doubles_or_bombs_is_not_unpacked(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert manifest.verify_zip(hostile_zip(tmp_path / "link.zip", (link, b"/"))) == ["'link': a link or special file"]
    double = hostile_zip(tmp_path / "double.zip", (zipfile.ZipInfo("a"), b"1"), (zipfile.ZipInfo("A"), b"2"))
    assert manifest.verify_zip(double) == ["the archive holds two files of one name"]
    bomb = hostile_zip(tmp_path / "bomb.zip", (zipfile.ZipInfo("zeros"), bytes(1_000_000)))
    assert manifest.verify_zip(bomb) == ["the archive would grow more than 100 times"]
    large = zipfile.ZipInfo("large")
    large.file_size = large.compress_size = manifest.MAX_TOTAL + 1
    assert manifest.unsafe_members([large]) == [
        f"the archive would unpack to {2**20 * 200 + 1} bytes, more than {2**20 * 200}"
    ]
    assert manifest.unsafe_members([zipfile.ZipInfo(str(each)) for each in range(20_001)]) == [
        "the archive holds 20001 files, more than 20000"
    ]


def test_file_that_is_no_zip_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "bundle.zip"
    file.write_bytes(b"not a zip")
    assert manifest.verify_zip(file) == ["bundle.zip: cannot be unpacked (File is not a zip file)"]
    assert manifest.verify_zip(tmp_path / "none.zip") != []
