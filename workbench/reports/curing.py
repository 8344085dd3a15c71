"""Findings as their register prints them: where each comes from, what it is held against, what waits, and its history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import Select, and_, literal, or_, select, union_all

from workbench.database import db
from workbench.findings.forms import SOURCES
from workbench.findings.models import Finding, FindingAction
from workbench.findings.rules import BAND_NAMES, Ageing, FindingKind, FindingState, Source, ageing, band
from workbench.projects.forms import LAYERS
from workbench.projects.queries import participants
from workbench.projects.rules import Layer
from workbench.reports.conformity import Treated, treated
from workbench.reports.places import Place, nowhere, places
from workbench.reports.rules import Brief, Options
from workbench.tools.queries import all_tools
from workbench.trail.models import EarlierEntry, Entry
from workbench.trail.queries import Event, event_of


@dataclass(frozen=True)
class Entered:
    """One finding of the register. `same` are the codes of the others held against the same clause."""

    found: Treated
    place: Place | None
    origin: str
    again: str  # the finding that it repeats
    same: tuple[str, ...]
    days: int
    overdue: tuple[FindingAction, ...]
    history: tuple[Event, ...]

    @property
    def code(self) -> str:
        """How people name it."""
        return self.found.row.code

    @property
    def more(self) -> tuple[tuple[str, str], ...]:
        """What the register says of it beyond the finding itself: (label, text)."""
        place = self.place
        told = (
            (_("Origin"), self.origin),
            (_("Clause"), "" if place is None else f"{place.pack}, {place.ref} {place.title}".strip(" ,")),
            (_("Comes again from"), self.again),
            (_("Also held against this clause"), ", ".join(self.same)),
        )
        return tuple((str(label), text) for label, text in told if text)


@dataclass(frozen=True)
class Waiting:
    """Something that somebody has to do about a finding: an action, or the judgement whether the actions worked."""

    code: str
    finding: str
    what: str
    due_on: date
    late: int  # days; 0 where there is time yet
    is_judgement: bool = False

    @property
    def lateness(self) -> str:
        """“5 days late”; "" where it is not."""
        return str(ngettext("%(num)s day late", "%(num)s days late", self.late)) if self.late else ""


@dataclass(frozen=True)
class Held:
    """How many findings are held against one clause, by kind."""

    pack: str
    ref: str
    title: str
    counts: Mapping[str, int]
    open: int
    codes: tuple[str, ...]


def entered(brief: Brief) -> tuple[Entered, ...]:
    """The findings that the options ask for, in the order of raising. The number of queries does not grow with them."""
    number, on = brief.project.id, brief.point.on
    found = treated(number, on, withdrawn=True)
    lines = places([number], brief.language)
    spots = {each.row.id: lines.of(each.row.checklist_id, each.row.item_key) for each in found}
    codes = {each.row.id: each.row.code for each in found}
    names = _names(number)
    told = _histories(brief, found)
    return tuple(
        Entered(
            each, spots[each.row.id], _origin(each.row, spots[each.row.id], names), codes.get(each.row.recurrence_of_id or 0, ""),
            _same(each, spots, codes), _days(each, on), tuple(one for one in each.open_actions if one.due_on < on),
            tuple(told.get(each.row.id, ())),
        )
        for each in found
        if _is_wanted(each, spots[each.row.id], brief.options)
    )


def _is_wanted(each: Treated, place: Place | None, options: Options) -> bool:
    row = each.row
    is_here = options.takes_step(place.step if place else None) and options.takes_pack(place.pack_id if place else "")
    return options.takes(row.code) and each.is_told(options.period) and is_here


def _days(each: Treated, on: date) -> int:
    until = each.row.closed_at.date() if each.row.closed_at is not None and not each.is_open else on
    return (until - each.row.raised_at.date()).days


def _same(each: Treated, spots: Mapping[int, Place | None], codes: Mapping[int, str]) -> tuple[str, ...]:
    mine = spots[each.row.id]
    if mine is None or not mine.ref:
        return ()
    return tuple(
        codes[number] for number, place in spots.items()
        if number != each.row.id and place is not None and (place.pack_id, place.ref) == (mine.pack_id, mine.ref)
    )


def _names(project_id: int) -> dict[tuple[str, int], str]:
    """{(participant or tool, number): name}; a confidential party by its layer only."""
    found = {("tool", each.id): each.name for each in all_tools()}
    for each in participants(project_id):
        unnamed = _("a party (name withheld), %(layer)s", layer=LAYERS[Layer(each.layer)])
        found["participant", each.id] = str(unnamed) if each.is_confidential else each.name
    return found


def _origin(row: Finding, place: Place | None, names: Mapping[tuple[str, int], str]) -> str:
    """“audit, AUD-2026-1, line G5-03”."""
    source = str(SOURCES[Source(row.source)]) if row.source else ""
    parts = [source, row.source_ref or "", place.occasion_told if place else ""]
    if place is not None:
        parts.append(str(_("line %(item)s of %(pack)s", item=place.item, pack=place.pack)))
    parts += [names.get(("participant", row.participant_id or 0), ""), names.get(("tool", row.tool_id or 0), "")]
    return ", ".join(dict.fromkeys(each for each in parts if each)) or str(_("not said"))


def _histories(brief: Brief, found: Sequence[Treated]) -> dict[int, list[Event]]:
    """{finding: what the trail tells of it, its actions and judgements}, oldest first, earlier logs before. One query."""
    owner = {("finding", each.row.id): each.row.id for each in found}
    for each in found:
        owner |= {("finding_action", one.id): each.row.id for one in each.actions}
        owner |= {("effectiveness_check", one.id): each.row.id for one in each.checks}
    if not owner:
        return {}
    here = _about(Entry, literal(1), Entry.seq, owner).where(
        Entry.project == brief.project.key, Entry.seq <= brief.point.size
    )
    before = _about(EarlierEntry, literal(0), EarlierEntry.id, owner)
    told: dict[int, list[Event]] = {}
    for _place, _number, kind, object_id, leaf in db.session.execute(union_all(here, before).order_by("place", "number")):
        told.setdefault(owner[kind, object_id], []).append(event_of(bytes(leaf)))
    return told


def _about(log: Any, place: Any, number: Any, owner: Iterable[tuple[str, int]]) -> Select[Any]:
    """The entries of a log, or of those before it, about these records."""
    ids: dict[str, list[int]] = {}
    for kind, each in owner:
        ids.setdefault(kind, []).append(each)
    wanted = [and_(log.object_type == kind, log.object_id.in_(each)) for kind, each in sorted(ids.items())]
    columns = (place.label("place"), number.label("number"), log.object_type, log.object_id, log.leaf)
    return select(*columns).where(or_(*wanted))


# What the register adds up


def by_age(found: Iterable[Entered]) -> tuple[dict[tuple[str, str], int], Ageing, tuple[str, ...]]:
    """({(age band, kind): how many are open}, the same laid out as a chart, the kinds that there are)."""
    still = [each for each in found if each.found.is_open]
    counts: dict[tuple[str, str], int] = {}
    for each in still:
        place = band(each.days), str(each.found.row.kind)
        counts[place] = counts.get(place, 0) + 1
    kinds = tuple(kind.value for kind in FindingKind if any(each.found.row.kind == kind for each in still))
    return dict(sorted(counts.items(), key=lambda each: BAND_NAMES.index(each[0][0]))), ageing(counts, kinds), kinds


def by_owner(found: Iterable[Entered], on: date) -> tuple[tuple[str, tuple[Waiting, ...]], ...]:
    """What waits, by whom: (name, what is to be done, the first due first); "" stands for nobody in particular."""
    tasks: dict[str, list[Waiting]] = {}
    for each in found:
        if not each.found.is_open:
            continue
        for action in each.found.open_actions:
            late = max(0, (on - action.due_on).days)
            tasks.setdefault(action.owner.name, []).append(Waiting(action.code, each.code, action.what, action.due_on, late))
        row = each.found.row
        if row.state == FindingState.ACTED and row.check_due_on is not None:
            what, late = str(_("Judge whether the actions worked")), max(0, (on - row.check_due_on).days)
            tasks.setdefault("", []).append(Waiting(row.code, row.code, what, row.check_due_on, late, is_judgement=True))
    names = sorted(tasks, key=lambda name: (not name, name.casefold(), name))
    return tuple((name, tuple(sorted(tasks[name], key=lambda each: (each.due_on, each.code)))) for name in names)


def by_clause(found: Iterable[Entered]) -> tuple[Held, ...]:
    """The clauses that findings are held against, in the order of their packs, then those held against none; the withdrawn
    ones are not counted.
    """
    lines: dict[tuple[str, str], list[tuple[Place, Entered]]] = {}
    loose = nowhere()
    for each in found:
        if each.found.row.state != FindingState.WITHDRAWN:
            place = each.place or loose
            lines.setdefault((place.pack, place.ref), []).append((place, each))
    ordered = sorted(lines.items(), key=lambda each: (not each[0][0], each[0][0], min(place.rank for place, _one in each[1])))
    return tuple(
        Held(
            pack, ref, group[0][0].title,
            {kind.value: sum(one.found.row.kind == kind for _place, one in group) for kind in FindingKind},
            sum(one.found.is_open for _place, one in group), tuple(one.code for _place, one in group),
        )
        for (pack, ref), group in ordered
    )
