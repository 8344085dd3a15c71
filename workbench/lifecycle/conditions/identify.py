"""What gate 4 measures: the paths were compared, one is chosen and possible, and its trial has bounds."""

from __future__ import annotations

from flask_babel import gettext as _

from workbench.lifecycle.artefacts.trial_plan import TrialPlan
from workbench.lifecycle.conditions.case import Case, Condition, line, named
from workbench.paths import proofs as paths
from workbench.paths.rules import Purpose
from workbench.projects.forms import HUBS
from workbench.risks import proofs as risks
from workbench.tools.queries import tools_of_project
from workbench.web.filters import on


def paths_compared(case: Case) -> list[Condition]:
    """At least two paths stand, the present way among them."""
    left = paths.paths_lacking(case.project_id)
    label = _("At least two paths stand, the present way kept and improved among them")
    reason = _("Missing: %(names)s.", names=named(left))
    return line("paths_compared", label, reason, case.at("paths.index"), fails=left)


def path_chosen(case: Case) -> list[Condition]:
    """One path is chosen."""
    left = paths.chosen_missing(case.project_id)
    return line("path_chosen", _("A path is chosen"), _("No path is chosen yet."), case.at("paths.index"), fails=left)


def chosen_path_possible(case: Case) -> list[Condition]:
    """The chosen path needs nothing that a tool cannot do, unless it is decided what becomes of that limitation."""
    left = paths.blocked_capabilities(case.project_id)
    label = _("The chosen path needs nothing that a tool cannot do")
    reason = _("In its way: %(names)s.", names=named(left))
    return line("chosen_path_possible", label, reason, case.at("paths.index"), fails=left)


def unknowns_tried(case: Case) -> list[Condition]:
    """What nobody knows of the tools becomes a hypothesis of the trial."""
    left = paths.unknown_without_hypothesis(case.project_id)
    label = _("What is unknown of the chosen path is a hypothesis of the trial")
    reason = _("No hypothesis names: %(names)s.", names=named(left))
    return line("unknowns_tried", label, reason, case.register("paths", "hypotheses"), fails=left)


def trial_plan_bounded(case: Case) -> list[Condition]:
    """The trial plan says what success is, what stops it, and ends before the first trial licence does."""
    plan, left = case.reads.document(TrialPlan), []
    if not plan.success_measure:
        left.append(_("its measure of success is missing"))
    if not plan.stop_rule:
        left.append(_("its stop rule is missing"))
    if paths.hypotheses_missing(case.project_id):
        left.append(_("no hypothesis is stated"))
    left += _end_of(plan, case)
    label = _("The trial plan has a measure of success, a stop rule, hypotheses and an end in time")
    reason = _("The trial plan: %(lacking)s.", lacking=_("; ").join(left))
    return line("trial_plan_bounded", label, reason, case.document(TrialPlan.KEY), fails=left)


def _end_of(plan: TrialPlan, case: Case) -> list[str]:
    last = plan.last_day()
    if last is None:
        return [_("the day on which it ends is missing")]
    ends = [(each.trial_ends_on, each.name) for each in tools_of_project(case.project_id) if each.trial_ends_on]
    if ends and last > min(ends)[0]:
        day, name = min(ends)
        return [_("it ends after the trial licence of %(tool)s, %(date)s", tool=name, date=on(day))]
    return []


def matrix_scored(case: Case) -> list[Condition]:
    """Each path has a score on each criterion; asked for, not demanded."""
    left = paths.unscored(case.project_id)
    label = _("Each path is scored on each criterion")
    reason = _("Not scored: %(codes)s.", codes=named(left))
    return line("matrix_scored", label, reason, case.at("paths.matrix"), fails=left, mandatory=False)


def risks_accepted(case: Case) -> list[Condition]:
    """Somebody accepted what remains of each high or critical risk; asked for, not demanded."""
    left = risks.risks_unaccepted(case.project_id)
    label = _("What remains of each high or critical risk is accepted")
    reason = _("Not accepted: %(codes)s.", codes=named(left))
    return line("risks_accepted", label, reason, case.register("risks", "risks"), fails=left, mandatory=False)


def decision_meeting_held(case: Case) -> list[Condition]:
    """The three hubs met to decide; asked for, not demanded."""
    left = [str(HUBS[each]) for each in paths.hubs_missing_at(case.project_id, Purpose.DECISION)]
    label = _("The three hubs met to decide")
    reason = _("Not at a decision meeting yet: %(names)s.", names=named(left))
    link = case.register("paths", "meetings")
    return line("decision_meeting_held", label, reason, link, fails=left, mandatory=False)
