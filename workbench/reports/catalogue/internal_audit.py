"""The internal audit report: one audit, or several one after the other, in the sections that ISO 19011 reports share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from workbench.checklists.library import Pack, library, pack
from workbench.checklists.rules import GATES_PACK
from workbench.evidence.queries import files_of_project
from workbench.findings.rules import OPEN, FindingKind
from workbench.lifecycle.conditions.case import Gate
from workbench.lifecycle.gates import gates_of
from workbench.lifecycle.queries import StepLine, timeline
from workbench.people.rules import Permission
from workbench.projects.queries import participants
from workbench.projects.rules import ProjectKind
from workbench.reports import judging
from workbench.reports.auditing import Told, audits_told
from workbench.reports.boards import Change, changes_of
from workbench.reports.headings import Headed
from workbench.reports.reads import audit_choices
from workbench.reports.rules import Brief, Options, Section
from workbench.reports.words import unnamed
from workbench.web.filters import on

KEY = "internal_audit"
TITLE = _l("Internal audit report")
NOTE = _l("For management and the audited: method and samples, clause by clause, findings, conclusion and limits of each audit.")
PERMISSION = Permission.REPORT_BUILD
SECTIONS = (
    ("summary", _l("Summary")),
    ("scope", _l("Objectives, scope and criteria")),
    ("people", _l("Client, team and people met")),
    ("method", _l("Method and sampling")),
    ("previous", _l("Findings of earlier audits")),
    ("gates", _l("Where the project stands")),
    ("clauses", _l("Conformity, clause by clause")),
    ("service", _l("Additions for service management")),
    ("findings", _l("Findings")),
    ("good", _l("Good practice")),
    ("opportunities", _l("Opportunities for improvement and observations")),
    ("disagreements", _l("Points on which both sides still differ")),
    ("conclusion", _l("Conclusion")),
    ("actions", _l("Actions agreed")),
    ("limits", _l("Limits of this report")),
    ("approval", _l("Distribution, approval and version")),
)
ANNEXES = (
    ("evidence", _l("Evidence index")),
    ("items", _l("Checklist answers")),
)
SUBJECTS = _l("Audits")
SERVICE_PACK = "iso20000"
# What a report on service management adds, with the clauses whose answers, samples and notes tell of it.
SERVICE = (
    (_l("Services and customers in scope, other parties and what they run"), ("8.2.3",)),
    (_l("Service targets against results"), ("8.3.3", "9.4")),
    (_l("Changes sampled"), ("8.5.1",)),
    (_l("Releases sampled"), ("8.5.3",)),
    (_l("Configuration held against the real thing"), ("8.2.6",)),
    (_l("Major incidents and problems of the period"), ("8.6",)),
)


@dataclass(frozen=True)
class Topic:
    """A subject of service management: its clauses as they were judged, what was drawn and what was noted of them."""

    title: str
    clauses: tuple[str, ...]
    rows: tuple[Any, ...]
    samples: tuple[Any, ...]
    notes: tuple[Any, ...]


@dataclass(frozen=True)
class Part:
    """One audit as it is printed: its headings and the sentences that are made of its records."""

    told: Told
    sections: Mapping[str, Section]
    heading: Section | None  # of the audit itself, where the document holds several
    standards: tuple[str, ...]
    conclusion: tuple[str, ...]
    questions: tuple[str, ...]
    topics: tuple[Topic, ...]
    until: date  # the last day that can have been looked at

    @property
    def prefix(self) -> str:
        """What stands before the ids of its headings."""
        return f"{self.heading.id}-" if self.heading else ""


@dataclass(frozen=True)
class InternalAudit(Headed):
    """Everything the template prints. `parties` are (layer, name) of those outside; `hidden` {name: what stands for it}."""

    parts: tuple[Part, ...]
    steps: Sequence[StepLine]
    gates: Sequence[Gate]
    gates_pack: Pack
    has_steps: bool
    changes: tuple[Change, ...]
    parties: tuple[tuple[str, str, str], ...]
    hidden: Mapping[str, str]

    def told(self, text: str | None) -> str:
        """A typed text; who stays unnamed is unnamed here too."""
        found = text or ""
        for name, instead in self.hidden.items():
            found = found.replace(name, instead)
        return found


def build(brief: Brief) -> InternalAudit:
    """Read the audits that are asked for, as they stand at the checkpoint of the brief."""
    number, day = brief.project.id, brief.point.on
    steps = timeline(number)
    evidence = tuple(judging.as_of(each, day) for each in files_of_project(number))
    told = audits_told(number, day, brief.options, evidence)
    parts = tuple(_part(each, place, brief, is_one=len(told) == 1) for place, each in enumerate(told, 1))
    known = participants(number)
    hidden = {each.name: unnamed(each.layer) for each in known if each.is_confidential and each.name}
    return InternalAudit(
        brief=brief,
        sections=tuple(each for part in parts for each in _listed(part)) or _nothing_held(),
        cover=_cover(told, brief),
        parts=parts,
        steps=steps,
        gates=_gates_waived(steps, brief),
        gates_pack=pack(GATES_PACK),
        has_steps=brief.project.kind != ProjectKind.SYSTEM,
        changes=changes_of(number, evidence) if any(part.topics for part in parts) else (),
        parties=tuple(
            (each.layer, hidden.get(each.name, each.name), "" if each.is_confidential else each.expects) for each in known
        ),
        hidden=dict(sorted(hidden.items(), key=lambda pair: (-len(pair[0]), pair[0]))),
    )


def _gates_waived(steps: Sequence[StepLine], brief: Brief) -> Sequence[Gate]:
    """The gates, for what their criteria are called; they are asked for only where one was waived."""
    if not any(each.waivers for each in steps):
        return ()
    return gates_of(project_id=brief.project.id, key=brief.project.key, on=brief.point.on, language=brief.language)[1]


def subjects(project_id: int) -> list[tuple[str, str]]:
    """The audits of the project, the newest first."""
    return audit_choices(project_id)


def _cover(told: Sequence[Told], brief: Brief) -> tuple[tuple[str, str | Sequence[str]], ...]:
    if len(told) != 1:
        audits = [f"{each.row.number}, {each.row.title}" for each in told]
        return ((str(_("Audits")), audits or str(_("none held"))), (str(_("Scope")), brief.project.scope))
    row = told[0].row
    return (
        (str(_("Audit")), f"{row.number}, {row.title}"),
        (str(_("Criteria")), _standards(told[0], brief.language) or row.criteria),
        (str(_("Scope")), row.scope or brief.project.scope),
        (str(_("Lead auditor")), told[0].lead),
        (str(_("Audit client")), row.client or brief.organisation),
    )


def _standards(told: Told, language: str) -> tuple[str, ...]:
    """The standards that the audit is held against, as its checklists have them, else as its plan names them."""
    known = library()
    packs = {each.checklist.pack_id: each.pack for each in told.judged}
    found = ((name, packs.get(name) or known.get(name)) for name in dict.fromkeys((*told.row.packs, *packs)))
    return tuple(name if each is None else _titled(each, language) for name, each in found)


def _titled(standard: Pack, language: str) -> str:
    title = standard.title.in_(language)
    if standard.kind != "standard" or standard.edition in title:
        return title
    return str(_("%(title)s, edition %(edition)s", title=title, edition=standard.edition))


def _nothing_held() -> tuple[Section, ...]:
    return (Section("none", "1", str(_("Audits of this project"))),)


def _listed(part: Part) -> list[Section]:
    return [*([part.heading] if part.heading else []), *part.sections.values()]


def _part(told: Told, place: int, brief: Brief, *, is_one: bool) -> Part:
    topics = _topics(told)
    heading = None if is_one else Section(f"audit-{place}", str(place), f"{told.row.number} · {told.row.title}")
    return Part(
        told=told,
        sections=_headings(heading, brief.options, has_service=bool(topics), has_steps=brief.project.kind != ProjectKind.SYSTEM),
        heading=heading,
        standards=_standards(told, brief.language),
        conclusion=_conclusion(told),
        questions=_questions(told, brief),
        topics=topics,
        until=told.row.concluded_at.date() if told.row.concluded_at is not None else brief.point.on,
    )


def _headings(heading: Section | None, options: Options, *, has_service: bool, has_steps: bool) -> dict[str, Section]:
    left_out = {name for name, has in (("service", has_service), ("gates", has_steps)) if not has}
    body = [each for each in SECTIONS if each[0] not in left_out]
    annexes = [each for each in ANNEXES if each[0] not in options.without]
    if heading is None:
        numbers = [*(str(each) for each in range(1, len(body) + 1)), *(chr(ord("A") + each) for each in range(len(annexes)))]
    else:
        numbers = [f"{heading.number}.{each}" for each in range(1, len(body) + len(annexes) + 1)]
    prefix = f"{heading.id}-" if heading else ""
    return {
        name: Section(prefix + name, number, str(title), place >= len(body) and heading is None)
        for place, ((name, title), number) in enumerate(zip([*body, *annexes], numbers, strict=True))
    }


def _conclusion(told: Told) -> tuple[str, ...]:
    """What the audit came to in three sentences: how far it has come, what was found, how much was looked at."""
    if told.is_held and told.row.concluded_at is not None:
        first = _("The audit was concluded by %(name)s; its conclusion is signed.", name=told.lead or _("the lead auditor"))
    elif told.row.state == "cancelled":
        first = _("The audit was cancelled: %(reason)s", reason=told.row.cancelled_reason or _("no reason was given"))
    elif told.is_ahead:
        return (str(_("The audit has not been held yet: this document tells what is planned.")),)
    else:
        first = _("The audit has not been concluded: this document tells how far it has come.")
    kinds = ("major", "minor", "opportunity")
    counts = {kind: len(told.of_kind(kind)) for kind in kinds}
    found = _(
        "Findings raised: major nonconformities %(major)s, minor nonconformities %(minor)s, "
        "opportunities for improvement %(opportunity)s.",
        **counts,
    )
    seen = _(
        "%(answered)s of %(items)s criteria were looked at; nothing is said about the others.",
        answered=told.answered, items=told.items,
    )
    if not told.findings:
        found = _("No finding was raised.") if told.is_held else _("No finding has been raised so far.")
    return str(first), str(found), str(seen if told.items else "")


def _questions(told: Told, brief: Brief) -> tuple[str, ...]:
    """What management has to decide; empty where nothing waits."""
    due = [each for found in told.findings for each in found.open_actions if each.due_on < brief.point.on]
    waiting = [each.row for each in told.findings if each.row.state in OPEN]
    wanted = (
        (sum(each.kind == FindingKind.MAJOR for each in waiting), _("Major nonconformities to correct")),
        (sum(each.owner_id is None for each in waiting), _("Findings that nobody owns yet")),
        (len(due), _("Actions that are overdue")),
        (len(told.unsettled), _("Points on which auditor and auditee still differ")),
        (sum(each.is_open for _number, each in told.earlier), _("Findings of earlier audits that are still open")),
    )
    texts = [f"{text} – {count}" for count, text in wanted if count]
    if told.row.follow_up_on is not None and told.row.closed_at is None:
        texts.append(str(_("The follow-up foreseen for %(day)s", day=on(told.row.follow_up_on))))
    return tuple(texts)


def _topics(told: Told) -> tuple[Topic, ...]:
    """The additions for service management, where such a standard was audited."""
    if not any(each.startswith(SERVICE_PACK) for each in (*told.row.packs, *(one.checklist.pack_id for one in told.judged))):
        return ()
    rows = [row for each in told.judged if each.checklist.pack_id.startswith(SERVICE_PACK) for row in each.rows if row.total]
    return tuple(
        Topic(
            str(title), clauses,
            tuple(each for each in rows if _within(each.ref, clauses)),
            tuple(each for each in told.samples if _within(each.clause, clauses)),
            tuple(each for each in told.notes if _within(each.clause, clauses)),
        )
        for title, clauses in SERVICE
    )


def _within(ref: str, clauses: Sequence[str]) -> bool:
    return any(ref == each or ref.startswith(f"{each}.") for each in clauses)
