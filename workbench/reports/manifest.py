"""The evidence bundle's format: builds manifest, index and proofs, packs and verifies (docs/formats/bundle.md)."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import shutil
import stat
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.reports import verify
from workbench.trail import log
from workbench.web.sheets import safe_cell

FORMAT = "ninefold-bundle/1"
MAX_TOTAL = 200 * 1024 * 1024
MAX_RATIO = 100
MAX_FILES = 20_000  # a bundle holds one proof per trail entry, so the 2,000 of ordinary uploads would be too few

Content = bytes | Path

_EXTENSION = re.compile(r"[a-z0-9]{1,12}")

README = """\
NINEFOLD EVIDENCE BUNDLE - project {project}

report.pdf            the audit report
evidence/             the evidence files, named by their SHA-256; index.csv has their names and what they prove
trail/entries.jsonl   the entries of the audit trail that concern the project, one a line, as they were written
trail/checkpoint      the signed state of the whole trail; trail/key.vkey is the public key
proofs/               for each entry, and for the manifest, the proof that it is in the signed trail
manifest.json         size and SHA-256 of every file that comes before the signature

To verify, offline, with Python 3.8 or later and nothing else:

    python3 verify.py

then compare the key it prints with the key on the cover of the report you were handed. Better still, give it that key:

    python3 verify.py --key "{vkey}"

A bundle in a stranger's hands could carry a changed verify.py. If that matters, take verify.py from a copy of Ninefold
that you trust and run it on this folder: python3 /elsewhere/verify.py FOLDER

--------------------------------------------------------------------------------------------------------------------

DOSSIER DE PREUVES NINEFOLD - projet {project}

Pour vérifier, hors ligne, avec Python 3.8 ou plus récent et rien d'autre :

    python3 verify.py

puis comparez la clé affichée avec celle de la couverture du rapport qui vous a été remis. Mieux : donnez-lui cette clé
avec --key. Un dossier passé entre d'autres mains peut contenir un verify.py modifié : si c'est un enjeu, prenez
verify.py dans un exemplaire de Ninefold auquel vous vous fiez et lancez-le sur ce dossier.
"""


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """One line of evidence/index.csv."""

    sha256: str
    extension: str
    original_name: str
    proves: str

    @property
    def path(self) -> str:
        """`evidence/<sha256>.<ext>`; an extension that is not plain becomes `bin`: it came from a user's file name."""
        plain = self.extension.lower().lstrip(".")
        return f"evidence/{self.sha256}.{plain if _EXTENSION.fullmatch(plain) else 'bin'}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verifying found: no problem at all, or each of them; and the lines to print after them."""

    problems: list[str]
    summary: list[str]


def is_safe_name(name: str) -> bool:
    """Whether a name inside a bundle stays inside its folder, on any system, and prints as it is."""
    if not name.isprintable() or any(each in name for each in '\\:*?"<>|'):
        return False
    return not any(part.strip(" .") != part or not part for part in name.split("/"))


def build_manifest(project: str, files: Mapping[str, Content]) -> bytes:
    """The canonical manifest.json of these files, without those that come after it (verify.EXEMPT, proofs/)."""
    rows = []
    for path in sorted(files):
        if not is_safe_name(path):
            raise ValueError(f"not a name for a file of a bundle: {path!r}")
        if path not in verify.EXEMPT and not path.startswith("proofs/"):
            rows.append({"path": path, "sha256": _sha256(files[path]), "size": _size(files[path])})
    return log.canonical({"format": FORMAT, "project": project, "files": rows})


def _sha256(content: Content) -> str:
    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest()
    with content.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _size(content: Content) -> int:
    return len(content) if isinstance(content, bytes) else content.stat().st_size


def readme(project: str, vkey: str) -> bytes:
    return README.format(project=project, vkey=vkey).encode()


def verifier() -> bytes:
    """The text of verify.py, to be put into the bundle."""
    return Path(verify.__file__).read_bytes()


def entry_lines(leaves: Iterable[bytes]) -> bytes:
    """trail/entries.jsonl: each leaf exactly as it was written, one a line, in the order of the log."""
    return b"".join(leaf + b"\n" for leaf in leaves)


