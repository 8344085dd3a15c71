"""The register of checklists that come again."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from workbench import clock
from workbench.checklists import forms
from workbench.checklists.actions import check_recurrence
from workbench.checklists.models import Recurrence
from workbench.checklists.rules import Unit, next_run
from workbench.people.rules import Permission
from workbench.registers.rules import Further, Register, Verb
from workbench.web.filters import on


def _next(row: Recurrence) -> str:
    """The day of the next run, “–” where it is withdrawn."""
    if row.withdrawn_at is not None:
        return str(_("none"))
    return on(next_run(row.starts_on, row.every, Unit(row.unit), clock.today()))


RECURRENCES = Register(
    key="recurrences",
    model=Recurrence,
    form=forms.Recur,
    prefix="RC-",
    title=_l("Recurring checklists"),
    one=_l("Repeat a checklist"),
    purpose=_l("Checklists that are answered again every so many weeks or months, and by whom. Each run keeps its own answers."),
    columns=("title", "pack_id", "part", "every", "unit", "starts_on", "person_id", "days_to_answer"),
    writes=Permission.CHECKLIST_ASSIGN,
    fixed=("pack_id",),
    check=check_recurrence,
    verbs=(
        Verb(_l("Runs"), "runs", permission=Permission.PROJECT_READ),
        Verb(_l("Heat map"), "heat_map", permission=Permission.PROJECT_READ),
    ),
    further=(Further("starts_on", _l("Next run"), said=_next),),
)
REGISTERS = (RECURRENCES,)
