"""What a report is built from, what may be chosen for it, and which acts leave its content as it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
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
    "report_built", "report_signed", "bundle_built", "bundle_kept", "signed_in", "signed_out", "preference_set",
    "report_named", "named_report_changed", "named_report_withdrawn", "named_report_put_back",
    "reports_shared", "sharing_revoked", "shared_list_opened", "shared_file_opened", "project_exported",
})
# Kinds of records that every project reads, whichever project says something of them: what a tool can do.
SHARED_OBJECTS = frozenset({"capability"})


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


class FileFormat(StrEnum):
    """What a report is written as."""

    PDF = "pdf"
    DOCX = "docx"


class Cadence(StrEnum):
    """How often a named report is built by itself."""

    NEVER = ""
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    YEARLY = "yearly"


class Moving(StrEnum):
    """Which period the report of a cadence tells of, seen from the day it is built."""

    FIXED = ""
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


_MONTHS = {Cadence.MONTHLY: 1, Cadence.QUARTERLY: 3, Cadence.YEARLY: 12, Moving.MONTH: 1, Moving.QUARTER: 3, Moving.YEAR: 12}


@dataclass(frozen=True)
class Period:
    """Both days belong to it; an end that is missing is open."""

    first: date | None = None
    last: date | None = None

    @property
    def is_set(self) -> bool:
        """Whether it leaves anything out."""
        return self.first is not None or self.last is not None

    def holds(self, day: date | datetime | None) -> bool:
        """Whether something of that day is told. What has no day is told always."""
        if day is None:
            return True
        on = day.date() if isinstance(day, datetime) else day
        return (self.first is None or on >= self.first) and (self.last is None or on <= self.last)

    def meets(self, first: date | datetime | None, last: date | datetime | None) -> bool:
        """Whether something that went on from one day to another did so within it; an end that is missing is open."""
        began, ended = (each.date() if isinstance(each, datetime) else each for each in (first, last))
        begins_in_time = self.last is None or began is None or began <= self.last
        return begins_in_time and (self.first is None or ended is None or ended >= self.first)


class Kind(StrEnum):
    """What a reader of a lower level may not see."""

    AMOUNTS = "amounts"  # prices, amounts, margins
    MARKED = "marked"  # what is marked confidential where it is kept
    PERSONS = "persons"  # names of persons, inside and outside
    CLIENTS = "clients"  # names of clients in trials and reconciliations
    FILES = "files"  # names and addresses of the evidence files
    STATEMENTS = "statements"  # what consulted people said
    ADDRESSES = "addresses"  # e-mail addresses, hosts, addresses


# What each level of a reader withholds, beyond what no report ever prints.
LEVELS: Mapping[Confidentiality, frozenset[Kind]] = {
    Confidentiality.CONFIDENTIAL: frozenset(),
    Confidentiality.INTERNAL: frozenset({Kind.AMOUNTS, Kind.MARKED}),
    Confidentiality.PUBLIC: frozenset(Kind),
}
# Fields of registers that a level withholds as a whole, whatever stands in them.
FIELDS: Mapping[str, Mapping[str, Kind]] = {
    "consultation": {"statement": Kind.STATEMENTS},
    "acceptance_run": {"expected_amount": Kind.AMOUNTS, "got_amount": Kind.AMOUNTS},
    "offer_line": dict.fromkeys(("price", "fee", "overage", "account_fee", "fees", "tiers"), Kind.AMOUNTS),
    "benefit": {"saving": Kind.AMOUNTS},
    "objective": {"savings": Kind.AMOUNTS},
    "source": {"url": Kind.ADDRESSES},
}
# Fields that hold an amount where the unit beside them is money.
MEASURED: Mapping[str, tuple[str, ...]] = {
    "baseline": ("value",), "benefit": ("value_now",), "objective": ("baseline", "target"),
}
# Fields of a record that is kept confidential, withheld from a level that does not see what is marked so.
MARKED_FIELDS: Mapping[str, frozenset[str]] = {"consultation": frozenset({"disposition_kind", "disposition", "accepted_by"})}
# From the level that sees least to the one that sees all.
LOWEST_FIRST = (Confidentiality.PUBLIC, Confidentiality.INTERNAL, Confidentiality.CONFIDENTIAL)


def period_before(moving: Moving, on: date) -> Period:
    """The whole week (Monday to Sunday), month, quarter or year before the one that holds a day."""
    if moving == Moving.FIXED:
        return Period()
    if moving == Moving.WEEK:
        monday = on - timedelta(days=on.weekday())
        return Period(monday - timedelta(days=7), monday - timedelta(days=1))
    size = _MONTHS[moving]
    begin = on.replace(month=(on.month - 1) // size * size + 1, day=1)
    before = months_later(begin, -size)
    return Period(before, begin - timedelta(days=1))


def next_on(cadence: Cadence, after: date) -> date | None:
    """The next day a report of this cadence is built: the next Monday, or the first day of the next month, quarter, year."""
    if cadence == Cadence.NEVER:
        return None
    if cadence == Cadence.WEEKLY:
        return after + timedelta(days=7 - after.weekday())
    size = _MONTHS[cadence]
    return months_later(after.replace(month=(after.month - 1) // size * size + 1, day=1), size)


def months_later(first: date, months: int) -> date:
    """A first of a month so many months later, or earlier."""
    place = first.year * 12 + first.month - 1 + months
    return date(place // 12, place % 12 + 1, 1)


_LISTS = ("packs", "subjects", "without")


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
    file_format: FileFormat = FileFormat.PDF

    def takes_step(self, number: int | None) -> bool:
        """Whether something of that step is in the scope; what belongs to no step is."""
        return not self.steps or number is None or number in self.steps

    def takes_pack(self, pack_id: str) -> bool:
        """Whether a checklist of that pack is in the scope."""
        return not self.packs or pack_id in self.packs

    def takes(self, code: str) -> bool:
        """Whether the report tells of what has that code."""
        return not self.subjects or code in self.subjects

    def shows(self, kind: str) -> bool:
        """Whether the reader's level sees that kind (of `Kind`; raises ValueError for any other word)."""
        return Kind(kind) not in LEVELS[self.confidentiality]

    def as_json(self) -> dict[str, Any]:
        """Only what differs from the usual, so that the same choice is always written the same way."""
        given: dict[str, Any] = {
            "from": self.period.first and self.period.first.isoformat(),
            "to": self.period.last and self.period.last.isoformat(),
            "steps": list(self.steps), "packs": list(self.packs), "subjects": list(self.subjects),
            "without": sorted(self.without), "is_archival": self.is_archival,
            "confidentiality": "" if self.confidentiality == Confidentiality.CONFIDENTIAL else str(self.confidentiality),
            "paper": "" if self.paper == Paper.A4 else str(self.paper),
            "format": "" if self.file_format == FileFormat.PDF else str(self.file_format),
        }
        return {name: value for name, value in given.items() if value}

    @classmethod
    def of_json(cls, given: Mapping[str, Any]) -> Options:
        """As `as_json` wrote it. Raises ValueError or TypeError for anything else."""
        steps, names = given.get("steps", ()), [each for part in _LISTS for each in given.get(part, ())]
        if not {*steps} <= set(range(1, 10)) or not all(isinstance(each, str) for each in names):
            raise ValueError(given)
        first, last = (given.get(name) for name in ("from", "to"))
        return cls(
            period=Period(first and date.fromisoformat(first), last and date.fromisoformat(last)),
            steps=tuple(given.get("steps", ())), packs=tuple(given.get("packs", ())),
            subjects=tuple(given.get("subjects", ())), without=tuple(given.get("without", ())),
            confidentiality=Confidentiality(given.get("confidentiality", Confidentiality.CONFIDENTIAL)),
            paper=Paper(given.get("paper", Paper.A4)), is_archival=bool(given.get("is_archival")),
            file_format=FileFormat(given.get("format", FileFormat.PDF)),
        )


