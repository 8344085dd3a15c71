"""The evidence bundle's format: builds manifest, index and proofs, packs and verifies (docs/formats/bundle.md)."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import stat
import tempfile
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from flask_babel import gettext as _

from workbench.reports import verify, verify_words
from workbench.trail import log
from workbench.web.refusals import Refused
from workbench.web.sheets import safe_cell

FORMAT = "ninefold-bundle/1"

Content = bytes | Path

# Put before the imports of the verifier in a bundle: a json.py that somebody laid beside it must not be run in place of Python's.
GUARD = 'import sys\n\nif __name__ == "__main__" and not sys.flags.isolated:\n    del sys.path[0]  # the folder of the bundle\n'
_EXTENSION = re.compile(r"[a-z0-9]{1,12}")

README = """\
NINEFOLD EVIDENCE BUNDLE - project {project}

This folder is what an auditor takes home: the report on the project, the papers behind it, and the proof that neither was
changed since. It can be checked without Ninefold, without a network and without an account.

WHAT IS IN IT                                          WHAT IT PROVES
report.pdf            the audit report                 itself nothing; its SHA-256 is in manifest.json
registers/, lists/    registers and lists, as CSV;     the same
registers.xlsx        all of them as one workbook      the same
evidence/             files, named by their SHA-256;   the same; a name that fits the content
                      index.csv has their own names
trail/entries.jsonl   what was recorded about the      that these entries were written in this order and were not
                      project, one entry a line        changed, once their proofs hold
trail/checkpoint      the signed state of the whole    that the holder of the key stood for that state
                      trail; trail/key.vkey: the key
proofs/               one proof for each entry, and    that the entry, and the manifest, are in that signed state
                      one for the manifest
manifest.json         size and SHA-256 of every file   that no file was changed, added or taken away since it was
                      that is not a proof              recorded
trail/manifest.tsr    only in some bundles: a time     that the manifest was there at that time, by the word of the
                      stamp of an authority            authority that signed it

TO VERIFY, with Python 3.8 or later and nothing else:

    python3 verify.py

then compare the key it prints with the key on the cover of the report you were handed. Better still, give it that key:

    python3 verify.py --key "{vkey}"

It says either that the bundle verifies, or names each file and entry that does not, in the language in which the bundle was
built. A ZIP can be checked unopened: python3 verify.py F.zip. The signature of a time stamp is checked by openssl; verify.py
prints the command.

WHAT IT DOES NOT PROVE
- Whose key it is: only the comparison above does.
- That verify.py is honest: in other hands a bundle could carry a changed one. If that matters, take verify.py from a copy
  of Ninefold that you trust (workbench bundle verifier -o verify.py) and run it: python3 /elsewhere/verify.py FOLDER
- That what was recorded is true, or that nothing was left unrecorded.

--------------------------------------------------------------------------------------------------------------------

DOSSIER DE PREUVES NINEFOLD - projet {project}

Ce dossier est ce qu'un auditeur emporte : le rapport sur le projet, les pièces qui le fondent, et la preuve que rien n'a été
modifié depuis. Il se vérifie sans Ninefold, sans réseau et sans compte.

CE QU'IL CONTIENT                                      CE QUE CELA PROUVE
report.pdf            le rapport d'audit               rien par lui-même ; son SHA-256 est dans manifest.json
registers/, lists/    registres et listes, en CSV ;    de même
registers.xlsx        tous en un seul classeur         de même
evidence/             fichiers nommés par leur         de même ; un nom qui correspond au contenu
                      SHA-256 ; leurs noms d'origine
                      sont dans index.csv
trail/entries.jsonl   ce qui a été consigné sur le     que ces entrées ont été écrites dans cet ordre et n'ont pas
                      projet, une entrée par ligne     changé, dès lors que leurs preuves tiennent
trail/checkpoint      l'état signé de tout le          que le détenteur de la clé a répondu de cet état
                      journal ; trail/key.vkey : la clé
