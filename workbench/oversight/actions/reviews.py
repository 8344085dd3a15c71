"""What happens to a management review: planned, changed, noted, prepared, held with a signature, closed; its outputs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import gettext as _

from workbench import clock
from workbench.database import db
from workbench.oversight.models import ManagementReview, ReviewAction, ReviewDecision, ReviewSnapshot
from workbench.oversight.queries import reviews as queries
from workbench.oversight.rules.reviews import (
    FLOW,
    INPUTS,
    MONTHS_BETWEEN,
    DecisionKind,
    ReviewActionState,
    ReviewState,
    digest,
    frozen,
    months_after,
)
from workbench.people import queries as people
from workbench.people.actions import confirm_identity
from workbench.people.models import Person
from workbench.trail.actions import record
from workbench.trail.rules import plain
from workbench.web.refusals import BadValue, Refused

MEANING = "I led this management review on these inputs."
FACTS = ("period_from", "period_to", "planned_on", "next_on", "chair_id", "participants", "project_ids")


def plan_review(*, facts: Mapping[str, Any], by: Person) -> ManagementReview:
    """Plan a review; it gets the next number of the year in which it is planned. One is ahead at a time."""
    if queries.is_one_ahead():
        raise Refused(_("A review is planned already. Hold it before you plan the next one."))
    known = _checked(facts)
    number, serial = queries.next_number(known["planned_on"].year)
    made = ManagementReview(
        number=number, year=known["planned_on"].year, serial=serial, notes={}, planned_by_id=by.id, **known
    )
    db.session.add(made)
    record("review_planned", made, by=by, after={"number": number, **known})
    return made


def _checked(facts: Mapping[str, Any]) -> dict[str, Any]:
    known: dict[str, Any] = {name: facts.get(name) for name in FACTS}
    if known["period_to"] < known["period_from"]:
        raise BadValue("period_to", _("The period ends on the day it begins, or later."))
    chair = people.person(known["chair_id"])
    if chair is None or not chair.active:
        raise BadValue("chair_id", _("Choose somebody who can sign in."))
    known["participants"] = (known["participants"] or "").strip()
    known["project_ids"] = sorted(known["project_ids"] or []) or None
    return known


def change_review(*, review: ManagementReview, facts: Mapping[str, Any], by: Person) -> None:
    """Say anew what a review that is ahead looks at, when, and who takes part. The number stays."""
    _move(review, "change")
    known = _checked(facts)
    before = {name: getattr(review, name) for name in FACTS}
    for name, value in known.items():
        setattr(review, name, value)
    record("review_changed", review, by=by, before=before, after={"number": review.number, **known})


def note_inputs(*, review: ManagementReview, notes: Mapping[str, str], by: Person) -> None:
    """Write beside the inputs what the figures do not say; notes on nothing are left out."""
    _move(review, "note")
    before = dict(review.notes)
    review.notes = {key: said for key in INPUTS if (said := notes.get(key, "").strip())}
    record("review_noted", review, by=by, before={"notes": before}, after={"notes": dict(review.notes)})


def _move(review: ManagementReview, verb: str) -> None:
    review.state = FLOW.target(verb, review.standing)


def prepare_review(*, review: ManagementReview, by: Person) -> None:
    """Say that the inputs are ready to be gone through."""
    _move(review, "prepare")
    record("review_prepared", review, by=by, after={"number": review.number})


def hold_review(
    *, review: ManagementReview, held_on: date, participants: str, next_on: date | None, password: str, by: Person
) -> ReviewSnapshot:
    """Freeze the inputs and sign them with the password; from then on they stay as they were, whatever is changed later."""
    if not participants.strip():
        raise BadValue("participants", _("Name who took part; functions are enough."))
    if held_on > clock.today():
        raise BadValue("held_on", _("A review is recorded on the day it is held, or later."))
    following = next_on or months_after(held_on, MONTHS_BETWEEN)
    if following <= held_on:
        raise BadValue("next_on", _("The next review comes after this one."))
    FLOW.target("hold", review.standing)
    confirm_identity(person=by, password=password)
    review.held_on, review.next_on, review.participants = held_on, following, participants.strip()
    content = plain({**_head(review), **frozen(queries.inputs_of(review))})
    _move(review, "hold")
    made = ReviewSnapshot(
        review_id=review.id, content=content, sha256=digest(content), meaning=MEANING, signed_name=by.name,
        signed_by_id=by.id, signed_at=clock.now(),
    )
    db.session.add(made)
    after = {"number": review.number, "held_on": held_on, "next_on": following, "sha256": made.sha256, "meaning": MEANING}
    record("review_held", review, by=by, after=after, also=[made])
    return made


def _head(review: ManagementReview) -> dict[str, Any]:
    names = ("number", "period_from", "period_to", "held_on", "participants", "project_ids")
    return {name: getattr(review, name) for name in names}


def close_review(*, review: ManagementReview, by: Person) -> None:
    """Close a review all of whose actions are done or cancelled."""
    still = [each for each in queries.actions_of(review.id) if each.state == ReviewActionState.OPEN]
    if still and review.standing is ReviewState.HELD:
        raise Refused(
            _("%(number)s cannot be closed: actions are open.", number=review.number),
            tuple(f"{each.code} {each.text}" for each in still),
        )
    _move(review, "close")
    review.closed_at = clock.now()
    record("review_closed", review, by=by, after={"number": review.number})


def add_decision(*, review: ManagementReview, kind: DecisionKind, text: str, by: Person) -> ReviewDecision:
    """Note what the review decided. It stays as it was said; a later decision may say otherwise."""
    _move(review, "decide")
    if not text.strip():
        raise BadValue("text", _("Say what was decided."))
    made = ReviewDecision(
        review_id=review.id, number=queries.next_line(ReviewDecision, review.id), kind=kind, text=text.strip(),
        noted_by_id=by.id, noted_at=clock.now(),
    )
    db.session.add(made)
    after = {"review": review.number, "code": made.code, "kind": kind, "text": made.text}
    record("review_decided", made, by=by, after=after, also=[review])
    return made


def add_action(
    *, review: ManagementReview, text: str, owner_id: int, due_on: date, by: Person, decision_id: int | None = None
) -> ReviewAction:
    """Name something to do, by whom and until when."""
    _move(review, "decide")
    if not text.strip():
        raise BadValue("text", _("Say what is to be done."))
    if due_on < clock.today():
        raise BadValue("due_on", _("It is due today or later."))
    owner = people.person(owner_id)
    if owner is None or not owner.active:
        raise BadValue("owner_id", _("Choose somebody who can sign in."))
    if decision_id is not None and decision_id not in {each.id for each in queries.decisions_of(review.id)}:
        raise BadValue("decision_id", _("Choose a decision of this review."))
    made = ReviewAction(
        review_id=review.id, number=queries.next_line(ReviewAction, review.id), text=text.strip(), owner_id=owner_id,
        due_on=due_on, decision_id=decision_id, added_at=clock.now(),
    )
    db.session.add(made)
    after = {"review": review.number, "code": made.code, "text": made.text, "owner": owner.name, "due_on": due_on}
    record("review_action_added", made, by=by, after=after, also=[review])
    return made


def end_action(
    *, review: ManagementReview, action: ReviewAction, state: ReviewActionState, on: date, note: str, by: Person
) -> None:
    """Say that an action is done, with what shows it, or that it is cancelled, with the reason."""
    if action.state != ReviewActionState.OPEN:
        raise Refused(_("%(code)s is not open any more.", code=f"{review.number} {action.code}"))
    if not note.strip():
        raise BadValue("note", _("Say what shows that it is done, or why it is cancelled."))
    if on > clock.today():
        raise BadValue("done_on", _("The day is today or earlier."))
    action.state, action.done_on, action.note = state, on, note.strip()
    act = "review_action_done" if state is ReviewActionState.DONE else "review_action_cancelled"
    record(act, action, by=by, after={"review": review.number, "code": action.code, "on": on}, reason=note.strip())
