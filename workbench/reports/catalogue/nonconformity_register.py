"""The register of nonconformities and actions: every finding with its cure, what waits for whom, and how old it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from workbench.findings.queries import choices
from workbench.findings.rules import Ageing, FindingKind, FindingState, median
from workbench.people.rules import Permission
from workbench.reports import curing
from workbench.reports.curing import Entered, Held, Waiting
from workbench.reports.headings import Headed
from workbench.reports.rules import Brief, numbered

KEY = "nonconformity_register"
TITLE = _l("Nonconformities and actions")
NOTE = _l("For whoever cures and whoever checks: every finding with cause, actions, ages and judgements; what waits, by owner.")
PERMISSION = Permission.REPORT_BUILD
SECTIONS = (
    ("summary", _l("Summary")),
    ("register", _l("Register")),
    ("owners", _l("What waits, by owner")),
    ("clauses", _l("Findings by clause")),
    ("findings", _l("Findings in full")),
)
ANNEXES = (("history", _l("History of each finding")),)
SUBJECTS = _l("Findings")
MOST = 100_000  # findings to choose from


@dataclass(frozen=True)
class Register(Headed):
    """Everything the template prints. `ages` is {(age band, kind): how many are open}."""

    findings: tuple[Entered, ...]
    ages: Mapping[tuple[str, str], int]
    chart: Ageing
    kinds: tuple[str, ...]
    owners: tuple[tuple[str, tuple[Waiting, ...]], ...]
    clauses: tuple[Held, ...]

    @property
    def open(self) -> list[Entered]:
        """Those that wait for something still."""
        return [each for each in self.findings if each.found.is_open]

    @property
    def closed(self) -> list[Entered]:
        """Those that were closed."""
        return [each for each in self.findings if each.found.row.state == FindingState.CLOSED]

    @property
    def usual_days(self) -> int | None:
        """Half of the closed ones took no longer."""
        return median([each.days for each in self.closed])

    @property
    def late(self) -> list[Waiting]:
        """What should have been done by the day of the report."""
        return [each for _name, waiting in self.owners for each in waiting if each.late]

    def count(self, kind: FindingKind | str) -> int:
        """How many of one kind stand or stood; those withdrawn are not counted."""
        return sum(each.found.row.kind == kind and each.found.row.state != FindingState.WITHDRAWN for each in self.findings)


def build(brief: Brief) -> Register:
    """Read everything the register says, as it stands at the checkpoint of the brief."""
    found = curing.entered(brief)
    ages, chart, kinds = curing.by_age(found)
    still = sum(each.found.is_open for each in found)
    cover = (
        (_("Findings"), _("%(all)s, of which open: %(open)s", all=len(found), open=still)),
    )
    return Register(
        brief=brief,
        sections=numbered(SECTIONS, ANNEXES, brief.options),
        cover=tuple((str(label), told if isinstance(told, str) else str(told)) for label, told in cover),
        findings=found,
        ages=ages,
        chart=chart,
        kinds=kinds,
        owners=curing.by_owner(found, brief.point.on),
        clauses=curing.by_clause(found),
    )


def subjects(project_id: int) -> list[tuple[str, str]]:
    """The findings of the project, newest first: (code, code and statement)."""
    return [(label.partition(" ")[0], label) for _number, label in choices(project_id, limit=MOST)]
