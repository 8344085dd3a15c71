"""What gate 3 measures: who was heard, and what became of what they said."""

from __future__ import annotations

from flask_babel import gettext as _

from workbench.inquiry import proofs as inquiry
from workbench.lifecycle.artefacts.source_of_issue import SourceOfIssue
from workbench.lifecycle.conditions.case import Case, Condition, line, named
from workbench.people.rules import Hub
from workbench.projects.forms import HUBS, LAYERS
from workbench.tools import proofs as tools


def hubs_heard(case: Case) -> list[Condition]:
    """Somebody of each hub was heard; one line a hub, so that each may be waived by itself."""
    left = inquiry.hubs_not_heard(case.project_id)
    link, reason = case.at("inquiry.coverage"), _("Nobody of this hub is heard yet.")
    return [
        each
        for hub in Hub
        for each in line(
            f"hub_heard:{hub.value}", _("Heard: %(hub)s", hub=HUBS[hub]), reason, link, fails=hub in left, waivable=True
        )
    ]


def layers_heard(case: Case) -> list[Condition]:
    """Somebody of each layer involved was heard; one line a layer."""
    left = inquiry.layers_not_heard(case.project_id)
    link, reason = case.at("inquiry.coverage"), _("Nobody of this layer is heard yet.")
    return [
        each
        for layer in inquiry.layers_involved(case.project_id)
        for each in line(
            f"layer_heard:{layer.value}",
            _("Heard: %(layer)s", layer=LAYERS[layer]),
            reason,
            link,
            fails=layer in left,
            waivable=True,
        )
    ]


def cautions_answered(case: Case) -> list[Condition]:
    """Each caution heard has a disposition (step 3); no gate passes over an open one, so earlier ones name it too."""
    left = inquiry.cautions_open(case.project_id)
    if case.step < 3 and not left:
        return []
    reason = _("Without a disposition: %(codes)s.", codes=named(left))
    link = case.register("inquiry", "consultations")
    return line("cautions_answered", _("Each caution heard is answered"), reason, link, fails=left)


def promises_chased(case: Case) -> list[Condition]:
    """Each promise of a vendor has its date and somebody who asks again."""
    left = tools.promises_unowned(case.project_id)
    reason = _("Without a date or an owner: %(codes)s.", codes=named(left))
    label = _("Each vendor promise has a date and an owner who chases it")
    return line("promises_chased", label, reason, case.register("tools", "promises"), fails=left)


def consent_recorded(case: Case) -> list[Condition]:
    """What was said in confidence is kept with the consent of who said it."""
    left = inquiry.consent_missing(case.project_id)
    reason = _("Without recorded consent: %(codes)s.", codes=named(left))
    label = _("Consent is recorded for what was said in confidence")
    return line("consent_recorded", label, reason, case.register("inquiry", "consultations"), fails=left)


def limitation_recorded(case: Case) -> list[Condition]:
    """Where a tool is the source of the issue, its limitation stands in the register before paths are sought."""
    if case.reads.document(SourceOfIssue).source != "tool":
        return []
    left = tools.limitations_missing(case.project_id)
    label = _("The limitation of the tool that causes the issue is recorded")
    reason = _("No limitation is recorded yet.")
    return line("limitation_recorded", label, reason, case.at("tools.of_project"), fails=left)
