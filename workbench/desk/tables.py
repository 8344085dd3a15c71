"""What waits for a person as one table, in the order of their page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from workbench.checklists.forms import STATES
from workbench.checklists.rules import AnswerState
from workbench.desk.queries import OpenItem, Seat
from workbench.desk.waiting import Kind, Task
from workbench.desk.words import KINDS, called, fallen_due, step_name


def waiting_table(
    relapses: Sequence[Seat], gates: Sequence[Seat], tasks: Mapping[Kind, Sequence[Task]], items: Sequence[OpenItem], language: str
) -> list[list[Any]]:
    """Relapses, gates to decide, what is asked and due, items of checklists, answers that came: a line each, head first."""
    rows: list[list[Any]] = [[_("List"), _("Project"), _("What to do"), _("Code"), _("What it is about"), _("Due")]]
    rows += [[_("Relapses to cure"), each.key, "", "", each.name, None] for each in relapses]
    rows += [
        [_("Gates I decide"), each.key, "", _("gate %(number)s", number=each.step), step_name(each.step, language), None]
        for each in gates
    ]
    lists = (
        (_("Approvals asked of me"), tasks[Kind.APPROVAL]), (_("Conditions I answer for"), tasks[Kind.CONDITION]),
        (_("Due from me"), fallen_due(tasks)), (_("To be read"), tasks[Kind.READING]),
    )
    rows += [_line(title, each, language) for title, found in lists for each in found]
    rows += [
        [_("Items asked of me"), each.key, STATES[AnswerState(each.state)], each.item.key, each.item.question.in_(language), None]
        for each in items
    ]
    return [*rows, *(_line(_("Answers that came by link"), each, language) for each in tasks[Kind.GUEST])]


def _line(title: str, task: Task, language: str) -> list[Any]:
    return [title, task.project, KINDS.get(task.kind, ""), called(task, language), task.text, task.due_on]
