"""Gathers an evidence bundle and packs it, in the order that docs/formats/bundle.md gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from flask_babel import gettext as _

from workbench.evidence import store
from workbench.evidence.queries import File, files_of_project
from workbench.evidence.rules import ALLOWED
from workbench.projects.models import Project
from workbench.reports import manifest
from workbench.reports.lists import Lists, lists_of
from workbench.reports.manifest import Content, EvidenceRow
from workbench.reports.rules import Point
from workbench.trail import log
from workbench.trail import queries as trail
from workbench.web.refusals import Refused


def leaves_of(project_key: str, *, up_to: int) -> list[bytes]:
    """The project's entries as written, up to the state the report tells of; those of others and of the installation stay out."""
    return [leaf for _seq, leaf in trail.leaves_of_project(project_key, up_to=up_to)]


@dataclass(frozen=True)
class Papers:
    """What a bundle holds beside its report, read at one moment."""

    pieces: tuple[File, ...]
    lists: Lists
    leaves: tuple[bytes, ...]


def papers_of(project: Project, language: str, point: Point) -> Papers:
    """Lists, evidence and entries of the project as they are at the point."""
    pieces = tuple(each for each in files_of_project(project.id) if each.sha256)
    return Papers(pieces, lists_of(project, language, point), tuple(leaves_of(project.key, up_to=point.size)))


def gather(*, project_key: str, report: bytes, vkey: str, papers: Papers, home: Path) -> dict[str, Content]:
    """Every file that the manifest lists. Raises Refused where a stored file is not the one that was added."""
    rows = [_row(each) for each in papers.pieces]
    damaged = [each.code for each in papers.pieces if not store.is_sound(each.sha256, home=home)]
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
        "trail/entries.jsonl": manifest.entry_lines(papers.leaves),
        "trail/key.vkey": f"{vkey}\n".encode(),
        **papers.lists.files(),
        **{row.path: store.path_of(row.sha256, home=home) for row in rows},
    }


def _row(piece: File) -> EvidenceRow:
    proves = " ".join([piece.code, *(proof.ref for proof in piece.proves)])
    return EvidenceRow(piece.sha256, ALLOWED.get(piece.media_type, "bin"), piece.filename, proves)


def proofs(checkpoint: str, leaves: Sequence[bytes], record: bytes) -> dict[str, bytes]:
    """The proofs of the entries and of the record, against the tree that the checkpoint signs."""
    tree = log.Tree(trail.leaf_hashes(up_to=int(checkpoint.split("\n")[1])))
    return manifest.build_proofs(tree.node, checkpoint, leaves, record)
