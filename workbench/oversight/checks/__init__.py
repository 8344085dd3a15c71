"""The self-audit: standing checks of everything, by area, each with the rows it finds and where they are mended."""

from __future__ import annotations

from workbench.oversight.checks import asking, auditing, curing, deciding, proof, standing
from workbench.oversight.checks.base import Check as Check
from workbench.oversight.checks.base import Result as Result
from workbench.oversight.checks.base import Scope as Scope
from workbench.oversight.checks.base import Severity as Severity
from workbench.oversight.checks.base import run as run
from workbench.oversight.checks.base import scope_of as scope_of

AREAS: dict[str, tuple[Check, ...]] = {
    "proof": proof.CHECKS,
    "asking": asking.CHECKS,
    "deciding": deciding.CHECKS,
    "curing": curing.CHECKS,
    "auditing": auditing.CHECKS,
    "standing": standing.CHECKS,
}
CHECKS: dict[str, Check] = {each.key: each for checks in AREAS.values() for each in checks}


def run_all(scope: Scope) -> list[Result]:
    """Make every check that may be seen, the most pressing first. As many queries for one project as for fifty."""
    order = list(Severity)
    seen = [each for each in CHECKS.values() if scope.sees(each.needs)]
    return [run(each, scope) for each in sorted(seen, key=lambda each: order.index(each.severity))]


def severe(results: list[Result]) -> int:
    """How many rows are wrong now."""
    return sum(each.count for each in results if each.check.severity is Severity.SEVERE)
