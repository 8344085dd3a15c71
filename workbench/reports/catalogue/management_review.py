"""The pack of the management review: each input with what the system knows, what was decided, and the projects side by side."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from workbench.oversight.rules.reviews import DecisionKind
from workbench.people.rules import Permission
from workbench.projects.queries import project
from workbench.projects.rules import ProjectKind
from workbench.reports import reviewing
from workbench.reports.headings import Headed
from workbench.reports.portfolio import Portfolio, portfolio
from workbench.reports.reviewing import Taken
from workbench.reports.rules import Brief, numbered
from workbench.web.filters import on

KEY = "management_review"
TITLE = _l("Management review")
NOTE = _l("For those who lead: every input that the standards name, with its figures, what was decided, and the projects.")
PERMISSION = Permission.REVIEW_HOLD  # it tells of what was decided above the projects
READ = Permission.AUDIT_READ  # a guest of the project does not open it
LOOKS_AT_ALL = True  # on the management system's own project: so a change of any project asks for a new checkpoint
SECTIONS = (
    ("summary", _l("Summary")),
    ("inputs", _l("What the review considers")),
    ("decisions", _l("Decisions and actions")),
    ("projects", _l("The projects")),
    ("clauses", _l("Findings by clause")),
)
ANNEXES = (("rows", _l("What stands behind the figures")),)
SUBJECTS = _l("Reviews")
NONE_CHOSEN = _l("None ticked: the figures as of now.")
MOST_ROWS = 200


@dataclass(frozen=True)
class Review(Headed):
    """Everything the template prints. `packs` are the reviews asked for, or the figures as of now; `last` is the one before."""

    packs: tuple[Taken, ...]
    last: tuple[Taken, ...]
    projects: Portfolio
    is_everything: bool  # whether it tells of every project, as that of the management system does
    most_rows: int = MOST_ROWS

    @property
    def decided(self) -> tuple[Taken, ...]:
        """The reviews whose decisions are told."""
        return tuple(each for each in (*self.last, *self.packs) if each.is_review)

    def decisions(self, each: Taken, kind: DecisionKind | str) -> list[str]:
        """What a review decided of one kind: “D1: text”."""
        return [one.code + _(": ") + one.text for one in each.decisions if one.kind == kind]


def build(brief: Brief) -> Review:
    """Read everything the pack says, as it stands at the checkpoint of the brief; what was held stands as it was frozen."""
    packs = reviewing.taken(brief)
    named = [each.row.number for each in packs if each.is_review] or [str(_("the figures as of now"))]
    return Review(
        brief=brief,
        sections=numbered(SECTIONS, ANNEXES, brief.options),
        cover=((str(_("Review")), named),),
        packs=packs,
        last=reviewing.last_held(brief),
        projects=portfolio(brief, reviewing.scope_of(brief.project)),
        is_everything=brief.project.kind == ProjectKind.SYSTEM,
    )


def subjects(project_id: int) -> list[tuple[str, str]]:
    """The reviews that take the project in, newest first: (number, number and day)."""
    rows = reversed(reviewing.reviews_of(project(project_id)))
    return [(each.number, f"{each.number} ({on(each.held_on or each.planned_on)})") for each in rows]
