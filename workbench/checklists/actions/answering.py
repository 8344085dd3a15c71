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
from workbench.checklists.rules import NEEDS_NOTE, AnswerState, Barred, barred
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

BARRED = {
    Barred.CLOSED: _l("This checklist is closed; its answers stay as they are."),
    Barred.RESERVED: _l("Only the persons of its audit answer this checklist."),
    Barred.NO_RIGHT: _l("You may read this checklist, not answer it."),
    Barred.ASKED_OF_ANOTHER: _l("This question was asked of somebody else."),
    Barred.SUBMITTED: _l("The answer was submitted and waits to be accepted."),
    Barred.ACCEPTED: _l("The answer was accepted."),
}


@dataclass(frozen=True)
class Kept(Side):
    """One side of a conflict with what is sent when mine is kept, and the choices where it is one of several."""

    value: str = ""
    choices: tuple[tuple[str, str], ...] = ()


def start_checklist(
    *,
    project: Project,
    pack_id: str,
    by: Person,
    occasion: str = "",
    title: str = "",
    reserved_for: list[int] | None = None,
) -> Checklist:
    """Put a pack to a project, pinned by version and digest. Refused where the same wording is started already.

    With `occasion` (the code of an audit or run) it stands beside the project's standing checklist.
    """
    pack = queries.installed(pack_id)
    if pack is None:
        raise BadValue("pack_id", _("No pack is called “%(pack)s”.", pack=pack_id[:60]))
    hold(project)
    found = queries.newest_checklist(project.id, pack_id, occasion)
    if found is not None and found.pack_digest == pack.digest:
        name = pack.title.in_(str(get_locale()))
        raise Refused(_("%(pack)s, version %(version)s, is started already.", pack=name, version=pack.version))
    checklist = pinned(project, pack, by.id, occasion=occasion, title=title)
    checklist.reserved_for = reserved_for
    record(
        "checklist_started",
        checklist,
        by=by,
        project=project.key,
        after={
            "pack": pack.id,
            "version": pack.version,
            "digest": pack.digest,
            "items": len(pack.items),
            **({"occasion": occasion, "reserved_for": reserved_for} if occasion else {}),
        },
    )
    return checklist


def pinned(
    project: Project,
    pack: Pack,
    started_by_id: int,
    *,
    occasion: str = "",
    title: str = "",
    parts: list[str] | None = None,
) -> Checklist:
    """A checklist without answers; the wording it is pinned to is kept, once for all projects. `parts` limits what is asked."""
    total = len(queries.within(pack, parts).items)
    counts = {state.value: 0 for state in AnswerState} | {AnswerState.NOT_CHECKED.value: total}
    checklist = Checklist(
        project_id=project.id,
        pack_id=pack.id,
        pack_version=pack.version,
        pack_digest=pack.digest,
        occasion=occasion,
        title=title,
        parts=parts,
        total=total,
        counts=counts,
        started_at=clock.now(),
        started_by_id=started_by_id,
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


def taken(checklist: Checklist, old: Answer, item_key: str = "") -> list[Answer | AnswerEvidence]:
    """An answer with its evidence, taken over as it was given; `item_key` where the question has another number now."""
    answer = Answer(
        checklist_id=checklist.id,
        item_key=item_key or old.item_key,
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
    count(checklist, AnswerState.NOT_CHECKED, AnswerState(old.state))
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
    item = asked_item(checklist, item_key, by)
    if state in NEEDS_NOTE and not note.strip():
        raise BadValue("note", _("Write a note: for this answer the reason must be readable."))
    hold(checklist)
    answer = queries.answer_to(checklist.id, item.key)
    if answer is not None and (answer.state, answer.note) == (state, note):
        return answer
    _check_seen(answer, seen_version, state, note)
    before = {"state": AnswerState.NOT_CHECKED.value, "note": ""}
    if answer is None:
        answer = new_answer(checklist, item, by)
    else:
        before = {"state": answer.state, "note": answer.note}
    count(checklist, AnswerState(before["state"]), state)
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
    item = asked_item(checklist, item_key, by)
    if evidence.project_id != checklist.project_id:
        raise NotThere
    if evidence.state == EvidenceState.WITHDRAWN:
        raise BadValue("evidence_id", _("%(code)s is withdrawn; it proves nothing any more.", code=evidence.code))
    hold(checklist)
    answer = queries.answer_to(checklist.id, item.key)
    if answer is None:
        answer = new_answer(checklist, item, by)
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
    item = asked_item(checklist, item_key, by)
    hold(checklist)
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


def asked_item(checklist: Checklist, item_key: str, by: Person) -> Item:
    """An item that this person may answer as far as the checklist goes: it is open, and not reserved for others.

    Refused where the wording the checklist is pinned to was not kept.
    """
    pack = pinned_pack(checklist)
    check_open(checklist, by)
    try:
        item = pack.item(item_key)
    except KeyError as error:
        raise NotThere from error
    off = queries.off_by(checklist, pack, item.clause)
    if off:
        raise Refused(_("Clause %(clause)s is switched off for this checklist. Switch it on to answer.", clause=off))
    return item


def pinned_pack(checklist: Checklist) -> Pack:
    """The questions a checklist is pinned to, word for word; refused where that wording was not kept."""
    pack = queries.exact_pack(checklist)
    if pack is None:
        raise Refused(
            _(
                "This checklist was started with %(pack)s %(version)s (digest %(digest)s…), which is not installed "
                "any more. Its answers stay readable; start the checklist anew to answer the wording installed now.",
                pack=checklist.pack_id,
                version=checklist.pack_version,
                digest=checklist.pack_digest[:12],
            )
        )
    return queries.within(pack, checklist.parts)


def check_open(checklist: Checklist, by: Person) -> None:
    """Refuse an answer to a checklist that is closed, or by somebody it is not reserved for."""
    why = barred(
        is_closed=checklist.closed_at is not None, reserved_for=checklist.reserved_for, person_id=by.id, may_answer=True
    )
    if why is not None:
        raise Refused(str(BARRED[why]))


def hold(row: Project | Checklist) -> None:
    """Let two people write one after another, each on what the other left (SQLite queues writers by itself)."""
    kind = type(row)
    locked = select(kind).where(kind.id == row.id).with_for_update()
    db.session.execute(locked.execution_options(populate_existing=True)).all()


def new_answer(checklist: Checklist, item: Item, by: Person) -> Answer:
    """A row for an item that has none: not checked yet."""
    """An answer to an item that had none, not checked yet."""
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


def count(checklist: Checklist, old: AnswerState, new: AnswerState) -> None:
    """Keep the number of answers by state."""
    """Keep the sums of a checklist when an answer changes."""
    counts = dict(checklist.counts)
    counts[old] -= 1
    counts[new] += 1
    checklist.counts = counts