def check_kept(kept: Mapping[str, Any]) -> None:
    """Raise ValueError or TypeError where these are no options of a report, such as in a file of another installation."""
    Options.of_json(kept)
    Moving(kept.get("moves", Moving.FIXED))


def options_on(kept: Mapping[str, Any], on: date) -> Options:
    """What a report under a name is built with on a day: its period moves with the day where it says so ("moves")."""
    options, moving = Options.of_json(kept), Moving(kept.get("moves", Moving.FIXED))
    return options if moving == Moving.FIXED else replace(options, period=period_before(moving, on))


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


SECRET_BYTES = 32  # of the address that a guest gets
LONGEST_SHARING = 90  # days
COUNTED_AGAIN = timedelta(hours=1)  # the list, looked at again within it from the same address, is the same opening


class SharingState(StrEnum):
    """Where a link for a guest stands."""

    OPEN = "open"
    ENDED = "ended"
    REVOKED = "revoked"


@dataclass(frozen=True)
class SharingGuest:
    """Who opens what was shared with them: the trail names the sharing, never the person."""

    name: str  # such as "guest of sharing 3"
    id: int = 0


def sharing_state(is_revoked: bool, ends_at: datetime, now: datetime) -> SharingState:
    """A link ends at its moment, not after it; one that somebody ended stays so."""
    if is_revoked:
        return SharingState.REVOKED
    return SharingState.ENDED if ends_at <= now else SharingState.OPEN
