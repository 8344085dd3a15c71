"""Gathers an evidence bundle and packs it, in the order that docs/formats/bundle.md gives."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from flask_babel import gettext as _

from workbench.evidence import store
from workbench.evidence.queries import File, files_of_project
from workbench.evidence.rules import ALLOWED
from workbench.reports import manifest
from workbench.reports.manifest import Content, EvidenceRow
from workbench.trail import log
from workbench.trail import queries as trail
from workbench.web.refusals import Refused


def leaves_of(project_key: str) -> list[bytes]:
    """The project's entries as written; those of other projects and of the installation stay out."""
    return [leaf for _seq, leaf in trail.leaves_of_project(project_key, up_to=trail.size())]


def gather(
    *, project_id: int, project_key: str, report: bytes, vkey: str, leaves: Sequence[bytes], home: Path
) -> dict[str, Content]:
    """Every file that the manifest lists. Raises Refused where a stored file is not the one that was added."""
    pieces = [each for each in files_of_project(project_id) if each.sha256]
    rows = [_row(each) for each in pieces]
    damaged = [each.code for each in pieces if not store.is_sound(each.sha256, home=home)]
    if damaged:
        raise Refused(
            _("A bundle is not built over damaged evidence. Restore these files from a backup, then build again."),
            tuple(damaged),
        )
    return {
        "report.pdf": report,
        "verify.py": manifest.verifier(),
        "README.txt": manifest.readme(project_key, vkey),
        "evidence/index.csv": manifest.evidence_index(rows),
        "trail/entries.jsonl": manifest.entry_lines(leaves),
        "trail/key.vkey": f"{vkey}\n".encode(),
        **{row.path: store.path_of(row.sha256, home=home) for row in rows},
    }


def _row(piece: File) -> EvidenceRow:
    proves = " ".join([piece.code, *(proof.ref for proof in piece.proves)])
    return EvidenceRow(piece.sha256, ALLOWED.get(piece.media_type, "bin"), piece.filename, proves)


def proofs(checkpoint: str, leaves: Sequence[bytes], record: bytes) -> dict[str, bytes]:
    """The proofs of the entries and of the record, against the tree that the checkpoint signs."""
    tree = log.Tree(trail.leaf_hashes(up_to=int(checkpoint.split("\n")[1])))
    return manifest.build_proofs(tree.node, checkpoint, leaves, record)


def pack(files: Mapping[str, Content]) -> bytes:
    """The ZIP: the same files give the same bytes."""
    with tempfile.TemporaryDirectory(prefix="ninefold-bundle-") as folder:
        target = Path(folder) / "bundle.zip"
        manifest.write_zip(files, target)
        return target.read_bytes()
