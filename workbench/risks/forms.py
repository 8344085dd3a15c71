"""What may be typed about risks, and the words of the scales."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateField
from wtforms.validators import DataRequired, Optional

from workbench.people.queries import choices as team_choices
from workbench.registers.forms import RecordForm, Reference, choice
from workbench.risks.rules import Acceptance, Level, Treatment, level, score
from workbench.web.addresses import row_number
from workbench.web.filters import on
from workbench.web.forms import Form, line, text

LIKELIHOODS = {1: _l("1 rare"), 2: _l("2 unlikely"), 3: _l("3 possible"), 4: _l("4 likely"), 5: _l("5 almost certain")}
LIKELIHOOD_GUIDES = {
    1: _l("not expected within five years"), 2: _l("once in two to five years"), 3: _l("about once a year"),
    4: _l("several times a year"), 5: _l("every month or at each run"),
}
IMPACTS = {1: _l("1 negligible"), 2: _l("2 minor"), 3: _l("3 moderate"), 4: _l("4 major"), 5: _l("5 severe")}
IMPACT_GUIDES = {
    1: _l("put right within the hour"), 2: _l("one customer or one day of work"),
    3: _l("several customers, or one billing cycle late"), 4: _l("wrong invoices sent widely, a contract breached"),
    5: _l("a breach of personal data, loss of live data, or survival at stake"),
}
LEVELS = {Level.LOW: _l("low"), Level.MEDIUM: _l("medium"), Level.HIGH: _l("high"), Level.CRITICAL: _l("critical")}
LOOKS = {Level.LOW: "pass", Level.MEDIUM: "partly", Level.HIGH: "minor", Level.CRITICAL: "major"}
TREATMENTS = {
    Treatment.AVOID: _l("avoid"), Treatment.REDUCE: _l("reduce"), Treatment.SHARE: _l("share"), Treatment.ACCEPT: _l("accept"),
}
ACCEPTANCES = {
    Acceptance.NONE: _l("not accepted"), Acceptance.ACCEPTED: _l("accepted"),
    Acceptance.CHANGED: _l("accepted, changed since"), Acceptance.OVER: _l("acceptance has ended"),
}
ACCEPTANCE_LOOKS = {
    Acceptance.NONE: "open", Acceptance.ACCEPTED: "pass", Acceptance.CHANGED: "changed", Acceptance.OVER: "expired",
}
_LIKELIHOOD_HINT = _l("From 1, not expected within five years, to 5, every month or at each run; the matrix explains each.")
_IMPACT_HINT = _l("From 1, put right within the hour, to 5, personal data breached or survival at stake; the matrix explains each.")


def _value(typed: Any) -> int | None:
    """A value of a scale; None for what is none."""
    return typed if isinstance(typed, int) else row_number(None if typed is None else str(typed))


def rating(likelihood: int, impact: int) -> str:
    """How a rating is said: “12 high”."""
    return f"{score(likelihood, impact)} {LEVELS[level(likelihood, impact)]}"


def accepted_in_words(risk: Any) -> str:
    """Whether what remains is accepted, with the day."""
    newest = risk.newest_acceptance
    if newest is None:
        return str(ACCEPTANCES[Acceptance.NONE])
    words = {"day": on(newest.accepted_at), "until": on(newest.until)}
    if risk.acceptance is Acceptance.CHANGED:
        return str(_("accepted as of %(day)s, changed since", day=words["day"]))
    if risk.acceptance is Acceptance.OVER:
        return str(_("accepted until %(until)s only", until=words["until"]))
    return str(_("accepted on %(day)s", day=words["day"]))


class StateRisk(RecordForm):
    """A risk."""

    statement = text(_l("What may happen"), DataRequired())
    cause = text(_l("Why it may happen"))
    likelihood = choice(_l("Likelihood"), LIKELIHOODS, coerce=_value, default=3, description=_LIKELIHOOD_HINT)
    impact = choice(_l("Impact"), IMPACTS, coerce=_value, default=3, description=_IMPACT_HINT)
    treatment = choice(_l("Treatment"), TREATMENTS, default=Treatment.REDUCE)
    measures = text(_l("Measures"))
    owner_id = Reference(_l("Owner"), team_choices, description=_l("Who watches it and sees to the measures."))
    review_on = DateField(_l("Looked at again on"), validators=[Optional()])
    residual_likelihood = choice(
        _l("Likelihood after the measures"), LIKELIHOODS, empty=_l("as before"), coerce=_value
    )
    residual_impact = choice(_l("Impact after the measures"), IMPACTS, empty=_l("as before"), coerce=_value)
    source = line(_l("Where it comes from"), maximum=300, description=_l("Such as the code of a consultation, C-4."))


class AcceptRisk(Form):
    """An acceptance of what remains."""

    reason = text(_l("Reason"), DataRequired(), maximum=2000)
    until = DateField(
        _l("Accepted until"), validators=[Optional()], description=_l("A critical risk needs this day; others may have one.")
    )
