"""Switching a clause off for one checklist, with all below it and a reason, and switching it on again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from workbench import clock
from workbench.checklists import queries
from workbench.checklists.actions.answering import check_open, count, hold, new_answer, pinned_pack
from workbench.checklists.library import Pack
from workbench.checklists.models import Answer, Checklist, Exclusion
from workbench.checklists.rules import SHORTEST_REASON, AnswerState
from workbench.database import db
from workbench.people.models import Person
from workbench.projects.models import Project
from workbench.trail.actions import record
from workbench.web.refusals import BadValue, NotThere, Refused


def exclude_clause(*, project: Project, checklist: Checklist, clause: str, reason: str, by: Person) -> Exclusion:
    """Switch a clause off with all below it: its questions become not applicable, with the reason as their note.

    What was answered is kept and comes back when the clause is switched on. Refused for the criteria of the gates (they
    are waived instead), where the clause is off already, and without a reason of ten characters.
    """
    pack = _pack(checklist, by)
    if pack.steps:
        raise Refused(
            _("Criteria of a gate are not switched off. Whoever decides the gate may waive one with a reason.")
        )
    if not pack.has_clause(clause):
        raise NotThere
    if len(reason.strip()) < SHORTEST_REASON:
        raise BadValue(
            "reason", _("Say why the clause does not apply, in %(count)s characters or more.", count=SHORTEST_REASON)
        )
    hold(checklist)
    off = queries.off_by(checklist, pack, clause)
    if off:
        raise Refused(_("Clause %(clause)s is switched off already.", clause=off))
    exclusion = Exclusion(
        checklist_id=checklist.id,
        clause=clause,
        reason=reason.strip(),
        before={},
        excluded_at=clock.now(),
        excluded_by_id=by.id,
    )
    rows = _switch_off(checklist, pack, exclusion, by)
    checklist.excluded = {**(checklist.excluded or {}), clause: exclusion.reason}
    db.session.add(exclusion)
    after = {"checklist": checklist.pack_id, "clause": clause, "items": sorted(exclusion.before)}
    record(
        "clause_excluded", exclusion, by=by, project=project.key, after=after, reason=exclusion.reason, also=list(rows)
    )
    return exclusion


def include_clause(*, project: Project, checklist: Checklist, clause: str, by: Person) -> Exclusion:
    """Switch a clause on again: what was answered before comes back, save for answers that were touched since."""
    pack = _pack(checklist, by)
    hold(checklist)
    exclusion = queries.exclusion_of(checklist.id, clause)
    if exclusion is None:
        raise Refused(_("Clause %(clause)s is not switched off.", clause=clause[:40]))
    parent = pack.clause(clause).parent if pack.has_clause(clause) else None
    over = queries.off_by(checklist, pack, parent)
    if over:
        raise Refused(_("Clause %(clause)s above it is switched off. Switch that one on first.", clause=over))
    rows = []
    for answer in queries.stored_answers(checklist.id, list(exclusion.before)).values():
        was = exclusion.before[answer.item_key]
        if answer.version == was[4] and answer.state == AnswerState.NOT_APPLICABLE:
            _restore(checklist, answer, was)
            rows.append(answer)
    exclusion.ended_at, exclusion.ended_by_id = clock.now(), by.id
    checklist.excluded = {ref: why for ref, why in (checklist.excluded or {}).items() if ref != clause} or None
    after = {"checklist": checklist.pack_id, "clause": clause, "items": sorted(each.item_key for each in rows)}
    record("clause_included", exclusion, by=by, project=project.key, after=after, also=rows)
    return exclusion


def carry_exclusions(old: Checklist, made: Checklist, pack: Pack, by: Person) -> list[Exclusion | Answer]:
    """Switch off in `made` what is off in `old`, with what was answered there before; the rows this writes."""
    rows: list[Exclusion | Answer] = []
    for each in queries.exclusions_now(old.id):
        if not pack.has_clause(each.clause):
            continue
        for answer in queries.stored_answers(made.id, list(each.before)).values():
            if answer.state == AnswerState.NOT_APPLICABLE:
                _restore(made, answer, each.before[answer.item_key])
        exclusion = Exclusion(
            checklist_id=made.id, clause=each.clause, reason=each.reason, before={}, excluded_at=clock.now(),
            excluded_by_id=by.id,
        )
        rows += _switch_off(made, pack, exclusion, by)
        made.excluded = {**(made.excluded or {}), each.clause: each.reason}
        db.session.add(exclusion)
        rows.append(exclusion)
    db.session.flush()
    return rows


def _pack(checklist: Checklist, by: Person) -> Pack:
    """The questions of a checklist that may still be answered."""
    pack = pinned_pack(checklist)
    check_open(checklist, by)
    return pack


def _switch_off(checklist: Checklist, pack: Pack, exclusion: Exclusion, by: Person) -> list[Answer]:
    """Answer everything under the clause, and keep what was answered before. What is off already stays as it is."""
    under = queries.below(pack, exclusion.clause)
    items = [item for item in pack.items if item.clause in under and not queries.off_by(checklist, pack, item.clause)]
    stored = queries.stored_answers(checklist.id, [item.key for item in items])
    before: dict[str, list[Any]] = {}
    for item in items:
        answer = stored.get(item.key) or new_answer(checklist, item, by)
        stored[item.key] = answer
        before[item.key] = [answer.state, answer.note, answer.answered_by_id, answer.answered_at.isoformat()]
        count(checklist, AnswerState(answer.state), AnswerState.NOT_APPLICABLE)
        answer.state, answer.note = AnswerState.NOT_APPLICABLE, exclusion.reason
        answer.answered_by_id, answer.answered_at = by.id, exclusion.excluded_at
    db.session.flush()
    exclusion.before = {key: [*was, stored[key].version] for key, was in before.items()}
    return [stored[key] for key in before]


def _restore(checklist: Checklist, answer: Answer, was: list[Any]) -> None:
    count(checklist, AnswerState(answer.state), AnswerState(was[0]))
    answer.state, answer.note, answer.answered_by_id = was[0], was[1], was[2]
    answer.answered_at = datetime.fromisoformat(was[3])
