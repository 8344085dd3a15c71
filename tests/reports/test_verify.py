"""The offline verifier, run as a stranger runs it: any flipped byte, link or stray file of a bundle is named."""

from __future__ import annotations

import ast
import hashlib
import os
import random
import shutil
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.factories.bundles import (
    BYTES,
    CHECKPOINT,
    ENTRIES,
    KEY,
    MANIFEST,
    OTHER,
    PHOTO,
    SCAN,
    VKEY,
    bundle_files,
    damaged,
    evidence_rows,
    leaf,
    problems_of,
    run,
    unpack,
)
from workbench.reports import manifest, verify, verify_words
from workbench.reports.commands import bundle
from workbench.trail import log


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return unpack(bundle_files(), tmp_path / "bundle")


def test_whole_bundle_verifies_and_says_who_signed(folder: Path) -> None:
    root = log.parse_and_verify_checkpoint((folder / CHECKPOINT).read_text(), VKEY).root
    assert run(folder) == (0, "\n".join([
        "This bundle verifies.",
        "Files: 9 checked against manifest.json, all as listed, none more.",
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
    trusted.mkdir()
    assert CliRunner().invoke(bundle, ["verifier", "-o", str(trusted / "verify.py")]).exit_code == 0
    assert (trusted / "verify.py").read_bytes() == manifest.verifier()
    assert run(trusted, str(folder))[0] == 0


def test_python_cache_is_not_a_stray_file(folder: Path) -> None:
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "verify.cpython-311.pyc").write_bytes(b"")
    assert run(folder)[0] == 0


def names(problems: list[str], path: str) -> bool:
    """Whether the file is named: at the beginning of a line, or as the proof that an entry lacks."""
    return any(each.startswith(f"{path}: ") or f": not in the signed log: {path} " in each for each in problems)


@pytest.mark.usefixtures("quick")
def test_500_random_changes_of_single_bytes_are_found_and_each_is_named(folder: Path) -> None:
    files, chance = bundle_files(4), random.Random(2026)  # noqa: S311 - sampled places, not secrets
    shutil.rmtree(folder)
    unpack(files, folder)
    # Half of them anywhere in the bytes, half in a file drawn first, so that the small files have their share.
    open_to_change = sorted(set(files) - {"verify.py", "README.txt"})
    sizes = [len(files[path]) for path in open_to_change]
    missed = []
    for number in range(BYTES):
        path = chance.choices(open_to_change, sizes)[0] if number % 2 else chance.choice(open_to_change)
        at, kind = chance.randrange(len(files[path])), chance.choice(["flip"] * 8 + ["insert", "delete"])
        (folder / path).write_bytes(damaged(files[path], at, kind, chance))
        if not names(problems_of(folder), path):
            missed.append((path, at, kind))
        (folder / path).write_bytes(files[path])
    assert (missed, problems_of(folder)) == ([], [])


def test_swapped_files_are_both_named(folder: Path) -> None:
    files = bundle_files(2)
    one, two = (row.path for row in evidence_rows())
    for first, second in ((one, two), ("report.pdf", "registers/needs.csv"),
                          ("proofs/entries/1.tlog-proof", "proofs/entries/3.tlog-proof")):
        swapped = {**files, first: files[second], second: files[first]}
        shutil.rmtree(folder)
        problems = problems_of(unpack(swapped, folder))
        assert [names(problems, each) for each in (first, second)] == [True, True], problems


def test_name_in_another_case_is_missing_and_a_stray(folder: Path) -> None:
    (folder / "report.pdf").rename(folder / "Report.pdf")
    assert problems_of(folder) == [
        "report.pdf: missing, though the manifest lists it", "Report.pdf: not listed in the manifest",
    ]


def name_of(path: str) -> str:
    return f"(entry {Path(path).stem})" if path.startswith("proofs/entries/") else path


@pytest.mark.usefixtures("quick")
def test_flipped_bits_of_a_proof_and_of_the_checkpoint_are_found(folder: Path) -> None:
    for path in (CHECKPOINT, "proofs/entries/3.tlog-proof"):
        content = (folder / path).read_bytes()
        for bit in range(0, len(content) * 8, 41):
            changed = bytearray(content)
            changed[bit // 8] ^= 1 << bit % 8
            (folder / path).write_bytes(changed)
            assert problems_of(folder) != [], (path, bit)
        (folder / path).write_bytes(content)


def test_changed_entry_is_named_by_line_and_number(folder: Path) -> None:
    text = (folder / ENTRIES).read_bytes().split(b"\n")
    text[6] = text[6].replace(b"seen", b"SEEN")
    (folder / ENTRIES).write_bytes(b"\n".join(text))
    assert problems_of(folder) == [
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
    assert [name_of(path) in each for each in problems_of(folder)].count(True) >= 1


STRAYS = ["extra.txt", "evidence/extra", "trail/extra", "proofs/extra", "proofs/entries/2.tlog-proof",
          "evidence/__pycache__/extra", "__pycache__/extra.pdf", "m\u00e9mo.txt", "bell\a"]  # fmt: skip


@pytest.mark.parametrize("path", STRAYS)
def test_stray_file_is_named_in_plain_ascii(folder: Path, path: str) -> None:
    unpack({path: b"x"}, folder)
    assert [each.split(":")[0] for each in problems_of(folder)] == [
        "".join(e if " " <= e <= "~" else ascii(e)[1:-1] for e in path)
    ]


def test_links_and_special_files_are_refused_and_not_followed(folder: Path) -> None:
    path = evidence_rows()[0].path
    (folder / "elsewhere").write_bytes(SCAN)
    (folder / path).unlink()
    (folder / path).symlink_to(folder / "elsewhere")
    (folder / "loop").symlink_to(folder, target_is_directory=True)
    os.mkfifo(folder / "pipe")
    problems = problems_of(folder)
    assert f"{path}: a link or special file, which a bundle never holds" in problems
    assert f"{path}: missing, though the manifest lists it" in problems
    assert "loop: a link or special file, which a bundle never holds" in problems
    assert "pipe: a link or special file, which a bundle never holds" in problems


def test_manifest_rewritten_to_hide_a_change_is_found(folder: Path) -> None:
    files = bundle_files()
    files["report.pdf"] = b"%PDF-1.7 kinder report"
    files[MANIFEST] = manifest.build_manifest("INV-1", files)
    unpack(files, folder)
    assert problems_of(folder) == ["manifest.json: not the manifest that entry 25 of the log records"]


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
    assert problems_of(folder) == []
    assert problems_of(folder, VKEY)[0] == "trail/key.vkey: not the key given with --key"


@pytest.mark.parametrize("text", [
    b"", b"{}", b"[]", b"null", b"[" * 100_000, b'{"files":[],"format":"ninefold-bundle/1","project":"INV-1"}',
    b'{"files":[{"path":[],"sha256":"","size":0}],"format":"ninefold-bundle/1","project":""}', b"\xff", b"1" * 5000,
])  # fmt: skip
def test_hostile_manifest_is_refused_calmly(folder: Path, text: bytes) -> None:
    (folder / MANIFEST).write_bytes(text)
    assert problems_of(folder)[0].startswith("manifest.json: not ")


@pytest.mark.parametrize(
    "text", [b"\n", b"{}\n", b"[]\n", b'{"seq":"../../x"}\n', b'{"seq":1}', b"[" * 100_000 + b"\n", b"\xff\n"]
)
def test_hostile_entries_are_refused_calmly(folder: Path, text: bytes) -> None:
    (folder / ENTRIES).write_bytes(text)
    assert problems_of(folder)[1].startswith("trail/entries.jsonl")


def test_verifier_is_short_and_written_for_python_3_8() -> None:
    text = manifest.verifier().decode()
    tree = ast.parse(text, feature_version=(3, 8))
    imported = {each.name for node in ast.walk(tree) if isinstance(node, ast.Import) for each in node.names}
    imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported <= set(sys.stdlib_module_names)
    assert text.count("\n") <= 500
    assert [
        each for each in ("removeprefix", "removesuffix", "bit_count", "strict=", "file_digest") if each in text
    ] == []


def test_a_french_bundle_is_told_of_in_french_by_both_and_no_text_lacks_its_french(tmp_path: Path) -> None:
    folder, file = unpack(bundle_files(3, "fr"), tmp_path / "dossier"), tmp_path / "dossier.zip"
    files = bundle_files(3, "fr")
    manifest.write_zip(files, file)
    told = manifest.check(file, VKEY)
    assert (told.problems, told.summary[0], told.summary[-1]) == (
        [], "Ce dossier est intact.", "C’est la clé donnée avec --key.",
    )
    assert run(folder, "--key", VKEY) == (0, "\n".join([*told.summary, ""]))
    (folder / "report.pdf").write_bytes(b"x")
    (folder / ENTRIES).write_bytes((folder / ENTRIES).read_bytes().replace(b"seen", b"SEEN", 1))
    (folder / "m\u00e9mo").symlink_to("report.pdf")
    told = manifest.check(folder)
    assert told.problems == [
        "m\\xe9mo: un lien ou un fichier spécial, qu’un dossier ne contient jamais",
        "report.pdf: son contenu n’est pas celui que dit le manifeste",
        "trail/entries.jsonl: son contenu n’est pas celui que dit le manifeste",
        "trail/entries.jsonl ligne 1 (entrée 1): n’est pas dans le journal signé: "
        "proofs/entries/1.tlog-proof ne mène pas de l’entrée à la racine signée",
    ]
    assert run(folder) == (1, "\n".join([*told.problems, *told.summary, ""]))
    said = {
        each.value
        for node in ast.walk(ast.parse(Path(verify.__file__).read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("Broken", "self.say", "self.problem")
        for each in (given for one in node.args for given in ast.walk(one))
        if isinstance(each, ast.Constant) and isinstance(each.value, str) and " " in each.value
    }
    assert said - set(verify_words.FRENCH) == set()
    assert [text for text, french in verify_words.FRENCH.items() if text.count("{}") != french.count("{}")] == []


def test_2000_entries_verify_in_5_seconds(tmp_path: Path) -> None:
    folder = unpack(bundle_files(2000), tmp_path)
    begun = time.process_time()
    assert problems_of(folder) == []
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
