"""How an act of the diary becomes a call of a subject's action, with the right person, rows, days and choices."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from workbench.adoption import actions as adoption
from workbench.adoption import registers as adoption_registers
from workbench.changes import actions as changes
from workbench.changes import registers as changes_registers
from workbench.changes.models import RequestForChange
from workbench.checklists import actions as checklists
from workbench.checklists import registers as checklists_registers
from workbench.evidence import actions as evidence
from workbench.inquiry import actions as inquiry
from workbench.inquiry import registers as inquiry_registers
from workbench.lifecycle import actions as lifecycle
from workbench.paths import actions as paths
from workbench.paths import registers as paths_registers
from workbench.paths.models import Path
from workbench.people import actions as people
from workbench.people.models import Person
from workbench.people.rules import Function, Hub, Role
from workbench.practices import actions as practices
from workbench.practices import registers as practices_registers
from workbench.projects import actions as projects
from workbench.projects.models import Project
from workbench.registers.actions import add_record, change_record
from workbench.registers.rules import Register
from workbench.risks import actions as risks
from workbench.risks import registers as risks_registers
from workbench.showcase import conformity, verbs
from workbench.showcase.records import Act
from workbench.showcase.telling import Doing, Story, call, empty, stored
from workbench.tools import actions as tools
from workbench.tools import registers as tools_registers
from workbench.trials import actions as trials
from workbench.trials import registers as trials_registers

# Registers by the name the diary uses, `subject.key`.
REGISTERS: dict[str, Register] = {
    f"{subject}.{each.key}": each
    for subject, registers in (
        ("checklists", checklists_registers.REGISTERS), ("tools", tools_registers.REGISTERS), ("risks", risks_registers.REGISTERS),
        ("inquiry", inquiry_registers.REGISTERS), ("paths", paths_registers.REGISTERS),
        ("trials", trials_registers.REGISTERS), ("changes", changes_registers.REGISTERS),
        ("practices", practices_registers.REGISTERS), ("adoption", adoption_registers.REGISTERS),
    )
    for each in registers
}
# Acts that are calls of an action and nothing else.
PLAIN: dict[str, Callable[..., Any]] = conformity.PLAIN | {
    action.__name__: action
    for action in (
        projects.name_participant, projects.set_thresholds, evidence.add_link, checklists.upgrade_checklist,
        tools.add_tool, tools.change_tool, tools.connect_tools, tools.put_in_scope, tools.set_capability,
        tools.decide_limitation, tools.settle_promise, tools.retest_customisation, risks.accept_risk,
        inquiry.dispose_caution, inquiry.judge_objective, inquiry.revise_objective,
        paths.keep_present_way, paths.describe_path, paths.change_path, paths.choose_path, paths.reject_path,
        paths.kill_path, paths.confirm_path, paths.reopen_path, paths.withdraw_path, trials.judge_hypothesis,
        changes.draft_request, changes.change_request, changes.attach_plan, changes.rehearse, changes.submit_request,
        changes.decide_request, changes.schedule_change, changes.implement_change, changes.back_out_change,
        changes.review_change, changes.withdraw_request, changes.add_exception, changes.decide_exception,
        practices.write_instruction, practices.revise_instruction, practices.approve_instruction,
        practices.answer_question, adoption.set_measure, adoption.change_measure, adoption.observe,
        adoption.close_survey, adoption.verify_adoption, lifecycle.skip_step, lifecycle.waive,
    )
}
# What the diary calls the facts of an action by shorter words.
WORDS = {"request": "request_for_change", "criterion": "condition_key", "user": "user_id"}


def perform(story: Story, act: Act, further: Mapping[str, Doing] = MappingProxyType({})) -> Any:
    """Do one act; what it gives is kept under the act's name. `further` holds verbs of the sandbox."""
    facts, by, special = act.told(story.language), story.people[act.by], {**SPECIAL, **further}
    made = special[act.do](story, by, facts) if act.do in special else _call(PLAIN[act.do], story, by, facts)
    if act.name:
        story.named[act.name] = made
    return made


def _call(action: Callable[..., Any], story: Story, by: Person, facts: dict[str, Any]) -> Any:
    return call(action, story, by, {WORDS.get(name, name): value for name, value in facts.items()})


def _open_project(story: Story, by: Person, facts: dict[str, Any]) -> Project:
    made: Project = call(projects.open_project, story, by, {"key": story.key, **facts})
    story.project = made
    return made


def _add_member(story: Story, by: Person, facts: dict[str, Any]) -> Any:
    return people.add_member(
        project_id=story.opened.id, project_key=story.key, person=story.people[facts["person"]], by=by,
        role=Role(facts["role"]), hub=Hub(facts["hub"]), functions=[Function(each) for each in facts["functions"]],
    )


def _add_record(story: Story, by: Person, facts: dict[str, Any]) -> Any:
    """Add a record to a register, named as `subject.key`; what the diary leaves out is as in an empty form."""
    register = REGISTERS[facts.pop("register")]
    columns = register.model.__table__.c
    told = {name: stored(story, columns[name], value) for name, value in facts.items()}
    asked = [name for name in vars(register.form) if name in columns]
    left = {name: empty(columns[name]) for name in asked if name not in told}
    return add_record(register, project=story.opened, facts={**left, **told}, by=by)


def _change_record(story: Story, by: Person, facts: dict[str, Any]) -> None:
    """Change what the diary names of a record of a register; the rest stays."""
    register, row = REGISTERS[facts.pop("register")], story.row(facts.pop("record"))
    columns = register.model.__table__.c
    asked = {name: getattr(row, name) for name in vars(register.form) if name in columns}
    told = {name: stored(story, columns[name], value) for name, value in facts.items()}
    change_record(register, project=story.opened, row=row, facts={**asked, **told}, by=by)


def _report_limitation(story: Story, by: Person, facts: dict[str, Any]) -> Any:
    tool = facts.pop("tool")
    return _add_record(story, by, {"register": "tools.limitations", "tool_id": tool, **facts})


def _change_limitation(story: Story, by: Person, facts: dict[str, Any]) -> None:
    """Change what the diary names of a limitation; the rest stays."""
    register, row = tools_registers.LIMITATIONS, story.row(facts.pop("limitation"))
    told = {name: stored(story, register.model.__table__.c[name], value) for name, value in facts.items()}
    change_record(register, project=story.opened, row=row, facts=told, by=by)


def _add_to(name: str) -> Doing:
    """An act that adds a record to one register."""
    return lambda story, by, facts: _add_record(story, by, {"register": name, **facts})


# Registers with an act of their own, by its name.
ADDS = {
    "set_objective": "inquiry.objectives", "note_source": "inquiry.sources",
    "note_consultation": "inquiry.consultations", "report_limitation": "tools.limitations",
}
# Acts that need more than a call: a file to open, several actions, words that stand for several rows.
SPECIAL: dict[str, Doing] = {
    "open_project": _open_project,
    "add_member": _add_member,
    "add_record": _add_record,
    "change_record": _change_record,
    **{act: _add_to(register) for act, register in ADDS.items()},
    "report_limitation": _report_limitation,
    "change_limitation": _change_limitation,
    **verbs.VERBS,
    **conformity.VERBS,
}


def made_by(act: Act) -> type[Any] | None:
    """The table of the row that an act adds, where later acts may have to find it again."""
    if act.do in _OWN:
        return _OWN[act.do]
    name = str(act.facts["register"]) if act.do == "add_record" else ADDS.get(act.do)
    return None if name is None else REGISTERS[name].model


_OWN: dict[str, type[Any]] = {"keep_present_way": Path, "describe_path": Path, "draft_request": RequestForChange}
