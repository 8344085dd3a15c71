"""What the desk's pages say: the states of projects, whom they wait for, what waits for a person and where it is done."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from workbench.checklists.library import pack
from workbench.checklists.queries.editions import shipped
from workbench.checklists.rules import GATES_PACK
from workbench.desk.portfolio import HELD, Line
from workbench.desk.waiting import Kind, Task
from workbench.people.rules import Function
from workbench.projects.forms import FUNCTIONS
from workbench.projects.rules import ProjectState
from workbench.trail.forms import act_in_words, object_in_words
from workbench.trail.queries import Event
from workbench.web.filters import on
from workbench.web.sheets import Told

STATES: dict[str, Any] = {
    ProjectState.OPEN: _l("open"),
    HELD: _l("held"),
    ProjectState.WATCH: _l("on watch"),
    ProjectState.STOPPED: _l("stopped"),
    ProjectState.CLOSED: _l("closed"),
}
LOOKS: dict[str, str] = {
    ProjectState.OPEN: "current", HELD: "held", ProjectState.WATCH: "reopened", ProjectState.STOPPED: "stopped",
    ProjectState.CLOSED: "closed",
}
# By kind of long work: what leads to the page of what it is about, and the end that its result's address has beyond that page.
ABOUT = {
    "mirror_pull": (_l("To the source"), "/readings/"), "mapping_run": (_l("To the runs of mappings"), "/"),
    "plan_rehearsal": (_l("To the plan"), ""), "trial_run": (_l("To the sandbox"), ""), "report": (_l("To the reports"), ""),
    "bundle": (_l("To the reports"), ""),
}
SHOWN = 3  # functions named where a project waits for many
SORTS = {
    "moved": _l("last movement"), "key": _l("key"), "name": _l("name"), "step": _l("step"), "overdue": _l("overdue conditions"),
}
KINDS = {
    Kind.PROMISE: _l("ask about a promise"),
    Kind.LIMITATION: _l("ask about a limitation"),
    Kind.RISK: _l("look at a risk again"),
    Kind.RETEST: _l("try a customisation again"),
    Kind.REMINDER: _l("send a reminder"),
    Kind.REVIEW: _l("review a change"),
    Kind.REEVALUATION: _l("look at the practice again"),
    Kind.OBJECTIVE: _l("look at an objective again"),
    Kind.EVIDENCE: _l("renew a piece of evidence"),
    Kind.ASKED: _l("answer questions of a checklist"),
    Kind.ACTION: _l("do what was decided on a finding"),
    Kind.FINDING: _l("bring a finding forward"),
    Kind.CHECK: _l("judge whether the actions worked"),
    Kind.AUDIT: _l("carry an audit forward"),
    Kind.REVIEW_ACTION: _l("do what a management review decided"),
}
# Kind → where it is done: the endpoint and the register it lies in, if it lies in one.
_RECORDS = {
    Kind.PROMISE: ("tools.record", "promises"), Kind.LIMITATION: ("tools.record", "limitations"),
    Kind.RISK: ("risks.record", "risks"), Kind.RETEST: ("tools.record", "customisations"),
    Kind.REMINDER: ("practices.record", "reminders"), Kind.REEVALUATION: ("adoption.record", "reevaluations"),
    Kind.OBJECTIVE: ("inquiry.record", "objectives"),
}
_PAGES: dict[Kind, tuple[str, Callable[[Task], Mapping[str, Any]]]] = {
    Kind.CONDITION: ("lifecycle.gate", lambda task: {"number": task.place}),
    Kind.APPROVAL: ("changes.show", lambda task: {"request_id": task.record_id}),
    Kind.REVIEW: ("changes.show", lambda task: {"request_id": task.record_id}),
    Kind.READING: ("practices.read", lambda task: {"edition_id": task.record_id, "user_id": task.place}),
    Kind.EVIDENCE: ("evidence.show", lambda task: {"evidence_id": task.record_id}),
    Kind.GUEST: ("inquiry.guest_links", lambda task: {}),
    Kind.ASKED: ("checklists.mine", lambda task: {"checklist_id": task.record_id}),
    Kind.ACTION: ("findings.show", lambda task: {"number": task.record_id}),
    Kind.FINDING: ("findings.show", lambda task: {"number": task.record_id}),
    Kind.CHECK: ("findings.show", lambda task: {"number": task.record_id}),
    Kind.AUDIT: ("audits.show", lambda task: {"audit_id": task.record_id}),
}


def address(task: Task) -> str:
    """Where a task is done."""
    if task.kind in _RECORDS:
        endpoint, register = _RECORDS[task.kind]
        return url_for(endpoint, key=task.project, register=register, record_id=task.record_id)
    if task.kind is Kind.REVIEW_ACTION:
        return url_for("oversight.review", number=task.code)
    endpoint, named = _PAGES[task.kind]
    return url_for(endpoint, key=task.project, **named(task))


def called(task: Task, language: str) -> str:
    """What people call the thing that waits: its code, a checklist by the title of its pack, else its gate."""
    found = shipped(task.code) if task.kind is Kind.ASKED else None
    return str(found.title.in_(language) if found else task.code or _("gate %(number)s", number=task.place))


def fallen_due(tasks: Mapping[Kind, Sequence[Task]]) -> list[Task]:
    """What a person answers for in the registers and has to look after now, the longest due first."""
    found = [task for kind in KINDS for task in tasks[kind]]
    return sorted(found, key=lambda each: (each.due_on or date.max, each.project, each.record_id))


def step_name(number: int, language: str) -> str:
    """The title of a step."""
    return str(pack(GATES_PACK).step(number).title.in_(language))


def waits_for(line: Line) -> list[str]:
    """Whom a project waits for, in words; nobody once it is stopped or closed."""
    if not line.is_under_way:
        return []
    waits = line.waits
    found = [_("approval: %(names)s", names=", ".join(waits.approvals))] if waits.approvals else []
    if waits.items is None:
        return [*found, _("the checklist of the gates: not started")]
    if waits.items:
        found.append(_items(waits.items))
    else:
        names = ", ".join(waits.decider) or _("nobody named yet")
        found.append(_("gate decision: %(names)s", names=names))
    return found


def _items(items: Mapping[str, int]) -> str:
    """“9 items: quality lead 5, sponsor 3, others 1”: the three functions that are asked most, then the rest together."""
    ordered = sorted(items.items(), key=lambda each: (-each[1], each[0]))
    named = [f"{FUNCTIONS[Function(function)]} {number}" for function, number in ordered[:SHOWN]]
    rest = sum(number for _function, number in ordered[SHOWN:])
    who = ", ".join([*named, _("others %(num)s", num=rest)] if rest else named)
    return str(ngettext("%(num)s item: %(who)s", "%(num)s items: %(who)s", sum(items.values()), who=who))


def waits_in_short(line: Line) -> str:
    """The same in a word or two, for a narrow card."""
    if not line.is_under_way:
        return ""
    if line.waits.approvals:
        return str(ngettext("%(num)s approval", "%(num)s approvals", len(line.waits.approvals)))
    if line.waits.items is None:
        return str(_("not started"))
    left = sum(line.waits.items.values())
    return str(ngettext("%(num)s item open", "%(num)s items open", left) if left else _("gate decision"))


def entries(events: Sequence[Event]) -> list[list[Any]]:
    """Entries of the trail as a table, head first; the values that changed stay on the page."""
    head = [_("No."), _("When"), _("Who"), _("What"), _("About"), _("Project"), _("Reason")]
    return [head, *(
        [each.seq, each.at, each.name, act_in_words(each.act), object_in_words(each.object), each.project, each.reason]
        for each in events
    )]


def exported(lines: Sequence[Line], language: str) -> list[list[Any]]:
    """The portfolio as a table, head first."""
    head = [
        _("Key"), _("Name"), _("State"), _("Step"), _("Step in words"), _("Pass"), _("Overdue conditions"),
        _("Undecided approvals"), _("Trial licence"), _("Trial licence ends on"), _("Waits for"), _("Last movement"),
    ]
    return [head, *(_cells(line, language) for line in lines)]


def _cells(line: Line, language: str) -> list[Any]:
    return [
        line.key, line.name, str(STATES[line.state]), line.step, step_name(line.step, language), line.pass_number,
        line.overdue, line.approvals, line.licence, _day(line.licence_ends_on),
        "; ".join(waits_for(line)), _day(line.moved_at),
    ]


def _day(value: Any) -> Any:
    return Told(on(value), value) if value else ""

