"""The criterion on a checklist line that a finding is held against, and the findings raised on the lines of a checklist."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import select

from workbench.checklists.models import Answer, AnswerEvidence, Checklist
from workbench.checklists.queries import exact_pack, installed, item_in
from workbench.database import db
from workbench.evidence.models import Evidence
from workbench.findings.models import Finding
from workbench.findings.rules import FindingKind


@dataclass(frozen=True)
class Criterion:
    """A checklist line as a finding quotes it, with the kind and evidence that its answer suggests."""

    checklist_id: int
    item_key: str
    requirement: str
    kind: str
    evidence: str
    occasion: str = ""


@dataclass(frozen=True)
class OnLine:
    """A finding as the checklist line it was raised on names it."""

    number: int
    kind: str
    state: str

    @property
    def code(self) -> str:
        """How people name it."""
        return f"F-{self.number}"


def criterion(project_id: int, checklist_id: int, item_key: str, language: str) -> Criterion | None:
    """The line of a checklist of this project in a language: clause or gate, and our question; None where it is not.

    The evidence is the answer's note, and the codes of what is attached to it.
    """
    row = db.session.execute(
        select(Checklist, Answer.id, Answer.state, Answer.note)
        .outerjoin(Answer, (Answer.checklist_id == Checklist.id) & (Answer.item_key == item_key))
        .where(Checklist.project_id == project_id, Checklist.id == checklist_id)
    ).first()
    checklist = row[0] if row is not None else None
    pack = None if checklist is None else exact_pack(checklist) or installed(checklist.pack_id)
    item = item_in(pack, item_key) if pack is not None else None
    if row is None or checklist is None or pack is None or item is None:
        return None
    place = item.clause or _("gate %(number)s", number=item.step)
    requirement = f"{pack.title.in_(language)}, {place}: {item.question.in_(language)}"
    kind = row.state if row.state in set(FindingKind) else ""
    seen = "\n".join(each for each in (row.note or "", _attached(row.id)) if each)
    return Criterion(checklist_id, item_key, requirement, kind, seen, checklist.occasion)


def _attached(answer_id: int | None) -> str:
    """The evidence of an answer by code and title."""
    if answer_id is None:
        return ""
    wanted = select(Evidence).join(AnswerEvidence, AnswerEvidence.evidence_id == Evidence.id)
    pieces = db.session.scalars(wanted.where(AnswerEvidence.answer_id == answer_id).order_by(Evidence.number))
    return "; ".join(f"{each.code} {each.title}" for each in pieces)


def by_line(checklist_id: int) -> dict[str, tuple[OnLine, ...]]:
    """{item key: the findings raised on it} of one checklist, in the order of raising; one query."""
    wanted = select(Finding.item_key, Finding.number, Finding.kind, Finding.state)
    found: dict[str, tuple[OnLine, ...]] = {}
    for item_key, number, kind, state in db.session.execute(
        wanted.where(Finding.checklist_id == checklist_id).order_by(Finding.number)
    ):
        found[item_key] = (*found.get(item_key, ()), OnLine(number, kind, state))
    return found
