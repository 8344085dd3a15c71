"""How an act of the diary becomes a call of a subject's action, with the right person, rows, days and choices."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from sqlalchemy import Date

from workbench import layout
from workbench.adoption import actions as adoption
from workbench.changes import actions as changes
from workbench.checklists import actions as checklists
from workbench.checklists.rules import GATES_PACK, AnswerState
from workbench.database import Base
from workbench.evidence import actions as evidence
from workbench.inquiry import actions as inquiry
from workbench.inquiry import registers as inquiry_registers
from workbench.lifecycle import actions as lifecycle
from workbench.lifecycle.artefacts import read
from workbench.lifecycle.queries import conditions_of_project
from workbench.lifecycle.rules import Outcome
from workbench.lifecycle.steps import ARTEFACTS
from workbench.paths import actions as paths
from workbench.people import actions as people
from workbench.people.models import Person
from workbench.people.rules import Function, Hub, Role
from workbench.practices import actions as practices
from workbench.projects import actions as projects
from workbench.projects.models import Project
from workbench.registers.actions import add_record, change_record
from workbench.registers.rules import Register
from workbench.showcase.records import Act, day_of
from workbench.tools import actions as tools
from workbench.tools import registers as tools_registers


@dataclass
class Story:
    """One telling of the diary: a project in one language. `named` holds the rows that later acts refer to."""

    key: str
    language: str
    home: Path
    keys: Path
    today: date
    password: str
    people: dict[str, Person]
    project: Project | None = None
    named: dict[str, Any] = field(default_factory=dict)

    @property
    def opened(self) -> Project:
        """The project, once the first act opened it."""
        if self.project is None:
            raise LookupError("the diary opens its project first")
        return self.project


# Registers by the name the diary uses.
REGISTERS: dict[str, Register] = {
    f"{subject}.{each.key}": each
    for subject, registers in (("inquiry", inquiry_registers.REGISTERS), ("tools", tools_registers.REGISTERS))
    for each in registers
}
# Acts that are calls of an action and nothing else.
PLAIN: dict[str, Callable[..., Any]] = {
    action.__name__: action
    for action in (
        projects.name_participant, tools.add_tool, tools.connect_tools, tools.put_in_scope,
        inquiry.dispose_caution, paths.describe_path, paths.change_path, paths.choose_path,
        paths.reject_path, changes.draft_request, practices.write_instruction, adoption.set_measure, evidence.add_link,
    )
}


def perform(story: Story, act: Act) -> Any:
    """Do one act; what it gives is kept under the act's name."""
    facts, by = act.told(story.language), story.people[act.by]
    made = SPECIAL[act.do](story, by, facts) if act.do in SPECIAL else _call(PLAIN[act.do], story, by, facts)
    if act.name:
        story.named[act.name] = made
    return made


def _call(action: Callable[..., Any], story: Story, by: Person, facts: dict[str, Any]) -> Any:
    """Call an action with what the diary says; where it changes a row, what the diary leaves out stays as it is."""
    hints, asked = get_type_hints(action), inspect.signature(action).parameters
    given = {name: _converted(story, name, hints[name], value) for name, value in facts.items()}
    changed = next((value for value in given.values() if isinstance(value, Base)), None)
    if action.__name__.startswith("change_"):
        for name in asked.keys() - given.keys() - {"by", "project"}:
            given[name] = _converted(story, name, hints[name], getattr(changed, name, asked[name].default))
    if "project" in asked:
        given["project"] = story.opened
    return action(by=by, **given)


def _converted(story: Story, name: str, hint: Any, value: Any) -> Any:
    """A word of the diary as the action wants it: a choice, a day, a row, the number of a person."""
    kinds = [each for each in (get_args(hint) if get_origin(hint) is UnionType else (hint,)) if isinstance(each, type)]
    if name == "owner_id":
        return story.people[value].id
    for kind in kinds:
        if issubclass(kind, Enum):
            return kind(value)
        if issubclass(kind, Base):
            return story.named[value]
        if kind is date and isinstance(value, str):
            return day_of(value, story.today)
    return value


def _open_project(story: Story, by: Person, facts: dict[str, Any]) -> Project:
    made: Project = _call(projects.open_project, story, by, {"key": story.key, **facts})
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
    told = {name: _stored(story, register.model.__table__.c[name], value) for name, value in facts.items()}
    asked = [name for name in vars(register.form) if name in register.model.__table__.c]
    left = {name: _empty(register.model.__table__.c[name]) for name in asked if name not in told}
    return add_record(register, project=story.opened, facts={**left, **told}, by=by)


def _report_limitation(story: Story, by: Person, facts: dict[str, Any]) -> Any:
    tool = facts.pop("tool")
    return _add_record(story, by, {"register": "tools.limitations", "tool_id": tool, **facts})


def _change_limitation(story: Story, by: Person, facts: dict[str, Any]) -> None:
    """Change what the diary names of a limitation; the rest stays."""
    register, row = tools_registers.LIMITATIONS, story.named[facts.pop("limitation")]
    told = {name: _stored(story, register.model.__table__.c[name], value) for name, value in facts.items()}
    change_record(register, project=story.opened, row=row, facts=told, by=by)


