"""The registers of step 9."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from workbench.adoption import forms
from workbench.adoption.models import Benefit, Lesson, Reevaluation
from workbench.adoption.rules import difference
from workbench.registers.rules import Further, Register
from workbench.web.refusals import BadValue


def _is_measured(project: Any, facts: Mapping[str, Any], row: Any) -> None:
    if difference("0", str(facts["value_now"])) is None:
        raise BadValue("value_now", _("A number is needed, such as 12 or 12.5; the unit is that of the baseline."))


BENEFITS = Register(
    key="benefits", model=Benefit, form=forms.MeasureBenefit, prefix="BF-", title=_l("Benefits"),
    one=_l("Note a benefit"),
    purpose=_l("What each baseline of step 1 measures now, and what the difference saves."),
    columns=("baseline_id", "value_now", "measured_on", "saving"),
    further=(Further("before", _l("Before")), Further("change", _l("Difference"))), check=_is_measured,
)
LESSONS = Register(
    key="lessons", model=Lesson, form=forms.NoteLesson, prefix="LE-", title=_l("Lessons"), one=_l("Note a lesson"),
    purpose=_l("What happened on the way, what is kept and what is changed next time, and for whom it is worth knowing."),
    columns=("happened", "keep", "change", "for_whom", "owner_id"),
)
REEVALUATIONS = Register(
    key="reevaluations", model=Reevaluation, form=forms.SetReevaluation, prefix="RV-", title=_l("Re-evaluations"),
    one=_l("Set a re-evaluation"),
    purpose=_l("The days on which somebody looks again whether the practice still holds, and what they look at."),
    columns=("look_at", "due_on", "who_id", "done_on"),
)
REGISTERS = (BENEFITS, LESSONS, REEVALUATIONS)
