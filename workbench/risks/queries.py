"""Named reads about risks: those of a project, its matrix, and all that a person may see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import joinedload

from workbench.database import db
from workbench.people import queries as people
from workbench.people.models import Person
from workbench.people.rules import Function
from workbench.projects.models import Project
from workbench.registers.queries import standing
from workbench.risks.models import Risk, RiskAcceptance
from workbench.risks.rules import ACCEPTORS, FROM, SEVERE, Level


def choices(project_id: int) -> list[tuple[int, str]]:
    """The project's risks as a list to choose from: (id, code and statement)."""
    wanted = select(Risk.id, Risk.code, Risk.statement).where(Risk.project_id == project_id, Risk.withdrawn_at.is_(None))
    return [(number, f"{code} {statement[:100]}") for number, code, statement in db.session.execute(wanted.order_by(Risk.id))]


def risks_of_project(project_id: int) -> Sequence[Risk]:
    """The risks that stand, with their acceptances, in the order of their codes."""
    return standing(Risk, project_id)


def cells(project_id: int) -> dict[tuple[int, int], list[Risk]]:
    """{(likelihood, impact) after the measures: risks} of a project."""
    found: dict[tuple[int, int], list[Risk]] = {}
    for each in risks_of_project(project_id):
        found.setdefault(each.left, []).append(each)
    return found


def acceptances(risk_id: int) -> Sequence[RiskAcceptance]:
    """Every acceptance of one risk with who gave it, newest first."""
    wanted = select(RiskAcceptance).options(joinedload(RiskAcceptance.accepted_by)).where(RiskAcceptance.risk_id == risk_id)
    return db.session.scalars(wanted.order_by(RiskAcceptance.id.desc())).all()


def accepting_function(project_id: int, person_id: int, level: Level) -> Function | None:
    """The function by which this person may accept a risk of this level on the project, or None."""
    member = people.membership(project_id, person_id)
    held = member.held if member is not None else frozenset()
    return next((each for each in Function if each in held & ACCEPTORS[level]), None)


def _level(likelihood: Any, impact: Any) -> ColumnElement[str]:
    """rules.level, in the database."""
    scored = likelihood * impact
    return case(
        (scored >= FROM[Level.CRITICAL], Level.CRITICAL.value),
        ((scored >= FROM[Level.HIGH]) | (impact >= SEVERE), Level.HIGH.value),
        (scored >= FROM[Level.MEDIUM], Level.MEDIUM.value),
        else_=Level.LOW.value,
    )


def all_risks(projects: Select[int]) -> Select[Any]:
    """The risks of these projects with what remains after the measures and when it was last accepted."""
    likelihood = func.coalesce(Risk.residual_likelihood, Risk.likelihood)
    impact = func.coalesce(Risk.residual_impact, Risk.impact)
    accepted = select(func.max(RiskAcceptance.accepted_at)).where(RiskAcceptance.risk_id == Risk.id)
    found: Any = (
        select(
            Risk.id, Project.key.label("project"), Risk.code, Risk.statement,
            (Risk.likelihood * Risk.impact).label("score"), _level(Risk.likelihood, Risk.impact).label("level"),
            (likelihood * impact).label("residual_score"), _level(likelihood, impact).label("residual_level"),
            Risk.treatment, Person.name.label("owner"), Risk.review_on,
            accepted.correlate(Risk).scalar_subquery().label("accepted_at"),
        )
        .join(Project, Project.id == Risk.project_id)
        .join(Person, Person.id == Risk.owner_id, isouter=True)
        .where(Risk.project_id.in_(projects), Risk.withdrawn_at.is_(None))
    )
    return cast("Select[Any]", found)
