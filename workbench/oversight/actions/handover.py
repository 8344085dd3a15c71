"""Handing over all open work of a person, in one act: what may go goes, the rest stays with the reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from workbench import clock
from workbench.audits.models import Audit, AuditMember
from workbench.audits.queries import conflicts, members
from workbench.audits.rules import AHEAD, AUDITS, MemberRole
from workbench.changes.models import ApprovalAsked, RequestForChange
from workbench.changes.queries import candidates
from workbench.checklists.models import Checklist
from workbench.checklists.queries import checklists_of_occasion
from workbench.database import Base, db
from workbench.oversight.models import HandOver, HandOverShare, PassedApproval
from workbench.oversight.queries.holdings import Held, count_held_by, held_by
from workbench.oversight.rules.handover import Stays
from workbench.people.actions import end_sessions
from workbench.people.models import Membership, Person
from workbench.people.queries import admins_left, anywhere
from workbench.people.rules import FUNCTION_GRANTS, Function, Permission, Role, granted
from workbench.projects.models import Project
from workbench.trail.actions import record
from workbench.web.refusals import BadValue, Refused


@dataclass
class Passing:
    """One hand-over under way: who is on which team, which rows were written, which approvals were passed on."""

    person: Person
    by: Person
    reason: str
    may_add: bool
    teams: dict[tuple[int, int], Membership]
    rows: list[Base] = field(default_factory=list)
    passed: list[tuple[ApprovalAsked, ApprovalAsked]] = field(default_factory=list)
    auditing: set[tuple[int, int]] = field(default_factory=set)
    now: dict[str, Base] = field(default_factory=dict)  # where a thing lives on in another row

    def member(self, project_id: int, to: Person) -> Membership | Stays:
        """The receiver's place on the team of a project, made like the leaver's where that is wanted."""
        found = self.teams.get((project_id, to.id))
        if found is not None:
            return found
        model = self.teams.get((project_id, self.person.id))
        if model is None or not self.may_add:
            return Stays.NOT_IN_TEAM
        if (project_id, to.id) in self.auditing:
            return Stays.AUDITS_IT
        made = Membership(project_id=project_id, person_id=to.id, role=model.role, hub=model.hub, functions=[])
        db.session.add(made)
        self.teams[project_id, to.id] = made
        self.rows.append(made)
        self.sign_in_anew(to)
        return made

    def undo(self, before: int) -> None:
        """Take back the place on a team that was made for something that stays after all."""
        for row in self.rows[before:]:
            if isinstance(row, Membership):
                self.teams.pop((row.project_id, row.person_id))
                db.session.flush()
                db.session.delete(row)
        self.rows[before:] = [row for row in self.rows[before:] if not isinstance(row, Membership)]

    def sign_in_anew(self, person: Person) -> None:
        """End the sessions of somebody whose rights change, but not that of the person who is handing over just now."""
        if person.id != self.by.id:
            end_sessions(person)
            self.rows.append(person)

    def rights(self, project_id: int | None, to: Person) -> frozenset[Permission]:
        """What the receiver may do there."""
        if project_id is None:
            return anywhere(to)
        member = self.teams.get((project_id, to.id))
        if member is None:
            return granted(to.access, None, frozenset())
        return granted(to.access, Role(member.role), member.held)


def hand_over(
    *, person: Person, picks: Mapping[str, Person | None], reason: str, by: Person, add_to_team: bool = True,
    end_sign_in: bool = False,
) -> HandOver:
    """Give what `picks` names ({"evidence:12": receiver}) to its receivers, in one transaction with one entry in the trail.

    What may not go to its receiver stays, with the reason, in the record. Raises BadValue where there is no reason or
    nothing was picked, Refused where the sign-in may not be taken away.
    """
    if not reason.strip():
        raise BadValue("reason", _("Say why the work is handed over; the record keeps it."))
    if not picks:
        raise BadValue("picks", _("Tick what is handed over."))
    if end_sign_in:
        _check_end(person, by)
    held = {each.pick: each for each in held_by(person.id)}
    passing = Passing(person, by, reason.strip(), add_to_team, _teams(person, picks), auditing=_auditing(picks))
    gone, left = _pass_all(passing, held, picks)
    if end_sign_in:
        person.active = False
        end_sessions(person)
    db.session.flush()
    for each in gone:
        lives_in: Any = passing.now.get(f"{each['holding']}:{each['id']}")
        each["now"] = each["id"] if lives_in is None else int(lives_in.id)
    made = HandOver(
        from_id=person.id, from_name=person.name, reason=reason.strip(), items=gone, left=left, held_before=len(held),
        held_after=count_held_by(person.id), made_by_id=by.id, made_by_name=by.name, made_at=clock.now(),
    )
    db.session.add(made)
    db.session.flush()
    _record(passing, made, end_sign_in)
    return made


def _teams(person: Person, picks: Mapping[str, Person | None]) -> dict[tuple[int, int], Membership]:
    ids = {person.id, *(each.id for each in picks.values() if each is not None)}
    rows = db.session.scalars(select(Membership).where(Membership.person_id.in_(sorted(ids))))
    return {(each.project_id, each.person_id): each for each in rows}


def _auditing(picks: Mapping[str, Person | None]) -> set[tuple[int, int]]:
    """(project, receiver) of the receivers who audit a project already: a place on its team would end that."""
    ids = {each.id for each in picks.values() if each is not None}
    wanted = select(Audit.project_id, AuditMember.person_id).join(AuditMember, AuditMember.audit_id == Audit.id).where(
        AuditMember.person_id.in_(sorted(ids)), AuditMember.removed_at.is_(None), AuditMember.role.in_(sorted(AUDITS)),
        Audit.state.in_(sorted(AHEAD)),
    )
    return {(project_id, person_id) for project_id, person_id in db.session.execute(wanted) if person_id is not None}


def _pass_all(
    passing: Passing, held: Mapping[str, Held], picks: Mapping[str, Person | None]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """(what went, what stays), each as it is kept in the record."""
    gone: list[dict[str, Any]] = []
    left: list[dict[str, Any]] = []
    for pick, each in held.items():
        if pick not in picks:
            continue
        to = picks[pick]
        stays = Stays.NOBODY if to is None else _pass_one(passing, each, to)
        told = {**each.told(), "to": to.id if to else 0, "to_name": to.name if to else ""}
        if stays is None:
            gone.append(told)
        else:
            left.append({**told, "reason": stays.value})
    for pick in picks.keys() - held.keys():
        kind, _colon, number = pick.partition(":")
        left.append({"holding": kind, "id": int(number), "reason": Stays.GONE.value})
    return gone, left


def _pass_one(passing: Passing, held: Held, to: Person) -> Stays | None:
    """Give one thing to its receiver, or say why it stays."""
    if to.id == passing.person.id:
        return Stays.SAME
    if not to.active:
        return Stays.CLOSED
    before = len(passing.rows)
    stays = _try_one(passing, held, to)
    if stays is not None:
        passing.undo(before)
    return stays


def _try_one(passing: Passing, held: Held, to: Person) -> Stays | None:
    if held.project_id is not None and held.holding.needs not in passing.rights(held.project_id, to):
        found = passing.member(held.project_id, to)
        if isinstance(found, Stays):
            return found
    if held.holding.needs not in passing.rights(held.project_id, to):
        return Stays.NO_RIGHT
    special = SPECIAL.get(held.holding.key)
    if special is not None:
        return special(passing, held, to)
    setattr(held.row, held.holding.column, to.id)
    passing.rows.append(held.row)
    return None


def _functions(passing: Passing, held: Held, to: Person) -> Stays | None:
    """Move the functions of a place on a team; nobody gives themselves one that decides."""
    functions = {Function(each) for each in held.row.functions}
    if to.access is Role.ADMIN:
        return Stays.ADMIN
    if to.id == passing.by.id and functions & FUNCTION_GRANTS.keys():
        return Stays.OWN_RIGHTS
    member = passing.member(held.row.project_id, to)
    if isinstance(member, Stays):
        return member
    member.functions = sorted({*member.functions, *functions})
    held.row.functions = []
    passing.rows += [member, held.row]
    passing.now[held.pick] = member
    passing.sign_in_anew(to)
    passing.sign_in_anew(passing.person)
    return None


def _items(passing: Passing, held: Held, to: Person) -> Stays | None:
    """Ask the receiver for an answer; a checklist kept to some persons stays with them."""
    kept = db.session.get_one(Checklist, held.row.checklist_id).reserved_for
    if kept is not None and to.id not in kept:
        return Stays.RESERVED
    if kept is None and Permission.CHECKLIST_ANSWER not in passing.rights(held.project_id, to):
        return Stays.NO_RIGHT
    held.row.person_id = to.id
    passing.rows.append(held.row)
    return None


def _recurrences(passing: Passing, held: Held, to: Person) -> Stays | None:
    """Ask the receiver from the next run on; only somebody on the team who may answer is asked."""
    member = passing.member(held.row.project_id, to)
    if isinstance(member, Stays):
        return member
    if Permission.CHECKLIST_ANSWER not in passing.rights(held.project_id, to):
        return Stays.NO_RIGHT
    held.row.person_id = to.id
    passing.rows.append(held.row)
    return None


def _approvals(passing: Passing, held: Held, to: Person) -> Stays | None:
    """Ask the receiver instead, in the same round and for the same hub; what was asked of the leaver stays as it was."""
    asked: ApprovalAsked = held.row
    request = db.session.get_one(RequestForChange, asked.request_id)
    if to.id not in {each.person_id for each in candidates(request.project_id, request)}:
        on_team = (request.project_id, to.id) in passing.teams
        return Stays.AUTHOR if on_team else Stays.NOT_IN_TEAM
    same = select(ApprovalAsked.id).where(
        ApprovalAsked.request_id == asked.request_id, ApprovalAsked.round == asked.round,
        ApprovalAsked.person_id == to.id,
    )
    if db.session.scalar(same) is not None:
        return Stays.ASKED
    instead = ApprovalAsked(
        request_id=asked.request_id, round=asked.round, person_id=to.id, hub=asked.hub, function=asked.function,
        due_on=asked.due_on,
    )
    db.session.add(instead)
    passing.passed.append((asked, instead))
    passing.now[held.pick] = instead
    passing.rows.append(instead)
    return None


def _audits(passing: Passing, held: Held, to: Person) -> Stays | None:
    """Put the receiver in the audit team in the leaver's place; nobody audits their own work."""
    before: AuditMember = held.row
    audit = db.session.get_one(Audit, before.audit_id)
    project = db.session.get_one(Project, audit.project_id)
    team = members(audit.id)
    if any(each.person_id == to.id for each in team):
        return Stays.IN_TEAM
    if MemberRole(before.role) in AUDITS:
        found = conflicts(project, [to.id], since=audit.period_from, until=audit.period_to)
        if found[to.id]:
            return Stays.OWN_WORK
    before.removed_at, before.removed_reason = clock.now(), passing.reason
    made = AuditMember(audit_id=audit.id, person_id=to.id, name=to.name, role=before.role)
    db.session.add(made)
    passing.auditing.add((audit.project_id, to.id))
    passing.rows += [before, made]
    passing.now[held.pick] = made
    for each in checklists_of_occasion(audit.project_id, audit.number):
        if each.closed_at is None and each.reserved_for is not None and passing.person.id in each.reserved_for:
            each.reserved_for = sorted({to.id, *each.reserved_for} - {passing.person.id})
            passing.rows.append(each)
    return None


