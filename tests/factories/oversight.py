"""Management reviews and hand-overs, plainly made."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from tests.factories.people import a_member, a_person
from tests.factories.risks import a_risk
from workbench.oversight.actions import handover, reviews
from workbench.oversight.models import HandOver, ManagementReview, ReviewAction
from workbench.people.models import Person
from workbench.projects.models import Project


def a_review(*, by: Person, **facts: Any) -> ManagementReview:
    """A review of the first four months of 2026 over every project."""
    usual = {
        "period_from": date(2026, 1, 1), "period_to": date(2026, 4, 30), "planned_on": date(2026, 5, 4),
        "chair_id": by.id, "participants": "general manager\nquality lead", "project_ids": None, "next_on": None,
    }
    return reviews.plan_review(facts={**usual, **facts}, by=by)


def a_review_action(review: ManagementReview, *, by: Person, owner: Person | None = None, **facts: Any) -> ReviewAction:
    """An action of a review, which is prepared for it if it is not yet."""
    if review.state == "planned":
        reviews.prepare_review(review=review, by=by)
    usual = {"text": "Ask the reseller for an export", "due_on": date(2099, 1, 1), **facts}
    return reviews.add_action(review=review, owner_id=(owner or by).id, by=by, **usual)


def a_hand_over(
    project: Project, *, by: Person, person: Person | None = None, picks: Mapping[str, Person | None] | None = None
) -> HandOver:
    """A risk of somebody who leaves, given to `by`, unless other things are named."""
    leaver = person or a_person(name="Claire")
    if picks is None:
        a_member(project, leaver)
        risk = a_risk(project, by=by, owner_id=leaver.id)
        picks = {f"risks:{risk.id}": by}
    return handover.hand_over(person=leaver, picks=picks, reason="Claire left.", by=by)
