"""Several files at once as evidence for one item; a file that is refused is named, the others are attached."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import BinaryIO

from workbench.checklists.actions.answering import asked_item, attach_evidence
from workbench.checklists.models import Checklist
from workbench.evidence import store
from workbench.evidence.actions import add_file
from workbench.evidence.models import Evidence
from workbench.people.models import Person
from workbench.projects.models import Project
from workbench.web.refusals import BadValue, Refused


@dataclass
class Attached:
    """What became of the files: those attached, and why the others were not, each by the name of its file."""

    pieces: list[Evidence] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    @property
    def codes(self) -> str:
        """The pieces attached, as people name them."""
        return ", ".join(each.code for each in self.pieces)


def attach_files(
    *,
    project: Project,
    checklist: Checklist,
    item_key: str,
    files: Sequence[tuple[str, BinaryIO]],
    home: Path,
    limit: int,
    by: Person,
    title: str = "",
    valid_until: date | None = None,
    note: str = "",
) -> Attached:
    """Add each file to the project's evidence and attach it to an item. A title is given to a single file only.

    Raises BadValue where no file at all was accepted.
    """
    asked_item(checklist, item_key, by)
    found = Attached()
    for filename, stream in files:
        try:
            piece = add_file(
                project=project,
                title=title if len(files) == 1 else "",
                stream=stream,
                filename=filename,
                home=home,
                by=by,
                valid_until=valid_until,
                note=note,
                limit=limit,
            )
        except (BadValue, Refused) as refusal:
            name = store.clean_name(filename)
            found.refused.append(refusal.message if name in refusal.message else f"{name}: {refusal.message}")
        else:
            attach_evidence(project=project, checklist=checklist, item_key=item_key, evidence=piece, by=by)
            found.pieces.append(piece)
    if not found.pieces:
        raise BadValue("file", " ".join(found.refused))
    return found
