"""What gate 2 measures: what was read for each need, and how it was judged. An expert may have it waived."""

from __future__ import annotations

from flask_babel import get_locale
from flask_babel import gettext as _

from workbench.checklists.queries import checklists_of_project
from workbench.checklists.rules import GATES_PACK
from workbench.inquiry import proofs as inquiry
from workbench.lifecycle.artefacts.standards_applicability import StandardsApplicability
from workbench.lifecycle.artefacts.synthesis import Synthesis
from workbench.lifecycle.conditions.case import Case, Condition, line, named


def needs_researched(case: Case) -> list[Condition]:
    """Each must-need has two sources of different kinds, or a search that found nothing with its terms."""
    left = inquiry.needs_without_sources(case.project_id)
    label = _("Each need that must be met has two sources of different kinds, or a search that found nothing")
    reason = _("Not researched: %(codes)s.", codes=named(left))
    return line("needs_researched", label, reason, case.register("inquiry", "sources"), fails=left, waivable=True)


def independent_source(case: Case) -> list[Condition]:
    """At least one source is independent of the vendor."""
    left = inquiry.independent_source_missing(case.project_id)
    label = _("At least one source is independent of the vendor")
    reason = _("None is marked as independent.")
    return line("independent_source", label, reason, case.register("inquiry", "sources"), fails=left, waivable=True)


def standards_applied(case: Case) -> list[Condition]:
    """For each standard the project answers it is said whether and where it applies."""
    judged = case.reads.document(StandardsApplicability).packs()
    language = str(get_locale())[:2]
    started = {
        each.checklist.pack_id: each.pack.title.in_(language) if each.pack is not None else each.checklist.pack_id
        for each in checklists_of_project(case.project_id)
        if each.checklist.pack_id != GATES_PACK
    }
    left = [title for pack_id, title in started.items() if pack_id not in judged]
    label = _("It is said of each standard of the project where it applies")
    reason = _("Not judged yet: %(names)s.", names=named(left))
    return line("standards_applied", label, reason, case.document(StandardsApplicability.KEY), fails=left, waivable=True)


def synthesis_written(case: Case) -> list[Condition]:
    """What was learnt is written down for each must-need."""
    written = case.reads.document(Synthesis).needs()
    left = [each for each in inquiry.must_needs(case.project_id) if each not in written]
    label = _("What the research taught is written for each need that must be met")
    reason = _("Nothing written for: %(codes)s.", codes=named(left))
    if Synthesis.KEY not in case.reads.artefacts:
        reason = _("The synthesis is not written yet.")
    fails = bool(left) or Synthesis.KEY not in case.reads.artefacts
    return line("synthesis_written", label, reason, case.document(Synthesis.KEY), fails=fails, waivable=True)
