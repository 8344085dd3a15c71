"""The records of steps 1 to 3, plainly made."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from workbench import clock
from workbench.inquiry import actions
from workbench.inquiry.models import Baseline, Consultation, Criterion, GuestLink, Need, Objective, Source
from workbench.inquiry.registers import BASELINES, CONSULTATIONS, CRITERIA, NEEDS, OBJECTIVES, SOURCES
from workbench.inquiry.rules import ContributionKind, Priority, SourceKind
from workbench.people.models import Person
from workbench.projects.models import Project
from workbench.projects.rules import Layer
from workbench.registers.actions import add_record


def a_baseline(project: Project, *, by: Person, **facts: Any) -> Baseline:
    """A measure of the present way."""
    known = {
        "measure": "time for one invoice run", "unit": "hours", "value": "6.5", "method": "three months timed",
        "measured_on": date(2025, 3, 1), "measured_by": "billing", "evidence_id": None, **facts,
    }
    baseline: Baseline = add_record(BASELINES, project=project, facts=known, by=by)
    return baseline


def a_need(project: Project, *, by: Person, **facts: Any) -> Need:
    """A need."""
    known = {
        "statement": "quantities are not typed twice", "priority": Priority.MUST, "source": "", "acceptance": "", **facts,
    }
    need: Need = add_record(NEEDS, project=project, facts=known, by=by)
    return need


def a_criterion(project: Project, *, by: Person, **facts: Any) -> Criterion:
    """A criterion of the specification."""
    known = {"name": "quantities by client", "weight": 30, "judged": "", **facts}
    criterion: Criterion = add_record(CRITERIA, project=project, facts=known, by=by)
    return criterion


def an_objective(project: Project, *, by: Person, **facts: Any) -> Objective:
    """An objective that nobody has judged."""
    known = {
        "statement": "invoices follow usage", "measure": "lines typed by hand", "unit": "", "baseline": "", "target": "0",
        "due_on": None, **facts,
    }
    objective: Objective = add_record(OBJECTIVES, project=project, facts=known, by=by)
    return objective


def a_missed_objective(project: Project, *, by: Person, reason: str = "L-01", **facts: Any) -> Objective:
    """An objective judged as not met."""
    objective = an_objective(project, by=by, **facts)
    actions.judge_objective(project=project, objective=objective, is_met=False, reason=reason, by=by)
    return objective


def a_source(project: Project, *, by: Person, **facts: Any) -> Source:
    """A source."""
    known = {
        "reference": "a case of a similar company", "kind": SourceKind.CASE, "need_id": None, "dated_on": None, "claim": "",
        "credibility": "", "market": "", "country": "", "fit": "", "search_terms": "", "url": "", "is_independent": True,
        **facts,
    }
    source: Source = add_record(SOURCES, project=project, facts=known, by=by)
    return source


def a_consultation(project: Project, *, by: Person, **facts: Any) -> Consultation:
    """A caution of a named person at the reseller."""
    known = {
        "said_by": "Maud Perrin", "participant_id": None, "layer": Layer.RESELLER, "hub": "", "held_on": date(2025, 3, 4),
        "channel": "", "kind": ContributionKind.CAUTION, "statement": "the export changes its columns without notice",
        "need_id": None, "tool_id": None, "has_consent": False, "is_confidential": False, **facts,
    }
    consultation: Consultation = add_record(CONSULTATIONS, project=project, facts=known, by=by)
    return consultation


def a_guest_link(project: Project, *, by: Person, **facts: Any) -> tuple[GuestLink, str]:
    """A link for somebody at the editor, with its token."""
    known = {
        "participant": None, "addressee": "Odile Vasseur", "organisation": "Editor E", "layer": Layer.EDITOR,
        "questions": "When will counts by client be exported?", "expires_on": clock.today() + timedelta(days=7), **facts,
    }
    return actions.invite(project=project, by=by, **known)
