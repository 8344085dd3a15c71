"""What the gates ask of a project's risks: each function names what is lacking; nothing named means in order."""

from __future__ import annotations

from workbench.risks.models import Risk
from workbench.risks.queries import risks_of_project
from workbench.risks.rules import HEAVY, Acceptance


def risks_unaccepted(project_id: int) -> list[str]:
    """High and critical risks whose rest nobody accepted, or accepted for less than it is rated now, or until a day gone by."""
    return [each.code for each in risks_of_project(project_id) if each.residual_level in HEAVY and not _is_covered(each)]


def _is_covered(risk: Risk) -> bool:
    newest = risk.newest_acceptance
    if newest is None or risk.acceptance is Acceptance.OVER:
        return False
    likelihood, impact = risk.left
    return likelihood <= newest.likelihood and impact <= newest.impact
