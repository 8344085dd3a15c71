"""Checks of evidence and answers: does what is said still stand on something."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import or_, select

from workbench.checklists.models import Answer, AnswerEvidence, Checklist
from workbench.checklists.rules import AnswerState
from workbench.evidence.models import Evidence
from workbench.evidence.queries import SOON
from workbench.evidence.rules import EvidenceState
from workbench.findings.models import Finding
from workbench.findings.rules import FindingState
from workbench.oversight.checks.base import STANDS, Check, Look, Severity
from workbench.oversight.queries.spans import found, iso
from workbench.oversight.rules.reviews import A_YEAR, Row
from workbench.projects.models import Project

NONCONFORM = (AnswerState.MINOR, AnswerState.MAJOR)
CURRENT = Evidence.state == EvidenceState.CURRENT


def _answers(look: Look, *conditions: Any) -> Iterator[Row]:
    """Answers of checklists that are not closed."""
    wanted = look.of(Answer, Answer, Checklist.pack_id, Checklist.title, project_id=Checklist.project_id)
    joined = wanted.join(Checklist, Checklist.id == Answer.checklist_id).join(Project, Project.id == Checklist.project_id)
    for key, each, pack_id, title in found(joined.where(STANDS, *conditions).order_by(Answer.id)):
        args = {"key": key, "checklist_id": each.checklist_id, "item_key": each.item_key}
        note = ("state", each.state, "checklists.item", args)
        yield Row(key, each.item_key, title or pack_id, iso(each.answered_at), *note)


def conform_bare(look: Look) -> Iterator[Row]:
    """Conform, and no evidence attached that is valid today."""
    valid = (
        select(AnswerEvidence.id)
        .join(Evidence, Evidence.id == AnswerEvidence.evidence_id)
        .where(AnswerEvidence.answer_id == Answer.id, CURRENT)
        .where(or_(Evidence.valid_until.is_(None), Evidence.valid_until >= look.today))
    )
    return _answers(look, Answer.state == AnswerState.CONFORM, ~valid.exists())


def nonconform_unraised(look: Look) -> Iterator[Row]:
    """Answered as nonconform, and no finding was raised on the line."""
    raised = select(Finding.id).where(
        Finding.checklist_id == Answer.checklist_id, Finding.item_key == Answer.item_key,
        Finding.state != FindingState.WITHDRAWN,
    )
    return _answers(look, Answer.state.in_(NONCONFORM), ~raised.exists())


def answer_old(look: Look) -> Iterator[Row]:
    """Given more than a year ago."""
    day = look.span.start - A_YEAR
    return _answers(look, Answer.state != AnswerState.NOT_CHECKED, Answer.answered_at < day)


def _evidence(look: Look, note: str, *conditions: Any) -> Iterator[Row]:
    for key, each in found(look.of(Evidence, Evidence).where(CURRENT, *conditions).order_by(Evidence.id)):
        days = str(abs((look.today - each.valid_until).days))
        args = {"key": key, "evidence_id": each.id}
        yield Row(key, each.code, each.title, iso(each.valid_until), note, days, "evidence.show", args)


def evidence_expired(look: Look) -> Iterator[Row]:
    """Valid until a day that has passed."""
    return _evidence(look, "days_late", Evidence.valid_until < look.today)


def evidence_ends(look: Look) -> Iterator[Row]:
    """Valid for thirty days more at most."""
    soon = Evidence.valid_until.between(look.today, look.today + timedelta(days=SOON.days))
    return _evidence(look, "days_left", soon)


CHECKS = (
    Check("conform_bare", Severity.SEVERE, conform_bare),
    Check("nonconform_unraised", Severity.SEVERE, nonconform_unraised),
    Check("evidence_expired", Severity.WARNING, evidence_expired),
    Check("answer_old", Severity.WARNING, answer_old),
    Check("evidence_ends", Severity.SOON, evidence_ends),
)
