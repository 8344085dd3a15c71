"""What gate 1 measures: the situation is described, its source named, its objectives measurable, a sponsor there."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from workbench.inquiry import proofs as inquiry
from workbench.lifecycle import queries
from workbench.lifecycle.artefacts.situation_map import SituationMap
from workbench.lifecycle.artefacts.source_of_issue import SourceOfIssue
from workbench.lifecycle.artefacts.swot import Swot
from workbench.lifecycle.conditions.case import Case, Condition, line, named
from workbench.people.rules import Function, Hub
from workbench.projects.forms import HUBS
from workbench.tools.queries import incomplete_tools, tools_of_project

QUADRANTS = {
    "strengths": _l("The SWOT names at least one strength"),
    "weaknesses": _l("The SWOT names at least one weakness"),
    "opportunities": _l("The SWOT names at least one opportunity"),
    "threats": _l("The SWOT names at least one threat"),
}
SOURCE_PARTS = {"source": _l("its class"), "level": _l("its level"), "reason": _l("the reason")}


def tools_described(case: Case) -> list[Condition]:
    """Every tool in scope has an owner, a layer and a sensitivity (step 1)."""
    bare = [tool.name for tool, _facts in incomplete_tools(case.project_id)]
    reason = _("Not complete: %(names)s.", names=named(bare)) if bare else ""
    if not bare and not tools_of_project(case.project_id):
        reason = _("No tool is in scope yet.")
    label = _("Every tool in scope has an owner, a layer and a sensitivity")
    return line("tools_described", label, reason, case.at("tools.of_project"), fails=reason)


def swot_filled(case: Case) -> list[Condition]:
    """Each quadrant of the SWOT holds at least one entry; one line a quadrant, so that each is named."""
    found, link = case.reads.document(Swot).quadrants(), case.document("swot")
    reason = _("Nobody wrote one yet.")
    return [
        each
        for quadrant, label in QUADRANTS.items()
        for each in line(f"swot_filled:{quadrant}", str(label), reason, link, fails=not found[quadrant])
    ]


def swot_evidenced(case: Case) -> list[Condition]:
    """Each entry of the SWOT points to evidence."""
    entries = [each for rows in case.reads.document(Swot).quadrants().values() for each in rows]
    bare = [f"“{each.get('statement', '')[:60]}”" for each in entries if not each.get("evidence")]
    reason = _("Without evidence: %(names)s.", names=named(bare))
    return line("swot_evidenced", _("Each entry of the SWOT has evidence"), reason, case.document("swot"), fails=bare)


def source_chosen(case: Case) -> list[Condition]:
    """The source of the issue is chosen: class, level and reason."""
    said = case.reads.document(SourceOfIssue)
    left = [str(word) for name, word in SOURCE_PARTS.items() if not getattr(said, name)]
    reason = _("Not said yet: %(names)s.", names=named(left))
    label = _("The source of the issue is chosen, with its level and the reason")
    return line("source_chosen", label, reason, case.document(SourceOfIssue.KEY), fails=left)


def strategy_signed(case: Case) -> list[Condition]:
    """An issue of strategy is the sponsor's to confirm; nothing is asked of other sources."""
    if case.reads.document(SourceOfIssue).source != "strategy":
        return []
    signed = queries.signatures_of(case.project_id, SourceOfIssue.KEY)
    ok = any(Function.SPONSOR in each.signed_functions for each in signed)
    label = _("The sponsor has signed that the issue is one of strategy")
    reason = _("The newest revision is not signed by a sponsor.")
    return line("strategy_signed", label, reason, case.at("lifecycle.artefact", kind=SourceOfIssue.KEY), fails=not ok)


def objectives_measured(case: Case) -> list[Condition]:
    """There is an objective, and each has a measure, a baseline and a target."""
    bare = inquiry.objectives_unmeasured(case.project_id)
    reason = _("Without measure, baseline or target: %(codes)s.", codes=named(bare))
    none = not bare and bool(inquiry.objectives_missing(case.project_id))
    if none:
        reason = _("No objective is set yet.")
    label = _("Every objective has a measure, a baseline and a target")
    link = case.register("inquiry", "objectives")
    return line("objectives_measured", label, reason, link, fails=none or bool(bare))


def sponsor_named(case: Case) -> list[Condition]:
    """Somebody is sponsor who is not the project manager."""
    sponsors = [each for each in case.reads.team if Function.SPONSOR in each.held]
    others = [each for each in sponsors if Function.PROJECT_MANAGER not in each.held]
    reason = _("The sponsor is also the project manager.") if sponsors else _("Nobody on the team is sponsor.")
    label = _("A sponsor is named who is not the project manager")
    return line("sponsor_named", label, reason, case.at("projects.team"), fails=not others)


def baseline_measured(case: Case) -> list[Condition]:
    """The present way was measured; asked for, not demanded."""
    left = inquiry.baselines_missing(case.project_id)
    link = case.register("inquiry", "baselines")
    reason = _("Nothing is measured yet.")
    return line("baseline_measured", _("The present way is measured"), reason, link, fails=left, mandatory=False)


def map_confirmed(case: Case) -> list[Condition]:
    """One person of each hub confirms the situation map; asked for, not demanded."""
    there = {each.hub for each in queries.signatures_of(case.project_id, SituationMap.KEY)}
    left = [str(HUBS[each]) for each in Hub if each not in there]
    label = _("One person of each hub confirms the situation map")
    reason = _("Not confirmed yet by: %(names)s.", names=named(left))
    link = case.at("lifecycle.artefact", kind=SituationMap.KEY)
    return line("map_confirmed", label, reason, link, fails=left, mandatory=False)
