"""What may be typed in step 9, and the sentence a verdict is told in."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import DateField, IntegerField
from wtforms.validators import DataRequired, InputRequired, NumberRange

from workbench.adoption.rules import Verdict
from workbench.web.forms import Form, line

_COUNT = (InputRequired(), NumberRange(0, 1_000_000_000))


def sentence(verdict: Verdict) -> str:
    """“within 5 % in 3 of the last 8 weeks”."""
    return str(
        ngettext(
            "within %(limit)s %% in %(within)s of the last %(num)s week",
            "within %(limit)s %% in %(within)s of the last %(num)s weeks",
            verdict.weeks, limit=verdict.limit_percent, within=verdict.within,
        )
    )


class SetMeasure(Form):
    """What is counted each week."""

    behaviour = line(
        _l("Behaviour"), DataRequired(), maximum=300,
        description=_l("What people do the new way, such as: invoice made from the mapping."),
    )
    counted_from = line(_l("Counted from"), maximum=300, description=_l("Where both counts are read, and by whom."))
    limit_percent = IntegerField(
        _l("Limit in percent"), default=5, validators=[InputRequired(), NumberRange(0, 100)],
        description=_l("The largest share of the old way that still counts as a habit."),
    )


class CorrectReading(Form):
    """One week's count."""

    new_way = IntegerField(_l("Cases done the new way"), validators=[*_COUNT])
    old_way = IntegerField(_l("Cases done the old way"), validators=[*_COUNT])


class NoteReading(Form):
    """One week's count and its week."""

    week_of = DateField(_l("Week (its Monday)"), validators=[InputRequired()])
    new_way = IntegerField(_l("Cases done the new way"), validators=[*_COUNT])
    old_way = IntegerField(_l("Cases done the old way"), validators=[*_COUNT])
