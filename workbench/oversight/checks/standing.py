"""Checks of what everybody relies on: tools and what was promised of them, questions, people."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, String, cast, func, literal, or_, select, union_all

from workbench.inquiry.models import GuestLink
from workbench.oversight.checks.base import Check, Look, Severity
from workbench.oversight.queries import figures_of_conformity as conformity
from workbench.oversight.queries.holdings import HOLDINGS, Holding
from workbench.oversight.queries.spans import found, iso
from workbench.oversight.rules.reviews import A_YEAR, Row
from workbench.people.models import Membership, Person
from workbench.practices.models import Question
from workbench.practices.rules import OLD_AFTER_DAYS
from workbench.projects.models import Project
from workbench.tools.models import Limitation, ProjectTool, Tool
from workbench.tools.rules import Standing

LICENCE_ENDS = timedelta(days=30)


def limitation_undecided(look: Look) -> Iterator[Row]:
    """Known for more than a year, and nothing was decided about it."""
    model = Limitation
    stands = (model.withdrawn_at.is_(None), or_(model.decision.is_(None), model.decision == ""))
    old = model.first_reported_on < look.today - A_YEAR
    for key, each in found(look.of(model, model).where(*stands, old).order_by(model.id)):
        days = str((look.today - each.first_reported_on).days)
        args = {"key": key, "register": "limitations", "record_id": each.id}
        yield Row(key, each.code, each.statement, iso(each.first_reported_on), "days_known", days, "tools.record", args)


def promise_late(look: Look) -> Iterator[Row]:
    """A promise that nobody kept by its day."""
    return conformity.promises_overdue(look.span)


def licence_ends(look: Look) -> Iterator[Row]:
    """A tool in scope whose trial licence has ended, or ends within thirty days."""
    wanted = look.of(ProjectTool, Tool).join(Tool, Tool.id == ProjectTool.tool_id)
    ends = (Tool.standing == Standing.TRIAL, Tool.trial_ends_on <= look.today + LICENCE_ENDS)
    for key, each in found(wanted.where(*ends).order_by(ProjectTool.id)):
        days = (each.trial_ends_on - look.today).days
        note = ("days_left", str(days)) if days >= 0 else ("days_late", str(-days))
        yield Row(key, "", each.name, iso(each.trial_ends_on), *note, "tools.of_project", {"key": key})


def question_unanswered(look: Look) -> Iterator[Row]:
    """A question about the new practice that waits for more than two weeks."""
    model = Question
    waits = (model.withdrawn_at.is_(None), model.answered_on.is_(None))
    old = model.asked_on < look.today - timedelta(days=OLD_AFTER_DAYS)
    for key, each in found(look.of(model, model).where(*waits, old).order_by(model.id)):
        args = {"key": key, "register": "questions", "record_id": each.id}
        yield Row(key, each.code, each.question, iso(each.asked_on), "days_open", str(each.days), "practices.record", args)


def left_with_work(look: Look) -> Iterator[Row]:
    """Somebody whose sign-in was taken away and who still holds open work: how much, on which project. One query."""
    wanted = union_all(*(_of_those_who_left(each, look) for each in HOLDINGS if each.project_id is not None or look.is_whole))
    rows = wanted.subquery()
    each_one = (rows.c.name, rows.c.person_id, rows.c.project)
    counted = select(*each_one, func.count()).group_by(*each_one).order_by(*each_one)
    for name, person_id, key, held in found(counted):
        yield Row(key, "", name, "", "holds", str(held), "oversight.hand_over", {"person_id": person_id})


def _of_those_who_left(holding: Holding, look: Look) -> Any:
    """(project, person, name) of each thing of one kind that inactive persons hold."""
    model, project = holding.model, literal("", String) if holding.project_id is None else Project.key
    wanted = select(project.label("project"), Person.id.label("person_id"), Person.name.label("name")).select_from(model)
    for table, on in holding.reach:
        wanted = wanted.join(table, on)
    if holding.project_id is not None:
        wanted = wanted.join(Project, Project.id == holding.project_id).where(Project.id.in_(look.span.project_ids or ()))
    left = wanted.join(Person, Person.id == holding.holder).where(Person.active.is_(False), holding.is_open)
    works = _WORKS.get(holding.key)
    return left if works is None else left.where(works(look))


# Of two kinds some are no work: a place on a team without a function, and a link that has run out.
_WORKS: dict[str, Callable[[Look], ColumnElement[bool]]] = {
    "functions": lambda look: cast(Membership.functions, String) != "[]",
    "guest_links": lambda look: GuestLink.expires_on >= look.today,
}


CHECKS = (
    Check("left_with_work", Severity.SEVERE, left_with_work),
    Check("promise_late", Severity.WARNING, promise_late),
    Check("limitation_undecided", Severity.WARNING, limitation_undecided),
    Check("question_unanswered", Severity.WARNING, question_unanswered),
    Check("licence_ends", Severity.SOON, licence_ends),
)
