"""Several items at once: the same answer, or the same evidence, with the rules asked for each row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flask_babel import gettext as _

from workbench import clock
from workbench.checklists import queries
from workbench.checklists.actions.answering import STATES, count, new_answer, pinned_pack
from workbench.checklists.actions.assigning import Together, check_may_answer
from workbench.checklists.library import Pack
from workbench.checklists.models import Answer, AnswerEvidence, Checklist
from workbench.checklists.rules import NEEDS_NOTE, AnswerState
from workbench.database import db
from workbench.evidence.models import Evidence
from workbench.evidence.rules import EvidenceState
from workbench.people.models import Person
from workbench.people.queries import Rights
from workbench.projects.models import Project
from workbench.trail.actions import record
from workbench.web.refusals import BadValue, NotThere


def answer_items(
    *,
    project: Project,
    checklist: Checklist,
    seen: Mapping[str, int | None],
    state: AnswerState,
    note: str,
    by: Person,
    rights: Rights,
) -> Together:
    """Give some items the same answer and note. `seen` is {item key: the version the person saw, as in answer_item}.

    Rows that may not be answered are refused each with its reason; the others are saved with one entry that lists them.
    """
    if state in NEEDS_NOTE and not note.strip():
        raise BadValue("note", _("Write a note: for this answer the reason must be readable."))
    pack, found = pinned_pack(checklist), Together()
    locked = check_may_answer(checklist=checklist, item_keys=list(seen), by=by, rights=rights)
    locked = _faults(checklist, pack, seen) | locked
    there = queries.stored_answers(checklist.id, list(seen))
    before, rows = {}, []
    for key, version in seen.items():
        row = there.get(key)
        why = locked.get(key) or _overtaken(row, version)
        if why:
            found.refused[key] = why
            continue
        found.done.append(key)
        if row is not None and (row.state, row.note) == (state, note):
            continue
        row = row or new_answer(checklist, pack.item(key), by)
        before[key] = {"state": str(row.state), "note": row.note}
        count(checklist, AnswerState(row.state), state)
        row.state, row.note, row.answered_by_id, row.answered_at = state, note, by.id, clock.now()
        rows.append(row)
    after = {"checklist": checklist.pack_id, "state": state, "note": note, "items": list(before)}
    if rows:
        record(
            "items_answered_together", checklist, by=by, project=project.key, before={"items": before}, after=after, also=rows
        )
    return found


def attach_to_items(
    *, project: Project, checklist: Checklist, item_keys: Iterable[str], evidence: Evidence, by: Person, rights: Rights
) -> Together:
    """Put one piece of evidence to some items; an item without answer gets one that is not checked."""
    if evidence.project_id != checklist.project_id:
        raise NotThere
    if evidence.state == EvidenceState.WITHDRAWN:
        raise BadValue("evidence_id", _("%(code)s is withdrawn; it proves nothing any more.", code=evidence.code))
    keys, pack, found = list(item_keys), pinned_pack(checklist), Together()
    locked = check_may_answer(checklist=checklist, item_keys=keys, by=by, rights=rights)
    locked = _faults(checklist, pack, keys) | locked
    there, linked = queries.stored_answers(checklist.id, keys), queries.items_with(checklist.id, evidence.id)
    for key in keys:
        if key in locked:
            found.refused[key] = locked[key]
        else:
            found.done.append(key)
            there[key] = there.get(key) or new_answer(checklist, pack.item(key), by)
    db.session.flush()
    fresh = [key for key in found.done if key not in linked]
    links = [AnswerEvidence(answer_id=there[key].id, evidence_id=evidence.id) for key in fresh]
    db.session.add_all(links)
    if links:
        rows = [*(there[key] for key in fresh), *links]
        after = {"checklist": checklist.pack_id, "evidence": evidence.code, "items": fresh}
        record("evidence_attached_together", checklist, by=by, project=project.key, after=after, also=rows)
    return found


def _faults(checklist: Checklist, pack: Pack, keys: Iterable[str]) -> dict[str, str]:
    """{item key: why nobody may answer it for now} of questions the checklist lacks, or whose clause is switched off."""
    off = queries.excluded_items(checklist, pack)
    found = {}
    for key in keys:
        if queries.item_in(pack, key) is None:
            found[key] = str(_("This checklist has no such question."))
        elif key in off:
            found[key] = str(_("Clause %(clause)s is switched off.", clause=off[key]))
    return found


def _overtaken(row: Answer | None, seen: int | None) -> str:
    """Why a stale save is refused: somebody saved after the page was opened."""
    if row is None or seen is None or seen == row.version:
        return ""
    return str(_("Somebody saved another answer meanwhile: %(state)s.", state=STATES[AnswerState(row.state)]))
