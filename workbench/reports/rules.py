"""What a report is built from, what may be chosen for it, and which acts leave its content as it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from workbench.projects.rules import Confidentiality

if TYPE_CHECKING:
    from workbench.projects.models import Project

BUNDLE = "bundle"
ACCENT = "#14595a"  # of a report where the company has set none
# Acts that change nothing a report says. Whatever else happens to the project, or to the installation as a whole (entries
# without a project: persons, tools), asks for a new checkpoint.
NEUTRAL_ACTS = frozenset({
    "report_built", "bundle_built", "bundle_kept", "signed_in", "signed_out", "preference_set",
    "report_named", "named_report_changed", "named_report_withdrawn", "named_report_put_back",
    "reports_shared", "sharing_revoked", "shared_list_opened", "shared_file_opened", "project_exported", "project_imported",
})


@dataclass(frozen=True)
class Point:
    """The state of the trail that a report is built from: the signed checkpoint that precedes the building."""

    size: int
    root: str
    key_name: str
    vkey: str
    note: str
    at: datetime

    @property
    def on(self) -> date:
        """The day ages and validity are counted from, so that the same data give the same report whenever it is built."""
        return self.at.date()


class Paper(StrEnum):
    """The size of the sheets."""

    A4 = "A4"
    LETTER = "letter"


class Cadence(StrEnum):
    """How often a named report is built by itself."""

    NEVER = ""
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    YEARLY = "yearly"


@dataclass(frozen=True)
class Period:
    """Both days belong to it; an end that is missing is open."""

    first: date | None = None
    last: date | None = None

    def holds(self, day: date | datetime | None) -> bool:
        """Whether something of that day is told. What has no day is told always."""
        if day is None:
            return True
        on = day.date() if isinstance(day, datetime) else day
        return (self.first is None or on >= self.first) and (self.last is None or on <= self.last)


@dataclass(frozen=True)
class Options:
    """What may be chosen for a report. Empty `steps`, `packs` and `subjects` stand for all.

    `subjects` are codes of what a report tells of (an audit, a request for change); `without` are the ids of the
    appendices left out; `confidentiality` is the level of whoever will read it.
    """

    period: Period = Period()
    steps: tuple[int, ...] = ()
    packs: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    confidentiality: Confidentiality = Confidentiality.CONFIDENTIAL
    without: tuple[str, ...] = ()
    paper: Paper = Paper.A4
    is_archival: bool = False

    def takes_step(self, number: int | None) -> bool:
        """Whether something of that step is in the scope; what belongs to no step is."""
        return not self.steps or number is None or number in self.steps

    def takes_pack(self, pack_id: str) -> bool:
        """Whether a checklist of that pack is in the scope."""
        return not self.packs or pack_id in self.packs

    def takes(self, code: str) -> bool:
        """Whether the report tells of what has that code."""
        return not self.subjects or code in self.subjects

    def as_json(self) -> dict[str, Any]:
        """Only what differs from the usual, so that the same choice is always written the same way."""
        given: dict[str, Any] = {
            "from": self.period.first and self.period.first.isoformat(),
            "to": self.period.last and self.period.last.isoformat(),
            "steps": list(self.steps), "packs": list(self.packs), "subjects": list(self.subjects),
            "without": sorted(self.without), "is_archival": self.is_archival,
            "confidentiality": "" if self.confidentiality == Confidentiality.CONFIDENTIAL else str(self.confidentiality),
            "paper": "" if self.paper == Paper.A4 else str(self.paper),
        }
        return {name: value for name, value in given.items() if value}

    @classmethod
    def of_json(cls, given: Mapping[str, Any]) -> Options:
        """As `as_json` wrote it."""
        first, last = (given.get(name) for name in ("from", "to"))
        return cls(
            period=Period(first and date.fromisoformat(first), last and date.fromisoformat(last)),
            steps=tuple(given.get("steps", ())), packs=tuple(given.get("packs", ())),
            subjects=tuple(given.get("subjects", ())), without=tuple(given.get("without", ())),
            confidentiality=Confidentiality(given.get("confidentiality", Confidentiality.CONFIDENTIAL)),
            paper=Paper(given.get("paper", Paper.A4)), is_archival=bool(given.get("is_archival")),
        )


@dataclass(frozen=True)
class Identity:
    """How the company's reports look. `logo` is the bytes of a PNG or an SVG, with its media type; empty where there is none."""

    organisation: str
    address: str = ""
    accent: str = ACCENT
    logo: bytes = b""
    logo_type: str = ""


@dataclass(frozen=True)
class Brief:
    """What a report of the catalogue is asked for."""

    project: Project
    language: str
    identity: Identity
    point: Point
    options: Options = field(default_factory=Options)

    @property
    def organisation(self) -> str:
        """The company's name."""
        return self.identity.organisation


@dataclass(frozen=True)
class Section:
    """One heading of the contents; `number` is a digit of the body or a letter of an appendix."""

    id: str
    number: str
    title: str
    is_annex: bool = False


def numbered(
    body: Sequence[tuple[str, Any]], annexes: Sequence[tuple[str, Any]] = (), options: Options | None = None
) -> tuple[Section, ...]:
    """The sections of a report in their order, numbered; the appendices that the options leave out are not among them."""
    left_out = options.without if options else ()
    kept = [(name, title) for name, title in annexes if name not in left_out]
    return (
        *(Section(name, str(number), str(title)) for number, (name, title) in enumerate(body, 1)),
        *(Section(name, chr(ord("A") + place), str(title), True) for place, (name, title) in enumerate(kept)),
    )
