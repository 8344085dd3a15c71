"""The register of a project's risks, and the overview of all of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import g, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from workbench.people.rules import Permission, Role
from workbench.registers.rules import Column, Further, Overview, Register, Verb
from workbench.risks import forms, queries
from workbench.risks.models import Risk
from workbench.risks.rules import ACCEPTORS, IMPACTS, LIKELIHOODS
from workbench.web.refusals import BadValue


def may_accept(row: Any) -> bool:
    """Whether the functions of the person at hand reach for what remains of this risk."""
    return g.person.access is not Role.ADMIN and bool(g.rights.functions & ACCEPTORS[row.residual_level])


def _check(project: Any, facts: Mapping[str, Any], row: Any) -> None:
    for name, scale in (("likelihood", LIKELIHOODS), ("impact", IMPACTS)):
        if name in facts and facts[name] not in scale:
            raise BadValue(name, _("A value from %(least)s to %(most)s is needed.", least=scale[0], most=scale[-1]))
        after = facts.get(f"residual_{name}")
        if after is not None and after not in scale:
            raise BadValue(f"residual_{name}", _("A value from %(least)s to %(most)s is needed.", least=scale[0], most=scale[-1]))


RISKS = Register(
    key="risks",
    model=Risk,
    form=forms.StateRisk,
    prefix="R-",
    title=_l("Risks"),
    one=_l("State a risk"),
    purpose=_l("What may go wrong, how likely and how bad that is, what is done about it, and who accepts what remains."),
    columns=("statement", "treatment", "owner_id", "review_on"),
    verbs=(Verb(_l("Accept what remains"), "accept_risk", when=may_accept, permission=Permission.PROJECT_READ),),
    check=_check,
    looks={"level": forms.LOOKS, "residual_level": forms.LOOKS, "acceptance": forms.ACCEPTANCE_LOOKS},
    further=(
        Further("level", _l("Rated"), said=lambda row: forms.rating(row.likelihood, row.impact)),
        Further("residual_level", _l("After the measures"), said=lambda row: forms.rating(*row.left)),
        Further("acceptance", _l("Acceptance"), said=forms.accepted_in_words),
    ),
    boards=((_l("Risk matrix"), "risks.matrix"),),
)
REGISTERS = (RISKS,)


def _address(row: Any) -> str:
    return url_for("risks.record", key=row["project"], register=RISKS.key, record_id=row["id"])


ALL_RISKS = Overview(
    key="risks",
    title=_l("Risks of projects"),
    purpose=_l("The risks of every project with what remains after the measures, the heaviest first."),
    rows=queries.all_risks,
    columns=(
        Column("code", _l("Code")), Column("project", _l("Project")), Column("statement", _l("What may happen")),
        Column("score", _l("Score")), Column("level", _l("Level"), forms.LEVELS, look=lambda value: forms.LOOKS[value]),
        Column("residual_score", _l("Score after the measures")),
        Column("residual_level", _l("Level after the measures"), forms.LEVELS, look=lambda value: forms.LOOKS[value]),
        Column("treatment", _l("Treatment"), forms.TREATMENTS), Column("owner", _l("Owner")),
        Column("review_on", _l("Looked at again on")), Column("accepted_at", _l("Accepted on")),
    ),
    sort="-residual_score",
    address=_address,
)
OVERVIEWS = (ALL_RISKS,)
