"""What happens to a checklist: starting it, answering an item, putting evidence to an item and taking it away."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from workbench import clock
from workbench.checklists import proofs, queries
from workbench.checklists.library import Item, Pack
from workbench.checklists.models import Answer, AnswerEvidence, Checklist, PackWording
from workbench.checklists.rules import NEEDS_NOTE, AnswerState
from workbench.database import db
from workbench.evidence.models import Evidence
from workbench.evidence.rules import EvidenceState
from workbench.people.models import Person
from workbench.projects.models import Project
from workbench.trail.actions import record
from workbench.web.refusals import BadValue, Conflict, NotThere, Refused, Side

# In the order of the keys 1 to 6, then 0.
STATES = {
    AnswerState.CONFORM: _l("conform"),
    AnswerState.PARTLY: _l("partly"),
    AnswerState.MINOR: _l("minor nonconformity"),
    AnswerState.MAJOR: _l("major nonconformity"),
    AnswerState.OPPORTUNITY: _l("opportunity"),
    AnswerState.NOT_APPLICABLE: _l("not applicable"),
    AnswerState.NOT_CHECKED: _l("not checked"),
}


@dataclass(frozen=True)
class Kept(Side):
    """One side of a conflict with what is sent when mine is kept, and the choices where it is one of several."""

    value: str = ""
    choices: tuple[tuple[str, str], ...] = ()


def start_checklist(*, project: Project, pack_id: str, by: Person) -> Checklist:
    """Put a pack to a project, pinned by version and digest. Refused where the same wording is started already."""
    pack = queries.installed(pack_id)
    if pack is None:
        raise BadValue("pack_id", _("No pack is called “%(pack)s”.", pack=pack_id[:60]))
    _lock(project)
    found = queries.newest_checklist(project.id, pack_id)
    if found is not None and found.pack_digest == pack.digest:
        title = pack.title.in_(str(get_locale()))
        raise Refused(_("%(pack)s, version %(version)s, is started already.", pack=title, version=pack.version))
    checklist = _pinned(project, pack, by)
    record(
        "checklist_started",
        checklist,
        by=by,
        project=project.key,
        after={"pack": pack.id, "version": pack.version, "digest": pack.digest, "items": len(pack.items)},
    )
    return checklist


def _pinned(project: Project, pack: Pack, by: Person) -> Checklist:
    """A checklist without answers; the wording it is pinned to is kept, once for all projects."""
    counts = {state.value: 0 for state in AnswerState} | {AnswerState.NOT_CHECKED.value: len(pack.items)}
    checklist = Checklist(
        project_id=project.id,
        pack_id=pack.id,
        pack_version=pack.version,
        pack_digest=pack.digest,
        total=len(pack.items),
        counts=counts,
        started_at=clock.now(),
        started_by_id=by.id,
    )
    db.session.add(checklist)
    if proofs.wording(pack.digest) is None:
        items = proofs.kept_items(pack)
        db.session.add(
            PackWording(
                pack_id=pack.id, pack_version=pack.version, pack_digest=pack.digest, items=items, kept_at=clock.now()
            )
        )
    return checklist


def upgrade_checklist(*, project: Project, pack_id: str, by: Person) -> Checklist:
    """Take over the wording installed now: a new checklist with the answers and evidence of unchanged items.

    Reworded and new items are not checked. The old checklist stays readable as it was answered. Refused where the
    project has not started the pack, or answers the installed wording already.
    """
    _lock(project)
    old = queries.newest_checklist(project.id, pack_id)
    change = proofs.renewal(old) if old is not None else None
    if old is None or change is None:
        raise Refused(_("The project answers the wording installed now already."))
    made = _pinned(project, change.pack, by)
    db.session.flush()
    rows = [row for answer in proofs.answers_of(old.id, [each.key for each in change.same]) for row in _taken(made, answer)]
    after = {
        "pack": made.pack_id,
        "version": made.pack_version,
        "digest": made.pack_digest,
        "kept": len(change.same),
        "reworded": [new.key for _old, new in change.reworded],
        "added": [each.key for each in change.added],
        "removed": [key for key, _old in change.removed],
    }
    before = {"version": old.pack_version, "digest": old.pack_digest}
    record("checklist_upgraded", made, by=by, project=project.key, before=before, after=after, also=rows)
    return made


def _taken(checklist: Checklist, old: Answer) -> list[Answer | AnswerEvidence]:
    """An answer with its evidence, taken over as it was given."""
    answer = Answer(
        checklist_id=checklist.id,
        item_key=old.item_key,
        step=old.step,
        state=old.state,
        note=old.note,
        answered_by_id=old.answered_by_id,
        answered_at=old.answered_at,
    )
    db.session.add(answer)
    db.session.flush()
    links = [AnswerEvidence(answer_id=answer.id, evidence_id=each.evidence_id) for each in old.evidence]
    db.session.add_all(links)
    _count(checklist, AnswerState.NOT_CHECKED, AnswerState(old.state))
    return [answer, *links]


def answer_item(
    *,
    project: Project,
    checklist: Checklist,
    item_key: str,
    state: AnswerState,
    note: str,
    by: Person,
    seen_version: int | None = None,
) -> Answer:
    """Answer one item and keep the counts.

    `seen_version` is the version the person saw, 0 for an item without answer; None compares nothing. Raises Conflict
    with both answers where somebody saved meanwhile, and BadValue where a note is due.
    """
    item = _item(checklist, item_key)
    if state in NEEDS_NOTE and not note.strip():
        raise BadValue("note", _("Write a note: for this answer the reason must be readable."))
    _lock(checklist)
    answer = queries.answer_to(checklist.id, item.key)
    if answer is not None and (answer.state, answer.note) == (state, note):
        return answer
    _check_seen(answer, seen_version, state, note)
    before = {"state": AnswerState.NOT_CHECKED.value, "note": ""}
    if answer is None:
        answer = _new_answer(checklist, item, by)
    else:
        before = {"state": answer.state, "note": answer.note}
    _count(checklist, AnswerState(before["state"]), state)
    answer.state, answer.note, answer.answered_by_id, answer.answered_at = state, note, by.id, clock.now()
    record(
        "item_answered",
        answer,
        by=by,
        project=project.key,
        before=before,
        after={"checklist": checklist.pack_id, "item": item.key, "state": state, "note": note},
    )
    return answer


def attach_evidence(*, project: Project, checklist: Checklist, item_key: str, evidence: Evidence, by: Person) -> Answer:
    """Put evidence to an item; an item without answer gets one that is not checked. Attaching twice changes nothing."""
    item = _item(checklist, item_key)
    if evidence.project_id != checklist.project_id:
        raise NotThere
    if evidence.state == EvidenceState.WITHDRAWN:
        raise BadValue("evidence_id", _("%(code)s is withdrawn; it proves nothing any more.", code=evidence.code))
    _lock(checklist)
    answer = queries.answer_to(checklist.id, item.key)
    if answer is None:
        answer = _new_answer(checklist, item, by)
        db.session.flush()
    if queries.link_between(answer.id, evidence.id) is None:
        link = AnswerEvidence(answer_id=answer.id, evidence_id=evidence.id)
        db.session.add(link)
        record(
            "evidence_attached",
            answer,
            by=by,
            project=project.key,
            also=[link],
            after={"checklist": checklist.pack_id, "item": item.key, "evidence": evidence.code},
        )
    return answer


def detach_evidence(*, project: Project, checklist: Checklist, item_key: str, evidence: Evidence, by: Person) -> None:
    """Take evidence away from an item; the evidence itself stays."""
    item = _item(checklist, item_key)
    _lock(checklist)
    answer = queries.answer_to(checklist.id, item.key)
    link = None if answer is None else queries.link_between(answer.id, evidence.id)
    if answer is None or link is None:
        raise NotThere
    db.session.delete(link)
    record(
        "evidence_detached",
        answer,
        by=by,
        project=project.key,
        before={"checklist": checklist.pack_id, "item": item.key, "evidence": evidence.code},
    )


def _item(checklist: Checklist, item_key: str) -> Item:
    """The item in the pack the checklist is pinned to; refused where another wording is installed now."""
    pack = queries.installed(checklist.pack_id)
    if pack is None or pack.digest != checklist.pack_digest:
        raise Refused(
            _(
                "This checklist was started with %(pack)s %(version)s (digest %(digest)s…), which is not installed "
                "any more. Its answers stay readable; start the checklist anew to answer the wording installed now.",
                pack=checklist.pack_id,
                version=checklist.pack_version,
                digest=checklist.pack_digest[:12],
            )
        )
    try:
        return pack.item(item_key)
    except KeyError as error:
        raise NotThere from error


def _lock(row: Project | Checklist) -> None:
    """Let two people write one after another, each on what the other left (SQLite queues writers by itself)."""
    kind = type(row)
    locked = select(kind).where(kind.id == row.id).with_for_update()
    db.session.execute(locked.execution_options(populate_existing=True)).all()


def _new_answer(checklist: Checklist, item: Item, by: Person) -> Answer:
    answer = Answer(
        checklist_id=checklist.id,
        item_key=item.key,
        step=item.step or 0,
        state=AnswerState.NOT_CHECKED,
        note="",
        answered_by_id=by.id,
        answered_at=clock.now(),
    )
    db.session.add(answer)
    return answer


def _check_seen(answer: Answer | None, seen: int | None, state: AnswerState, note: str) -> None:
    if answer is None or seen is None or seen == answer.version:
        return
    choices = tuple((each.value, str(word)) for each, word in STATES.items())
    mine, theirs = str(STATES[state]), str(STATES[AnswerState(answer.state)])
    sides = (
        Kept("state", str(_("Answer")), mine, theirs, state.value, choices),
        Kept("note", str(_("Note")), note, answer.note, note),
    )
    raise Conflict(sides, version=answer.version)


def _count(checklist: Checklist, old: AnswerState, new: AnswerState) -> None:
    counts = dict(checklist.counts)
    counts[old] -= 1
    counts[new] += 1
    checklist.counts = counts
