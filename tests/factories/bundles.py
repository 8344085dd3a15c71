"""A small evidence bundle, packed and unpacked, and what can happen to it."""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import sys
from pathlib import Path

from workbench.reports import manifest
from workbench.trail import log

KEY = log.SigningKey("ninefold.example/trail", bytes(range(32)))
VKEY = str(KEY.verifier)
OTHER = str(log.SigningKey("ninefold.example/trail", bytes(32)).verifier)
MANIFEST, ENTRIES, CHECKPOINT = "manifest.json", "trail/entries.jsonl", "trail/checkpoint"
SCAN, PHOTO = b"%PDF-1.7 scanned contract", bytes(range(256))
BYTES = 10_000 if os.environ.get("NINEFOLD_HEAVY") == "1" else 500  # changed one at a time


def leaf(seq: int, act: str = "answered", new: object = None) -> bytes:
    return log.canonical({"seq": seq, "act": act, "by": "Zoé Martin", "new": new, "reason": "seen on site"})


def evidence_rows() -> list[manifest.EvidenceRow]:
    return [
        manifest.EvidenceRow(hashlib.sha256(SCAN).hexdigest(), "PDF", "contrat signé.pdf", "gate 5, item 12"),
        manifest.EvidenceRow(hashlib.sha256(PHOTO).hexdigest(), ".../x", "=cmd.png", "gate 5, item 13"),
    ]


def bundle_files(entries: int = 12, language: str = "en") -> dict[str, bytes]:
    """A bundle as it is built: every second entry of the log concerns the project, then the manifest is recorded."""
    rows = evidence_rows()
    chosen = [leaf(seq) for seq in range(1, entries * 2, 2)]
    files = {
        "report.pdf": b"%PDF-1.7 report",
        "registers/needs.csv": b"code,Title\r\nN-1,Quantities per customer\r\n",
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
    record = leaf(entries * 2 + 1, "bundle_built", {"manifest_sha256": digest, "language": language})
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


def problems_of(place: Path, key: str | None = None) -> list[str]:
    return manifest.check(place, key).problems


def run(folder: Path, *arguments: str) -> tuple[int, str]:
    """verify.py of the bundle itself, without site packages, environment or a UTF-8 terminal."""
    command = [sys.executable, "-I", "-S", "verify.py", *arguments]
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "PYTHONUTF8": "0"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, done.stdout + done.stderr


def damaged(content: bytes, at: int, kind: str, chance: random.Random) -> bytes:
    """The content with one byte changed, inserted or left out, or cut off there."""
    if kind == "cut":
        return content[:at]
    other = bytes([chance.choice([each for each in range(256) if each != content[at]])])
    return content[:at] + {"flip": other, "insert": other, "delete": b""}[kind] + content[at + (kind != "insert") :]
