"""The statement of applicability: each line of a standard, whether it applies and why not, how far it is answered."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from workbench.checklists.queries import checklists_of_project
from workbench.people.rules import Permission
from workbench.reports import applying
from workbench.reports.applying import Applied
from workbench.reports.headings import Headed
from workbench.reports.rules import Brief, numbered

KEY = "statement_of_applicability"
TITLE = _l("Statement of applicability")
NOTE = _l(
    "For an auditor of ISO/IEC 27001, or of any checklist: line by line what applies and why not, its state, evidence and owner."
)
PERMISSION = Permission.REPORT_BUILD
SECTIONS = (
    ("summary", _l("Summary")),
    ("lines", _l("Line by line")),
    ("matrix", _l("Clause matrix")),
)
ANNEXES = (("switched", _l("When clauses were switched off and on")),)
SUBJECTS = _l("Checklists")


@dataclass(frozen=True)
class Statement(Headed):
    """Everything the template prints."""

    checklists: tuple[Applied, ...]


def build(brief: Brief) -> Statement:
    """Read everything the statement says, as it stands at the checkpoint of the brief."""
    found = applying.applied(brief)
    named = [f"{each.title} ({each.totals.lines or each.unknown})" for each in found]
    return Statement(
        brief=brief,
        sections=numbered(SECTIONS, ANNEXES, brief.options),
        cover=((str(_("Checklists and their lines")), named),),
        checklists=found,
    )


def subjects(project_id: int) -> list[tuple[str, str]]:
    """The packs of the standing checklists, oldest first: (pack, title); a pack twice started stands once."""
    spoken = str(get_locale() or "en")[:2]
    found = [
        (each.checklist.pack_id, each.checklist.pack_id if each.pack is None else str(each.pack.title.in_(spoken)))
        for each in checklists_of_project(project_id)
    ]
    return list(dict(found).items())
