"""What happens to a request for change: drafting, submitting, signing, carrying out, reviewing; and acceptance exceptions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from flask_babel import gettext as _

from workbench import clock
from workbench.changes import queries, rules
from workbench.changes.checks import check_enough, plan_lacks
from workbench.changes.models import (
    AcceptanceException,
    AcceptanceRun,
    Approval,
    ApprovalAsked,
    PostImplementationReview,
    Rehearsal,
    RequestForChange,
)
from workbench.changes.rules import FLOW, ChangeType, RequestState, Verdict
from workbench.database import db
from workbench.evidence import store
from workbench.evidence.models import Evidence, EvidenceVersion
from workbench.evidence.queries import evidence_in, newest_version
from workbench.people.actions import confirm_identity
from workbench.people.models import Person
from workbench.people.queries import membership
from workbench.people.rules import Role
from workbench.projects.models import Project
from workbench.projects.queries import next_code, thresholds
from workbench.trail.actions import record
from workbench.trail.queries import history
from workbench.trials.actions import plans as sandbox_plans
from workbench.trials.queries import plans
from workbench.web.refusals import BadValue, Refused


def draft_request(
    *, project: Project, title: str, by: Person, change_type: ChangeType = ChangeType.NORMAL, reason: str = "",
    impact: str = "", planned_on: date | None = None, back_out_plan: str = "", **more: Any,
) -> RequestForChange:
    """Draft a request for change; it gets the next code (RFC-1 …). `more` are further facts of rules.CONTENT."""
    facts = {
        "title": title, "change_type": change_type, "reason": reason, "impact": impact, "planned_on": planned_on,
        "back_out_plan": back_out_plan, **_checked(more),
    }
    code = next_code("request_for_change", project.id, "RFC-")
    made = RequestForChange(project_id=project.id, code=code, requested_by_id=by.id, state=RequestState.DRAFT, **facts)
    db.session.add(made)
    record("change_requested", made, by=by, project=project.key, after={"code": code, **facts})
    return made


def _checked(facts: Mapping[str, Any]) -> dict[str, Any]:
    unknown = sorted(facts.keys() - set(rules.CONTENT))
    if unknown:
        raise TypeError(f"a request for change has no {unknown[0]}")
    start, end = facts.get("window_start"), facts.get("window_end")
    if (start is None) != (end is None):
        raise BadValue("window_end", _("A window has a start and an end."))
    if start is not None and end is not None and end <= start:
        raise BadValue("window_end", _("The window ends after it starts."))
    return dict(facts)


def change_request(*, project: Project, request_for_change: RequestForChange, by: Person, **facts: Any) -> None:
    """Say a request anew; the trail keeps what it said before. It is a draft again, and what was signed counts no more."""
    new = _checked(facts)
    old = {name: getattr(request_for_change, name) for name in new}
    if all((old[name] or None) == (new[name] or None) for name in new):
        return
    was = request_for_change.standing
    _move(request_for_change, "change")
    for name, value in new.items():
        setattr(request_for_change, name, value)
    after = {"code": request_for_change.code, **new, **_back(was)}
    record("change_request_changed", request_for_change, by=by, project=project.key, before=old, after=after)


def _move(row: RequestForChange, verb: str) -> None:
    """Go where the flow says; what goes back to a draft is not authorised any more."""
    row.state = FLOW.target(verb, row.standing)
    if row.state == RequestState.DRAFT:
        row.authorised_at = None


def _back(was: RequestState) -> dict[str, str]:
    return {} if was is RequestState.DRAFT else {"state": RequestState.DRAFT.value, "state_before": was.value}


def attach_plan(
    *, project: Project, request_for_change: RequestForChange, evidence_id: int, home: Path, by: Person
) -> None:
    """Attach the newest version of a file as the promotion plan, and look through it; the request is a draft again."""
    row, piece = request_for_change, evidence_in(project.id, evidence_id)
    version = None if piece is None else newest_version(piece.id)
    if piece is None or version is None or not version.sha256:
        raise BadValue("evidence_id", _("A promotion plan is a file among the evidence of this project."))
    found = _looked_through(piece, version, home)
    old, was = {"plan": row.plan_sha256}, row.standing
    _move(row, "change")
    row.plan_evidence_id, row.plan_sha256 = piece.id, version.sha256
    row.plan_fake_rows = None if found is None else found.fake_rows
    row.plan_sensitive_cells = None if found is None else found.unmasked_cells
    after = {
        "code": row.code, "plan": version.sha256, "evidence": piece.code, "fake_rows": row.plan_fake_rows,
        "sensitive_cells": row.plan_sensitive_cells, **_back(was),
    }
    record(
        "plan_attached", row, by=by, project=project.key, before=old, after=after, evidence=[version.sha256],
    )


def _looked_through(piece: Evidence, version: EvidenceVersion, home: Path) -> rules.PlanFindings | None:
    """What a plan may not hold. A plan of the sandbox is asked cell by cell, any other file as it can be read."""
    held = plans.held_by_evidence(piece.id)
    row = plans.plan_by_id(held.plan_id) if held else None
    if row is not None:
        return rules.rows_scan(sandbox_plans.texts_of(row))
    try:
        return rules.plan_scan(store.read(version.sha256 or "", home=home))
    except (store.Missing, store.Damaged) as error:
        raise Refused(_("The file of %(code)s cannot be read from the store.", code=piece.code)) from error


def rehearse(
    *, project: Project, request_for_change: RequestForChange, held_on: date, observed_by: str, result: str,
    minutes: int, by: Person, evidence_id: int | None = None, note: str = "",
) -> Rehearsal:
    """Note that the way back was tried with the plan as attached."""
    if not request_for_change.plan_sha256:
        raise Refused(_("Attach the promotion plan first: a rehearsal is held with one version of it."))
    if held_on > clock.today():
        raise BadValue("held_on", _("A rehearsal is noted after it was held."))
    if evidence_id is not None and evidence_in(project.id, evidence_id) is None:
        raise BadValue("evidence_id", _("This is no evidence of this project."))
    facts = {
        "held_on": held_on, "observed_by": observed_by, "result": result, "minutes": minutes,
        "evidence_id": evidence_id, "note": note, "plan_sha256": request_for_change.plan_sha256,
    }
    made = Rehearsal(request_id=request_for_change.id, noted_by_id=by.id, **facts)
    db.session.add(made)
    record("rehearsal_noted", made, by=by, project=project.key, after={"code": request_for_change.code, **facts})
    return made


def submit_request(
    *, project: Project, request_for_change: RequestForChange, asked: Sequence[int], due_on: date, by: Person
) -> None:
    """Submit a request: name who is to approve it, and until when. Earlier answers do not count in the new round."""
    row = request_for_change
    target = FLOW.target("submit", row.standing)
    plan, tried = queries.plan_of(row), [each for each, _code in queries.rehearsals(row.id)]
    held, rehearsed = queries.held_plan(row), plans.rehearsed_files(project.id)
    lacks = rules.lacking(
        row, newest=plan.sha256 if plan else "", rehearsed=queries.is_rehearsed(row, tried, rehearsed),
        also=plan_lacks(row, held, history("request_for_change", row.id)),
    )
    if lacks:
        words = (*(str(queries.LACKING[each]) for each in lacks), *queries.moved_in(held))
        raise Refused(_("%(code)s cannot be submitted yet.", code=row.code), words)
    if due_on < clock.today():
        raise BadValue("due_on", _("The answer is due today or later."))
    quorum = thresholds(project.id)["quorum"]
    people = {each.person_id: each for each in queries.candidates(project.id, row, also=by.id)}
    chosen = [people[each] for each in dict.fromkeys(asked) if each in people]
    if len(chosen) < len(set(asked)):
        raise BadValue("asked", _("Nobody approves a change of their own, and only members of the team are asked."))
    check_enough(rules.terms(row.change_type, rules.level_of(row), quorum), chosen)
    row.state, row.round, row.quorum = target, (row.round or 0) + 1, quorum
    row.submitted_by_id, row.submitted_at = by.id, clock.now()
    made = [
        ApprovalAsked(
            request_id=row.id, round=row.round, person_id=each.person_id, hub=each.hub, due_on=due_on,
            function=next(iter(each.functions), ""),
        )
        for each in chosen
    ]
    db.session.add_all(made)
    after = {
        "code": row.code, "round": row.round, "asked": [each.person.name for each in chosen], "due_on": due_on,
        "quorum": quorum, "content_sha256": rules.digest(rules.content_of(row)), "plan": row.plan_sha256,
    }
    record("change_submitted", row, by=by, project=project.key, after=after, also=made)


def keep_back_out(*, project: Project, request_for_change: RequestForChange, by: Person) -> None:
    """Say that the back-out text holds for the plan at hand too; while it is a draft, so that nobody signed before."""
    row = request_for_change
    if row.standing is not RequestState.DRAFT:
        raise Refused(_("%(code)s is not a draft. Change the request first; its back-out text is then kept or written anew.",
                        code=row.code))
    after = {"code": row.code, "plan": row.plan_sha256, "back_out_plan": row.back_out_plan}
    record("back_out_kept", row, by=by, project=project.key, after=after)


def decide_request(
    *, project: Project, request_for_change: RequestForChange, verdict: str, reason: str, password: str, by: Person
) -> Approval:
    """Sign a yes or a no. Raises Refused for anybody not asked (403), for an author, and for a second answer (409)."""
    row = request_for_change
    _asked_of(row, queries.answers(project.id, row.id).get(row.id, []), by)
    confirm_identity(person=by, password=password)
    if not reason.strip():
        raise BadValue("reason", _("An answer carries its reason, also when everything is in order."))
    given = queries.answers(project.id, row.id).get(row.id, [])  # read anew: others may have acted meanwhile
    asked = _asked_of(row, given, by)
    if not is_undecided(row, queries.verdict(row, given)):
        raise Refused(_("%(code)s is not waiting for an answer; what was decided stands.", code=row.code))
    plan = queries.plan_of(row)
    if (plan.sha256 if plan else "") != (row.plan_sha256 or ""):
        raise Refused(_("The promotion plan has a newer version than the one submitted. It has to be submitted again."))
    content = rules.content_of(row)
    here = membership(project.id, by.id)
    functions = sorted(here.held) if here is not None else []
    made = Approval(
        request_id=row.id, round=row.round, person_id=by.id, signed_name=by.name, hub=asked.hub, functions=functions,
        verdict=verdict, reason=reason.strip(), plan_sha256=row.plan_sha256 or "", content=content,
        content_sha256=rules.digest(content), signed_at=clock.now(), meaning=_meaning(row, verdict),
    )
    db.session.add(made)
    db.session.flush()
    _count(row, queries.verdict(row, queries.answers(project.id, row.id)[row.id]))
    after = {
        "code": row.code, "round": row.round, "verdict": verdict, "state": row.state, "meaning": made.meaning,
        "content_sha256": made.content_sha256, "plan": made.plan_sha256,
    }
    record("change_answered", made, by=by, project=project.key, after=after, reason=made.reason, also=[row])
    return made


def _asked_of(row: RequestForChange, given: Sequence[queries.Answer], by: Person) -> queries.Answer:
    """What this person is asked in the round at hand, not answered yet."""
    asked = next((each for each in given if each.round == row.round and each.person_id == by.id), None)
    if asked is None or by.access is Role.ADMIN:
        raise Refused(_("You are not asked to approve %(code)s.", code=row.code), code=403)
    if by.id in row.authors:
        raise Refused(_("Nobody approves a change of their own."))
    if asked.signed is not None:
        raise Refused(_("You have answered already; a signed answer is not changed."))
    return asked


def is_undecided(row: RequestForChange, verdict: Verdict) -> bool:
    """Whether answers are still taken: while submitted, and for an emergency that was carried out before them."""
    if row.standing is RequestState.SUBMITTED:
        return True
    late = row.change_type == ChangeType.EMERGENCY and row.standing in rules.DONE and row.authorised_at is None
    return late and verdict is Verdict.PENDING


def _meaning(row: RequestForChange, verdict: str) -> str:
    if verdict == "approved":
        return str(_("I approve %(code)s as submitted in round %(round)s", code=row.code, round=row.round))
    return str(_("I reject %(code)s as submitted in round %(round)s", code=row.code, round=row.round))


def _count(row: RequestForChange, verdict: Verdict) -> None:
    """Move the request once the answers decide it; an emergency already carried out stays where it stands."""
    if verdict is Verdict.AUTHORISED:
        row.authorised_at = clock.now()
    if row.standing is RequestState.SUBMITTED and verdict is not Verdict.PENDING:
        _move(row, "authorise" if verdict is Verdict.AUTHORISED else "reject")


def _check_agreed(project: Project, row: RequestForChange) -> None:
    """Whether what was approved is still what the request says and what the plan holds."""
    given = queries.answers(project.id, row.id).get(row.id, [])
    plan = queries.plan_of(row)
    if queries.verdict(row, given) is not Verdict.AUTHORISED:
        raise Refused(_("%(code)s is not authorised as it stands now.", code=row.code))
    if (plan.sha256 if plan else "") != (row.plan_sha256 or ""):
        raise Refused(_("The promotion plan has a newer version than the one approved. It has to be submitted again."))
    moved = queries.moved_in(queries.held_plan(row))
    if moved:
        raise Refused(_("The promotion plan of %(code)s is stale.", code=row.code), moved)


def export_plan(*, project: Project, request_for_change: RequestForChange, home: Path, by: Person) -> Evidence:
    """The files to carry the plan out, once this request authorises it and a check made since is fresh."""
    row, held = request_for_change, queries.held_plan(request_for_change)
    lacks = queries.export_lacks(row, held, queries.answers(project.id, row.id).get(row.id, []))
    found = plans.plan_by_id(held.plan_id) if held else None
    if lacks or found is None:
        raise Refused(_("The files of this plan cannot be exported yet."), tuple(lacks))
    return sandbox_plans.export_plan(plan=found, authorised_by=row.code, home=home, by=by)


def schedule_change(*, project: Project, request_for_change: RequestForChange, by: Person) -> None:
    """Put an authorised change on the calendar, in its window."""
    row = request_for_change
    FLOW.target("schedule", row.standing)
    _check_agreed(project, row)
    if row.window_start is None:
        raise Refused(_("%(code)s has no window yet.", code=row.code))
    _move(row, "schedule")
    after = {"code": row.code, "window_start": row.window_start, "window_end": row.window_end}
    record("change_scheduled", row, by=by, project=project.key, after=after)


def implement_change(
    *, project: Project, request_for_change: RequestForChange, actual_start: datetime, actual_end: datetime, by: Person
) -> None:
    """Note that a change was carried out; an emergency may be before it is authorised."""
    row = request_for_change
    urgent = row.change_type == ChangeType.EMERGENCY and row.standing is RequestState.SUBMITTED
    verb = "implement_urgently" if urgent else "implement"
    FLOW.target(verb, row.standing)
    if not urgent:
        _check_agreed(project, row)
    _check_times(actual_start, actual_end)
    _move(row, verb)
    row.actual_start, row.actual_end = actual_start, actual_end
    after = {"code": row.code, "actual_start": actual_start, "actual_end": actual_end}
    record("change_implemented", row, by=by, project=project.key, after=after)


def _check_times(start: datetime, end: datetime) -> None:
    if end < start:
        raise BadValue("actual_end", _("It ended after it started."))
    if end > clock.now():
        raise BadValue("actual_end", _("It is noted after it was done; this time lies ahead."))


def back_out_change(
    *, project: Project, request_for_change: RequestForChange, reason: str, actual_end: datetime, by: Person
) -> None:
    """Note that the way back was taken, and why."""
    row = request_for_change
    FLOW.target("back_out", row.standing)
    start = row.actual_start or actual_end
    _check_times(start, actual_end)
    _move(row, "back_out")
    row.actual_start, row.actual_end = start, actual_end
    after = {"code": row.code, "actual_end": actual_end}
    record("change_backed_out", row, by=by, project=project.key, after=after, reason=reason)


def review_change(
    *, project: Project, request_for_change: RequestForChange, answers: Mapping[str, str], result: str,
    reviewed_on: date, by: Person, incidents: str = "",
) -> PostImplementationReview:
    """Sign the review of a change; it ends the request."""
    row = request_for_change
    FLOW.target("review", row.standing)
    given = queries.answers(project.id, row.id).get(row.id, [])
    if is_undecided(row, queries.verdict(row, given)):
        raise Refused(_("%(code)s was carried out before it was authorised; the answers come before the review.", code=row.code))
    if reviewed_on > clock.today():
        raise BadValue("reviewed_on", _("A review is noted after it was held."))
    if (result == "rolled_back") != (row.standing is RequestState.BACKED_OUT):
        raise BadValue("result", _("“Rolled back” is the result of a change that was backed out, and of no other."))
    facts = {"answers": dict(answers), "result": result, "incidents": incidents, "reviewed_on": reviewed_on}
    made = PostImplementationReview(request_id=row.id, reviewed_by_id=by.id, signed_name=by.name, **facts)
    db.session.add(made)
    _move(row, "review")
    record("change_reviewed", made, by=by, project=project.key, after={"code": row.code, **facts}, also=[row])
    return made


def withdraw_request(*, project: Project, request_for_change: RequestForChange, reason: str, by: Person) -> None:
    """Withdraw a request that is not decided yet, with the reason."""
    row = request_for_change
    _move(row, "withdraw")
    row.withdrawn_reason = reason
    record("change_request_withdrawn", row, by=by, project=project.key, after={"code": row.code}, reason=reason)


def add_exception(*, project: Project, run: AcceptanceRun, what: str, by: Person) -> AcceptanceException:
    """Note something in an acceptance run that is not as expected."""
    _check_in_use(run)
    made = AcceptanceException(run_id=run.id, what=what)
    db.session.add(made)
    run.exceptions_open += 1
    record("exception_noted", made, by=by, project=project.key, after={"run": run.code, "what": what}, also=[run])
    return made


def _check_in_use(run: AcceptanceRun) -> None:
    if run.withdrawn_at is not None:
        raise Refused(_("%(code)s is withdrawn. Put it back first.", code=run.code))


def decide_exception(
    *, project: Project, run: AcceptanceRun, exception: AcceptanceException, decision: str, by: Person
) -> None:
    """Say what is done about an exception. A decision is not changed afterwards."""
    _check_in_use(run)
    if exception.decided_at is not None:
        raise Refused(_("This exception is decided already; the decision stands."))
    exception.decision, exception.decided_by_id, exception.decided_at = decision, by.id, clock.now()
    run.exceptions_open -= 1
    run.exceptions_decided += 1
    after = {"run": run.code, "what": exception.what, "decision": decision}
    record("exception_decided", exception, by=by, project=project.key, after=after, also=[run])