def _add_to(name: str) -> Callable[[Story, Person, dict[str, Any]], Any]:
    """An act that adds a record to one register."""
    return lambda story, by, facts: _add_record(story, by, {"register": name, **facts})


def _stored(story: Story, column: Any, value: Any) -> Any:
    """A word of the diary as the column holds it: a day, or the number of a person or of a row that was named."""
    if column.foreign_keys and isinstance(value, str):
        return (story.people if value in story.people else story.named)[value].id
    if isinstance(column.type, Date) and isinstance(value, str):
        return day_of(value, story.today)
    return value


def _empty(column: Any) -> Any:
    if column.default is not None and column.default.is_scalar:
        return column.default.arg
    return None if column.nullable else ""


def _start_checklist(story: Story, by: Person, facts: dict[str, Any]) -> Any:
    made = checklists.start_checklist(project=story.opened, pack_id=facts["pack"], by=by)
    story.named[facts["pack"]] = made
    return made


def evidence_file(story: Story, name: str) -> Path:
    """Where a file that the diary files as evidence lies."""
    return layout.DEMO / "evidence" / story.language / name


def _add_file(story: Story, by: Person, facts: dict[str, Any]) -> Any:
    valid_until = day_of(facts["valid_until"], story.today) if "valid_until" in facts else None
    with evidence_file(story, facts["file"]).open("rb") as stream:
        return evidence.add_file(
            project=story.opened, title=facts["title"], stream=stream, filename=facts["file"], home=story.home, by=by,
            valid_until=valid_until, note=facts.get("note", ""),
        )


def _add_version(story: Story, by: Person, facts: dict[str, Any]) -> Any:
    with evidence_file(story, facts["file"]).open("rb") as stream:
        return evidence.add_version(
            project=story.opened, evidence=story.named[facts["evidence"]], stream=stream, filename=facts["file"],
            home=story.home, by=by, note=facts.get("note", ""),
        )


def _answer(story: Story, by: Person, facts: dict[str, Any]) -> Any:
    """Answer an item and put the evidence to it; the gates' checklist unless another pack is named."""
    checklist = story.named[facts.get("pack", GATES_PACK)]
    made = checklists.answer_item(
        project=story.opened, checklist=checklist, item_key=facts["item"], by=by, note=facts.get("note", ""),
        state=AnswerState(facts.get("state", AnswerState.CONFORM)),
    )
    for name in facts.get("evidence", ()):
        checklists.attach_evidence(
            project=story.opened, checklist=checklist, item_key=facts["item"], evidence=story.named[name], by=by
        )
    return made


def _write_artefact(story: Story, by: Person, facts: dict[str, Any]) -> Any:
    return lifecycle.write_artefact(project=story.opened, artefact=read(ARTEFACTS[facts["kind"]], facts["body"]), by=by)


def _waive(story: Story, by: Person, facts: dict[str, Any]) -> Any:
    return lifecycle.waive(
        project=story.opened, step=facts["step"], condition_key=facts["criterion"], reason=facts["reason"], by=by,
        risk_accepted=facts["risk_accepted"], ends_on=day_of(facts["ends_on"], story.today), password=story.password,
        language=story.language,
    )


def _decide_gate(story: Story, by: Person, facts: dict[str, Any]) -> Any:
    """Sign a decision with the signer's real password; its conditions can be named for the act that meets them."""
    wanted = facts.get("conditions", [])
    asked = [
        lifecycle.Asked(each["text"], story.people[each["owner"]].id, day_of(each["due_on"], story.today)) for each in wanted
    ]
    made = lifecycle.decide_gate(
        project=story.opened, step=facts["step"], outcome=Outcome(facts["outcome"]), reason=facts["reason"], by=by,
        password=story.password, keys=story.keys, back_to=facts.get("back_to"), also=facts.get("also", ()),
        conditions=asked, language=story.language,
    )
    named = {each["text"]: each["as"] for each in wanted if "as" in each}
    for row in conditions_of_project(story.opened.id):
        if row.decision_id == made.id and row.text in named:
            story.named[named[row.text]] = row
    return made


def _meet_condition(story: Story, by: Person, facts: dict[str, Any]) -> None:
    condition = story.named[facts["condition"]]
    lifecycle.meet_condition(project=story.opened, condition=condition, note=facts["note"], by=by)


# Acts that need more than a call: a file to open, a password, several actions.
SPECIAL: dict[str, Callable[[Story, Person, dict[str, Any]], Any]] = {
    "open_project": _open_project,
    "add_member": _add_member,
    "add_record": _add_record,
    "set_objective": _add_to("inquiry.objectives"),
    "note_source": _add_to("inquiry.sources"),
    "note_consultation": _add_to("inquiry.consultations"),
    "report_limitation": _report_limitation,
    "change_limitation": _change_limitation,
    "start_checklist": _start_checklist,
    "add_file": _add_file,
    "add_version": _add_version,
    "answer": _answer,
    "write_artefact": _write_artefact,
    "waive": _waive,
    "decide_gate": _decide_gate,
    "meet_condition": _meet_condition,
}
