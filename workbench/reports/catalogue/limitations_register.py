"""Limitations and tools: what the tools in scope cannot do and what that strikes, what they can, and how they are connected."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from workbench.people.rules import Permission
from workbench.projects.rules import Layer
from workbench.reports.headings import Headed
from workbench.reports.rules import Brief, numbered
from workbench.reports.tooling import Tooling, tooling
from workbench.tools.queries import limitations_of_project

KEY = "limitations_register"
TITLE = _l("Limitations and tools")
NOTE = _l("For whoever buys and whoever decides: what each tool cannot do, since when, what was promised, and what it strikes.")
PERMISSION = Permission.REPORT_BUILD
SECTIONS = (
    ("summary", _l("Summary")),
    ("limitations", _l("Limitations")),
    ("promises", _l("Promises")),
    ("tools", _l("Tools in scope")),
    ("capabilities", _l("What the tools can do")),
    ("connections", _l("What passes between the tools")),
    ("licences", _l("Trial licences")),
)
ANNEXES = (("learnt", _l("What was learnt about the tools")), ("customisations", _l("Customisations")))
SUBJECTS = _l("Limitations")


@dataclass(frozen=True)
class Limitations(Headed):
    """Everything the template prints."""

    seen: Tooling

    def count(self, layer: str, decision: str | None) -> int:
        """How many limitations of a layer ("" for all of them) are decided so; None: not decided."""
        return sum(layer in ("", each.row.layer) and (each.row.decision or None) == decision for each in self.seen.limits)

    @property
    def layers(self) -> list[Layer]:
        """The layers at which there is a limitation, from inside to the editor."""
        return [each for each in Layer if any(one.row.layer == each for one in self.seen.limits)]


def build(brief: Brief) -> Limitations:
    """Read everything the report says, as it stands at the checkpoint of the brief."""
    seen = tooling(brief)
    told = _("%(limits)s, tools in scope: %(tools)s", limits=len(seen.limits), tools=len(seen.tools))
    return Limitations(
        brief=brief,
        sections=numbered(SECTIONS, ANNEXES, brief.options),
        cover=((str(_("Limitations")), str(told)),),
        seen=seen,
    )


def subjects(project_id: int) -> list[tuple[str, str]]:
    """The limitations that stand, in the order of their codes: (code, code and statement)."""
    return [(each.code, f"{each.code} {each.statement[:80]}") for each in limitations_of_project(project_id)]