SPECIAL: dict[str, Callable[[Passing, Held, Person], Stays | None]] = {
    "functions": _functions, "items": _items, "recurrences": _recurrences, "approvals": _approvals, "audits": _audits,
}


def _record(passing: Passing, made: HandOver, end_sign_in: bool) -> None:
    """One entry for all of it, with every row that was written; how much of which project went to whom stands beside it."""
    shares: Counter[tuple[str, int, str]] = Counter((each["project"], each["to"], each["to_name"]) for each in made.items)
    keys = sorted({project for project, _to, _name in shares if project})
    ids = {key: number for key, number in db.session.execute(select(Project.key, Project.id).where(Project.key.in_(keys)))}
    told: list[Base] = [
        HandOverShare(hand_over_id=made.id, project_id=ids.get(key), to_id=to, to_name=name, count=count)
        for (key, to, name), count in sorted(shares.items())
    ]
    told += [
        PassedApproval(hand_over_id=made.id, asked_id=asked.id, instead_id=instead.id) for asked, instead in passing.passed
    ]
    db.session.add_all(told)
    after = {
        "from": made.from_name, "to": sorted({name for _key, _to, name in shares}), "held": made.held_after,
        "items": [f"{each['holding']}:{each['id']}" for each in made.items],
        "left": [f"{each['holding']}:{each['id']}" for each in made.left], "sign_in_ended": end_sign_in,
    }
    unique = list({id(each): each for each in (passing.person, *passing.rows, *told)}.values())
    record(
        "work_handed_over", made, by=passing.by, project=keys[0] if len(keys) == 1 else "", reason=made.reason,
        before={"held": made.held_before}, after=after, also=unique,
    )


def _check_end(person: Person, by: Person) -> None:
    """Only an admin takes a sign-in away, never their own nor that of the last admin."""
    if Permission.PERSON_MANAGE not in anywhere(by):
        raise Refused(_("Only an admin takes a sign-in away."))
    if person.id == by.id:
        raise Refused(_("Nobody takes their own sign-in away; ask another admin."))
    if person.access is Role.ADMIN and admins_left(without=person.id) == 0:
        raise Refused(_("This is the last admin; name another one first."))


def give_sign_in_back(*, person: Person, by: Person) -> None:
    """Let somebody sign in again. What was handed over stays where it is."""
    if person.active:
        raise Refused(_("%(name)s can sign in already.", name=person.name))
    person.active = True
    record("sign_in_given_back", person, by=by)
