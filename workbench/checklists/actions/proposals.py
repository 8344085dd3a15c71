"""Taking over what answers to other standards propose: never by itself, and with its origin said."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from workbench import clock
from workbench.checklists import proofs, queries
from workbench.checklists.actions.answering import count, hold, new_answer, pinned_pack
from workbench.checklists.actions.assigning import Together, check_may_answer
from workbench.checklists.library import Pack
from workbench.checklists.models import Answer, AnswerEvidence, Checklist
from workbench.checklists.rules import AnswerState, Proposal
from workbench.database import db
from workbench.people.models import Person
from workbench.people.queries import Rights
from workbench.projects.models import Project
from workbench.trail.actions import record

# How strong the tie between two clauses is, the strongest first.
TIES = {
    "identical": _l("identical"),
    "equivalent": _l("equivalent"),
    "direct": _l("direct"),
    "partial": _l("partial"),
    "weak": _l("weak"),
}
LONGEST_NOTE = 20_000


def take_over_answers(
    *, project: Project, checklist: Checklist, picks: Sequence[str], by: Person, rights: Rights
) -> Together:
    """Answer questions that are not checked as other answers of the project propose, with their evidence.

    `picks` names the proposals (`Proposal.pick`). A row that may not be answered, is answered already or is proposed no
    more is refused with its reason; each of the others gets an entry that says where its answer comes from.
    """
    pack, found = pinned_pack(checklist), Together()
    hold(checklist)
    keys = list(dict.fromkeys(pick.partition("|")[0][:60] for pick in picks))
    proposed = {each.pick: each for row in queries.proposals_of(checklist, pack) for each in row.proposals}
    locked = check_may_answer(checklist=checklist, item_keys=keys, by=by, rights=rights)
    there = {each.item_key: each for each in proofs.answers_of(checklist.id, keys)}
    for pick in picks:
        key, proposal = pick.partition("|")[0][:60], proposed.get(pick)
        if key in locked:
            found.refused[key] = locked[key]
        elif proposal is None or key in found.done:
            found.refused.setdefault(key, str(_("It is answered already, or nothing proposes this answer any more.")))
        else:
            _take_over(project, checklist, pack, proposal, there.get(key), by)
            found.done.append(key)
    return found


def _take_over(
    project: Project, checklist: Checklist, pack: Pack, proposal: Proposal, there: Answer | None, by: Person
) -> None:
    answer = there or new_answer(checklist, pack.item(proposal.item_key), by)
    db.session.flush()
    attached = {each.evidence_id for each in there.evidence} if there is not None else set()
    fresh = [(number, code) for number, code in proposal.evidence if number not in attached]
    links = [AnswerEvidence(answer_id=answer.id, evidence_id=number) for number, _code in fresh]
    db.session.add_all(links)
    count(checklist, AnswerState(answer.state), proposal.answer_state)
    before = {"state": str(answer.state), "note": answer.note}
    answer.state, answer.note = proposal.answer_state, _note(proposal)
    answer.answered_by_id, answer.answered_at = by.id, clock.now()
    after = {
        "checklist": checklist.pack_id,
        "item": proposal.item_key,
        "state": answer.state,
        "note": answer.note,
        "from": {"checklist": proposal.checklist_id, "pack": proposal.pack_id, "ref": proposal.ref},
        "strength": proposal.strength,
        "evidence": [code for _number, code in fresh],
    }
    record("answer_taken_over", answer, by=by, project=project.key, before=before, after=after, also=links)


def _note(proposal: Proposal) -> str:
    """The notes there, under a line that says where they come from."""
    pack = queries.installed(proposal.pack_id)
    title = pack.title.in_(str(get_locale())) if pack is not None else proposal.pack_id
    origin = _(
        "Taken over from %(standard)s %(clause)s (%(strength)s).",
        standard=title,
        clause=proposal.ref,
        strength=TIES[proposal.strength],
    )
    return "\n".join([origin, *proposal.notes])[:LONGEST_NOTE]
