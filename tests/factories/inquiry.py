"""Needs, objectives, sources and consultations, plainly made."""

from __future__ import annotations

from datetime import date
from typing import Any

from workbench.inquiry import actions
from workbench.inquiry.models import Consultation, Need, Objective, Source
from workbench.inquiry.rules import ContributionKind, SourceKind
from workbench.inquiry.registers import NEEDS
from workbench.people.models import Person
from workbench.projects.models import Project
from workbench.projects.rules import Layer
from workbench.registers.actions import add_record


def a_need(project: Project, *, by: Person, **facts: Any) -> Need:
    """A need."""
    known = {"statement": "quantities are not typed twice", "priority": "must", "source": "", "acceptance": "", **facts}
    need: Need = add_record(NEEDS, project=project, facts=known, by=by)
    return need


def an_objective(project: Project, *, by: Person, **facts: Any) -> Objective:
    """An objective that nobody has judged."""
    known = {"statement": "invoices follow usage", "measure": "lines typed by hand", "target": "0", **facts}
    return actions.set_objective(project=project, by=by, **known)


def a_source(project: Project, *, by: Person, **facts: Any) -> Source:
    """A source."""
    known = {"reference": "a case of a similar company", "kind": SourceKind.CASE, **facts}
    return actions.note_source(project=project, by=by, **known)


def a_consultation(project: Project, *, by: Person, **facts: Any) -> Consultation:
    """A caution of a named person at the reseller."""
    known = {
        "said_by": "Maud Perrin", "layer": Layer.RESELLER, "held_on": date(2025, 3, 4),
        "kind": ContributionKind.CAUTION, "statement": "the export changes its columns without notice", **facts,
    }
    return actions.note_consultation(project=project, by=by, **known)
