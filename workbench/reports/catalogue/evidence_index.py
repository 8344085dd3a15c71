"""The evidence index: every piece with its digest and what rests on it, and turned round: what each line rests on."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from workbench.evidence.queries import files_of_project
from workbench.people.rules import Permission
from workbench.reports import citing
from workbench.reports.citing import Piece, Resting, Version
from workbench.reports.headings import Headed
from workbench.reports.rules import Brief, numbered

KEY = "evidence_index"
TITLE = _l("Evidence index")
NOTE = _l("For an auditor: each piece with SHA-256, validity and what it proves, and what each criterion rests on.")
PERMISSION = Permission.REPORT_BUILD
SECTIONS = (
    ("summary", _l("Summary")),
    ("pieces", _l("The pieces")),
    ("proves", _l("What each piece bears on")),
    ("lines", _l("What each criterion rests on")),
)
ANNEXES = (("versions", _l("Earlier versions")),)
SUBJECTS = _l("Pieces of evidence")


@dataclass(frozen=True)
class Index(Headed):
    """Everything the template prints."""

    pieces: tuple[Piece, ...]
    lines: tuple[tuple[str, tuple[Resting, ...]], ...]
    versions: tuple[Version, ...]

    def count(self, state: str) -> int:
        """How many pieces are in a state: current, expired or withdrawn."""
        return sum(each.file.state == state for each in self.pieces)

    @property
    def unused(self) -> list[Piece]:
        """The valid pieces that nothing rests on."""
        return [each for each in self.pieces if each.file.state == "current" and not each.is_used]

    @property
    def bare(self) -> list[Resting]:
        """The lines that no piece proves any more."""
        return [each for _called, group in self.lines for each in group if each.is_bare]

    @property
    def bytes(self) -> int:
        """How large the files are together."""
        return sum(each.file.size for each in self.pieces)


def build(brief: Brief) -> Index:
    """Read everything the index says, as it stands at the checkpoint of the brief."""
    found = citing.pieces(brief)
    valid = sum(each.file.state == "current" for each in found)
    told = _("%(all)s, of which valid on the day of this report: %(valid)s", all=len(found), valid=valid)
    return Index(
        brief=brief,
        sections=numbered(SECTIONS, ANNEXES, brief.options),
        cover=((str(_("Pieces of evidence")), str(told)),),
        pieces=found,
        lines=citing.resting(found, brief.options),
        versions=citing.versions(brief, found),
    )


def subjects(project_id: int) -> list[tuple[str, str]]:
    """The pieces of evidence, by number: (code, code and title)."""
    return [(each.code, f"{each.code} {each.title}") for each in files_of_project(project_id)]
