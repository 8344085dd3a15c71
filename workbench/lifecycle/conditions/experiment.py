"""What gate 5 measures: the trial changed nothing live, every row and hypothesis is settled, the way back rehearsed."""

from __future__ import annotations

from flask_babel import gettext as _

from workbench.changes import proofs as changes
from workbench.lifecycle.conditions.case import Case, Condition, line, named, result
from workbench.paths import proofs as paths
from workbench.paths.rules import Purpose
from workbench.projects.forms import HUBS
from workbench.tools import proofs as tools
from workbench.trials import proofs as trials
from workbench.trials.queries import live_unchanged, open_rows
from workbench.trials.rules import Kind, Unexplained


def live_data_unchanged(case: Case) -> list[Condition]:
    """The live sources have the same hash before and after the trial (step 5)."""
    same, text = trials.live_data_unchanged(case.project_id)
    label = _("The sandbox left live data unchanged")
    return [Condition("live_data_unchanged", label, result(same), text, link=case.at("trials.index"))]


def reconciliation_explained(case: Case) -> list[Condition]:
    """No row is over, not in contract, unmatched or refused without a recorded disposition (step 5)."""
    ran, _text = live_unchanged(case.project_id)
    label = _("The reconciliation has no unexplained row")
    key, link = "reconciliation_explained", case.at("trials.index")
    if ran is None:
        return line(key, label, _("No reconciliation has run yet."), link, fails=True)
    left = open_rows(case.project_id, language=case.reads.language)
    rows = _("; ").join(_named(each) for each in left[:5])
    reason = _("%(count)s without a disposition: %(rows)s", count=len(left), rows=rows)
    return line(key, label, reason, link, fails=bool(left))


def _named(row: Unexplained) -> str:
    """A row by client and service; a bare name or place with what is wrong, since it says nothing by itself."""
    return row.what if row.kind in (Kind.OVER, Kind.NOT_IN_CONTRACT) else f"{row.what} ({row.why.rstrip('.')})"


def hypotheses_judged(case: Case) -> list[Condition]:
    """Each hypothesis has a verdict."""
    left = trials.hypotheses_without_verdict(case.project_id)
    reason = _("Without a verdict: %(codes)s.", codes=named(left))
    link = case.register("paths", "hypotheses")
    return line("hypotheses_judged", _("Each hypothesis has a verdict"), reason, link, fails=left)


def back_out_rehearsed(case: Case) -> list[Condition]:
    """The way back was rehearsed with the plan as it is attached now."""
    left = changes.plan_not_rehearsed(case.project_id)
    label = _("The way back is rehearsed with the promotion plan as attached")
    reason = _("Not rehearsed with success: %(names)s.", names=named(left))
    return line("back_out_rehearsed", label, reason, case.at("changes.index"), fails=left)


def plan_clean(case: Case) -> list[Condition]:
    """No fake record and no unmasked personal data is in a promotion plan."""
    left = changes.fake_in_plan(case.project_id)
    label = _("The promotion plan holds no fake record and no personal data in the clear")
    reason = _("To be mended: %(names)s.", names=named(left))
    return line("plan_clean", label, reason, case.at("changes.index"), fails=left)


def presentation_held(case: Case) -> list[Condition]:
    """What the trial showed was presented to the three hubs."""
    left = [str(HUBS[each]) for each in paths.hubs_missing_at(case.project_id, Purpose.PRESENTATION)]
    label = _("The three hubs saw what the trial showed")
    reason = _("Not at a presentation yet: %(names)s.", names=named(left))
    return line("presentation_held", label, reason, case.register("paths", "meetings"), fails=left)


def limitations_decided(case: Case) -> list[Condition]:
    """It is decided of each limitation whether to wait, to work around it or to drop what it stands in the way of."""
    left = tools.limitations_undecided(case.project_id)
    label = _("It is decided what becomes of each limitation")
    reason = _("Not decided: %(codes)s.", codes=named(left))
    return line("limitations_decided", label, reason, case.register("tools", "limitations"), fails=left)


def path_confirmed(case: Case) -> list[Condition]:
    """The path is confirmed after the trial; asked for, not demanded: the way may also lead back or to another objective."""
    left = paths.path_unconfirmed(case.project_id)
    reason = _("Not confirmed: %(names)s.", names=named(left))
    label = _("The chosen path is confirmed after the trial")
    return line("path_confirmed", label, reason, case.at("paths.index"), fails=left, mandatory=False)