proofs/               une preuve par entrée, et une    que l'entrée, et le manifeste, sont dans cet état signé
                      pour le manifeste
manifest.json         taille et SHA-256 de chaque      qu'aucun fichier n'a été modifié, ajouté ou retiré depuis
                      fichier qui n'est pas une preuve qu'il a été consigné
trail/manifest.tsr    dans certains dossiers : un      que le manifeste existait à cette date, sur la parole de
                      horodatage d'une autorité        l'autorité qui l'a signé

POUR VÉRIFIER, avec Python 3.8 ou plus récent et rien d'autre :

    python3 verify.py

puis comparez la clé affichée avec celle de la couverture du rapport qui vous a été remis. Mieux : donnez-lui cette clé,
comme ci-dessus, avec --key. Le programme dit que le dossier est intact, ou nomme chaque fichier et chaque entrée qui ne
l'est pas, dans la langue où le dossier a été construit. Un ZIP se vérifie sans l'ouvrir : python3 verify.py F.zip. La
signature d'un horodatage se vérifie avec openssl ; verify.py affiche la commande.

CE QU'IL NE PROUVE PAS
- À qui est la clé : seule la comparaison ci-dessus le montre.
- Que verify.py est honnête : passé entre d'autres mains, un dossier peut en contenir un modifié. Si c'est un enjeu, prenez
  verify.py dans un exemplaire de Ninefold auquel vous vous fiez (workbench bundle verifier -o verify.py) et lancez-le :
  python3 /ailleurs/verify.py DOSSIER
- Que ce qui a été consigné est vrai, ni que rien n'a été omis.
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
    """The text of verify.py, to be put into the bundle: one file, its words put in where it imports them here, its guard first."""
    lines = Path(verify.__file__).read_text(encoding="utf-8").splitlines(keepends=True)
    words = Path(verify_words.__file__).read_text(encoding="utf-8").splitlines(keepends=True)[1:]
    told = [each for each in words if not each.startswith(("import ", "from ")) or each == "import zlib\n"]
    instead = {"import argparse\n": [GUARD, "import argparse\n"], "import sys\n": []}
    text = [
        told if each.startswith("from workbench.reports.verify_words import ") else instead.get(each, [each]) for each in lines
    ]
    return "".join(line for each in text for line in each).replace("\n" * 4, "\n" * 2).encode()


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
            is_stored = path.startswith("evidence/") or path in ("report.pdf", verify.STAMP)
            info.compress_type = zipfile.ZIP_STORED if is_stored else zipfile.ZIP_DEFLATED
            content = files[path]
            archive.writestr(info, content if isinstance(content, bytes) else content.read_bytes())


def zip_bytes(files: Mapping[str, Content]) -> bytes:
    """The packed bundle: the same files give the same bytes."""
    with tempfile.TemporaryDirectory(prefix="ninefold-bundle-") as folder:
        target = Path(folder) / "bundle.zip"
        write_zip(files, target)
        return target.read_bytes()


def contents(file: Path) -> dict[str, bytes]:
    """The files of a packed bundle that verifies; a time stamp does not count. Raises Refused where it does not verify."""
    bundle = verify.Bundle(str(file))
    problems = [each for each in bundle.check() if not each.startswith(f"{verify.STAMP}: ")]
    if problems or not zipfile.is_zipfile(file):
        raise Refused(_("%(file)s does not verify, so it is left as it is.", file=file.name), tuple(problems[:20]))
    with zipfile.ZipFile(file) as archive:
        names = {each: each for each in archive.namelist() if not each.endswith("/")}
        top = "" if "manifest.json" in names else f"{next(iter(names)).split('/')[0]}/"
        return {each.removeprefix(top): archive.read(each) for each in names}


def check(place: Path, key: str | None = None) -> Verdict:
    """Verifies a bundle, unpacked or as a ZIP, with the code of verify.py itself; ValueError when `key` is not a key at all."""
    bundle = verify.Bundle(str(place), None if key is None else verify.verifier_key(key))
    return Verdict(bundle.check(), bundle.summary())