def evidence_index(rows: Iterable[EvidenceRow]) -> bytes:
    """evidence/index.csv; a cell that a spreadsheet would run as a formula is prefixed with an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["file", "sha256", "original_name", "proves"])
    for row in sorted(rows, key=lambda each: (each.path, each.original_name, each.proves)):
        cells = [row.path.removeprefix("evidence/"), row.sha256, row.original_name, row.proves]
        writer.writerow([safe_cell(cell) for cell in cells])
    return out.getvalue().encode()


def build_proofs(node: log.NodeReader, checkpoint: str, leaves: Iterable[bytes], record: bytes) -> dict[str, bytes]:
    """The proofs/ of a bundle against a signed checkpoint whose tree `node` reads (a Tree's `node`, or a store's).

    `leaves` are the lines of trail/entries.jsonl, `record` the leaf of the entry that records the manifest.
    """
    size = int(checkpoint.split("\n")[1])

    def proof(leaf: bytes, extra: bytes | None) -> bytes:
        index = _seq(leaf) - 1
        return log.Proof(index, tuple(log.inclusion_path(node, index, size)), checkpoint, extra).to_text().encode()

    proofs = {f"proofs/entries/{_seq(leaf)}.tlog-proof": proof(leaf, None) for leaf in leaves}
    return {verify.MANIFEST_PROOF: proof(record, record), **proofs}


def _seq(leaf: bytes) -> int:
    seq = log.parse_canonical(leaf)["seq"]
    if type(seq) is not int or seq < 1:
        raise log.LogError("an entry's seq is a whole number from 1")
    return seq


def write_zip(files: Mapping[str, Content], target: Path) -> None:
    """Packs the bundle: sorted, with a fixed date, so that the same files give the same bytes."""
    with zipfile.ZipFile(target, "w") as archive:
        for path in sorted(files):
            if not is_safe_name(path):
                raise ValueError(f"not a name for a file of a bundle: {path!r}")
            info = zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0))
            info.create_system = 3  # with the mode below, the same on every system
            info.external_attr = (stat.S_IFREG | 0o644) << 16
            # Evidence is stored: it is mostly packed already, and a blank scan must not look like a bomb.
            is_stored = path.startswith("evidence/") or path == "report.pdf"
            info.compress_type = zipfile.ZIP_STORED if is_stored else zipfile.ZIP_DEFLATED
            content = files[path]
            archive.writestr(info, content if isinstance(content, bytes) else content.read_bytes())


def check_folder(folder: Path, key: str | None = None) -> Verdict:
    """Verifies an unpacked bundle; ValueError when `key` is not a key at all."""
    bundle = verify.Bundle(str(folder), None if key is None else verify.verifier_key(key))
    return Verdict(bundle.check(), bundle.summary())


def check_zip(file: Path, key: str | None = None) -> Verdict:
    """Verifies a packed bundle in a temporary folder, once its directory shows nothing that unpacking should fear."""
    given = None if key is None else verify.verifier_key(key).text
    try:
        with zipfile.ZipFile(file) as archive, tempfile.TemporaryDirectory(prefix="ninefold-") as place:
            problems = unsafe_members(archive.infolist())
            if problems:
                return Verdict(problems, ["This file was not unpacked."])
            _unpack(archive, Path(place))
            return check_folder(Path(place), given)
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, ValueError, OSError) as error:
        return Verdict([f"{file.name}: cannot be unpacked ({error})"], ["This file was not verified."])


def verify_folder(folder: Path, key: str | None = None) -> list[str]:
    return check_folder(folder, key).problems


def verify_zip(file: Path, key: str | None = None) -> list[str]:
    return check_zip(file, key).problems


def unsafe_members(members: Sequence[zipfile.ZipInfo]) -> list[str]:
    """Why an archive is not to be unpacked, read from its directory alone: one line for each reason."""
    problems = []
    names = [each.filename.rstrip("/").casefold() for each in members]
    total = sum(each.file_size for each in members)
    if len(members) > MAX_FILES:
        problems.append(f"the archive holds {len(members)} files, more than {MAX_FILES}")
    if total > MAX_TOTAL:
        problems.append(f"the archive would unpack to {total} bytes, more than {MAX_TOTAL}")
    if total > MAX_RATIO * max(1, sum(each.compress_size for each in members)):
        problems.append(f"the archive would grow more than {MAX_RATIO} times")
    if len(set(names)) != len(names):
        problems.append("the archive holds two files of one name")
    return problems + [f"{each.orig_filename!a}: {reason}" for each in members if (reason := _fault(each))]


def _fault(member: zipfile.ZipInfo) -> str:
    kind = stat.S_IFMT(member.external_attr >> 16)
    if member.orig_filename != member.filename or not is_safe_name(member.filename.removesuffix("/")):
        return "a name that could lead outside the folder"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "a link or special file"
    if member.flag_bits & 1:
        return "encrypted"
    return ""


def _unpack(archive: zipfile.ZipFile, place: Path) -> None:
    for member in archive.infolist():
        target = place / member.filename
        if member.is_dir():
            target.mkdir(parents=True, exist_ok=True)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(member) as source, target.open("xb") as sink:
            shutil.copyfileobj(source, sink)
