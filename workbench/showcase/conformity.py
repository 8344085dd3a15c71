"""Acts of the diary about conformity: answers taken over and repeated, findings cured, audits held, reviews of management."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from workbench import clock
from workbench.audits import actions as audits
from workbench.audits.models import Audit
from workbench.audits.queries import checklists_of
from workbench.audits.registers import PARTS
from workbench.audits.rules import MemberRole, Recommendation
from workbench.checklists import actions as checklists
from workbench.checklists.queries import installed, proposals_of
from workbench.checklists.rules import AnswerState
from workbench.findings import actions as findings
from workbench.oversight.actions import reviews
from workbench.oversight.models import ManagementReview
from workbench.oversight.rules.reviews import ReviewActionState
from workbench.people.models import Person
from workbench.people.queries import rights_on
from workbench.projects.models import Project
from workbench.projects.queries import project_with_key
from workbench.showcase.records import day_of
from workbench.showcase.telling import Doing, Story, empty, moment_of, stored

Facts = dict[str, Any]


def _take_over(story: Story, by: Person, facts: Facts) -> None:
    """Take over what answers to other standards propose for `items`: for each the strongest proposal, with its evidence."""
    checklist = story.row(facts["pack"])
    pack, rights = installed(checklist.pack_id), rights_on(by, story.key)
    if pack is None or rights is None:
        raise LookupError(f"{story.key} has no checklist {facts['pack']!r}")
    proposed = {each.key: each.proposals[0].pick for each in proposals_of(checklist, pack)}
    picks = [proposed[item] for item in facts["items"]]
    done = checklists.take_over_answers(project=story.opened, checklist=checklist, picks=picks, by=by, rights=rights)
    done.or_refused()


def _submit(story: Story, by: Person, facts: Facts) -> None:
    """Hand in everything that was answered of what was asked of `by`."""
    done = checklists.submit_items(project=story.opened, checklist=story.row(facts["pack"]), item_keys=None, by=by)
    done.or_refused()


def _start_run(story: Story, by: Person, facts: Facts) -> Any:
    """The run of a recurring checklist that is due on the day of the act, as the worker makes it."""
    return checklists.start_due_checklists(clock.today(), project_id=story.opened.id)[0]


def _answer_run(story: Story, by: Person, facts: Facts) -> None:
    """Answer items of a run, each in a line “item | state | note”, and hand them in. Those that conform stand on `evidence`."""
    checklist, proof = story.row(facts["run"]), story.row(facts["evidence"])
    for line in facts["lines"]:
        item, state, note = (part.strip() for part in line.split("|", 2))
        checklists.answer_item(
            project=story.opened, checklist=checklist, item_key=item, state=AnswerState(state), note=note, by=by
        )
        if state == AnswerState.CONFORM:
            checklists.attach_evidence(project=story.opened, checklist=checklist, item_key=item, evidence=proof, by=by)
    _submit(story, by, {"pack": facts["run"]})


def _named_project(story: Story, facts: Facts) -> Project:
    """The project that an act is about: that of the story unless it names the key of another one."""
    found = project_with_key(facts.pop("project", story.key))
    if found is None:
        raise LookupError(f"{story.key}: there is no such project")
    return found


def _told(story: Story, model: type[Any], facts: Facts) -> Facts:
    """The facts as the columns of a table hold them."""
    columns = model.__table__.c
    return {name: stored(story, columns[name], value) for name, value in facts.items()}


def _describe_programme(story: Story, by: Person, facts: Facts) -> Any:
    year = day_of(facts.pop("year_of"), story.today).year
    return audits.describe_programme(year=year, by=by, **facts)


def _set_area(story: Story, by: Person, facts: Facts) -> Any:
    """Weigh a project in the programme of the year of `on_day`; the month foreseen is that of the day."""
    project, day = _named_project(story, facts), day_of(facts["on_day"], story.today)
    return audits.set_area(
        year=day_of(facts["year_of"], story.today).year, project=project, importance=facts["importance"],
        planned_month=day.month, note=facts.get("note", ""), by=by,
    )


def _plan_audit(story: Story, by: Person, facts: Facts) -> Any:
    project = _named_project(story, facts)
    return audits.plan_audit(project=project, facts=_told(story, Audit, facts), by=by)


def _add_auditor(story: Story, by: Person, facts: Facts) -> Any:
    """Put somebody in an audit team: a `person` of the cast, or an outsider by `name`."""
    project, person = _named_project(story, facts), story.people.get(facts.get("person", ""))
    return audits.add_member(
        project=project, audit=story.row(facts["audit"]), role=MemberRole(facts["role"]), person=person,
        name=facts.get("name", ""), organisation=facts.get("organisation", ""), by=by,
    )


def _note_in_audit(story: Story, by: Person, facts: Facts) -> Any:
    """Write down a line of an audit: agenda, met, samples, notes, disagreements, distribution."""
    register, audit = PARTS[facts.pop("part")], story.row(facts.pop("audit"))
    told = _told(story, register.model, facts)
    columns = register.model.__table__.c
    left = {name: empty(columns[name]) for name in vars(register.form) if name in columns and name not in told}
    return audits.add_line(project=story.opened, audit=audit, register=register, facts={**left, **told}, by=by)


def _agree_plan(story: Story, by: Person, facts: Facts) -> Any:
    """Sign the plan; each checklist that it puts up is named “audit:pack”."""
    audit = story.row(facts["audit"])
    made = audits.agree_plan(
        project=story.opened, audit=audit, told=facts["told"], told_on=day_of(facts["told_on"], story.today),
        password=story.password, by=by,
    )
    for each in checklists_of(audit):
        story.named[f"{facts['audit']}:{each.checklist.pack_id}"] = each.checklist
    return made


def _conclude_audit(story: Story, by: Person, facts: Facts) -> Any:
    meeting = {name: facts.get(name, "") for name in ("attendees", "points", "questions")}
    return audits.conclude_audit(
        project=story.opened, audit=story.row(facts["audit"]), conclusion=facts["conclusion"],
        meeting={**meeting, "held_at": moment_of(facts["held_at"], story.today)},
        recommendation=Recommendation(facts["recommendation"]), limits=facts["limits"], not_seen=facts["not_seen"],
        follow_up_on=day_of(facts["follow_up_on"], story.today), password=story.password, by=by,
    )


def _plan_review(story: Story, by: Person, facts: Facts) -> Any:
    return reviews.plan_review(facts=_told(story, ManagementReview, facts), by=by)


def _end_review_action(story: Story, by: Person, facts: Facts) -> None:
    reviews.end_action(
        review=story.row(facts["review"]), action=story.row(facts["action"]), state=ReviewActionState(facts["state"]),
        on=day_of(facts["done_on"], story.today), note=facts["note"], by=by,
    )


# Calls of an action and nothing else, by the name the diary uses.
PLAIN: dict[str, Callable[..., Any]] = {
    **{
        action.__name__: action
        for action in (
            checklists.exclude_clause, checklists.assign_items, checklists.judge_items, findings.raise_finding,
            findings.state_cause, findings.check_effectiveness, findings.close_finding, audits.approve_programme,
            audits.open_audit, audits.report_audit, reviews.note_inputs, reviews.prepare_review, reviews.hold_review,
        )
    },
    "add_finding_action": findings.add_action,
    "finish_finding_action": findings.finish_action,
    "add_review_decision": reviews.add_decision,
    "add_review_action": reviews.add_action,
}
VERBS: dict[str, Doing] = {
    "take_over": _take_over,
    "submit_answers": _submit,
    "start_run": _start_run,
    "answer_run": _answer_run,
    "describe_programme": _describe_programme,
    "set_area": _set_area,
    "plan_audit": _plan_audit,
    "add_auditor": _add_auditor,
    "note_in_audit": _note_in_audit,
    "agree_plan": _agree_plan,
    "conclude_audit": _conclude_audit,
    "plan_review": _plan_review,
    "end_review_action": _end_review_action,
}
