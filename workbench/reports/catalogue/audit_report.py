"""The audit report: what a certification body is handed. Sections and their order follow the conventions of ISO 19011 reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from workbench.checklists.library import Pack, pack
from workbench.checklists.rules import GATES_PACK
from workbench.evidence.queries import File, files_of_project
from workbench.inquiry.queries import consultations, objectives
from workbench.lifecycle.conditions.case import Gate
from workbench.lifecycle.forms import altered_in_words
from workbench.lifecycle.gates import gates_of
from workbench.lifecycle.models import DecisionCondition, GateDecision, Waiver
from workbench.lifecycle.queries import StepLine, altered
from workbench.oversight.queries.handover import OfProject, hand_overs_of_project
from workbench.people.queries import team
from workbench.people.rules import Function, Permission
from workbench.projects.queries import participants
from workbench.projects.rules import ProjectKind
from workbench.reports import conformity, judging
from workbench.reports.boards import Boards, boards
from workbench.reports.citing import Cited, cited_of
from workbench.reports.conformity import Audited, Differing, Treated
from workbench.reports.headings import Headed
from workbench.reports.judging import Figures, Judged
from workbench.reports.records import Chapter, chapters
from workbench.reports.redaction import withheld
from workbench.reports.rules import Brief, Kind, Options, numbered
from workbench.reports.trying import Bill, Tried, bills_of, tried
from workbench.reports.words import unnamed
from workbench.tools.queries import connections_among, limitations_of_project, tools_of_project
from workbench.tools.rules import whole_months
from workbench.trials.queries import RunPage, newest_of_each_period, run_page

KEY = "audit_report"
TITLE = _l("Audit report")
NOTE = _l("A PDF to hand over: scope, decisions, clause by clause, reconciliation, evidence with SHA-256.")
PERMISSION = Permission.REPORT_BUILD
SECTIONS = (
    ("summary", _l("Summary")),
    ("scope", _l("Objectives, scope and criteria")),
    ("people", _l("Client, team and participants")),
    ("method", _l("Method and sampling")),
    ("previous", _l("Findings of earlier audits")),
    ("gates", _l("Steps, gates and decisions")),
    ("clauses", _l("Conformity, clause by clause")),
    ("findings", _l("Findings")),
    ("trials", _l("Sandbox trial and reconciliation")),
    ("limitations", _l("Limitations of the tools")),
    ("conclusion", _l("Conclusion")),
    ("actions", _l("Actions agreed")),
    ("limits", _l("Limits of this report")),
    ("approval", _l("Distribution, approval and version")),
)
ANNEXES = (
    ("items", _l("Gate criteria as they were decided on")),
    ("evidence", _l("Evidence index")),
    ("trail", _l("Trail, checkpoint and how to verify")),
    ("records", _l("Records of the steps")),
)
SUBJECTS = ""


@dataclass(frozen=True)
class Party:
    """A party as the report may name it: a confidential one stays unnamed."""

    name: str
    organisation: str
    layer: str
    expects: str


@dataclass(frozen=True)
class Heard:
    """A consultation as the report may tell it: who stays unnamed is unnamed here."""

    code: str
    held_on: date
    who: str
    layer: str
    hub: str
    kind: str
    statement: str
    disposition: str


@dataclass(frozen=True)
class Aged:
    """A limitation with its age on the day of the report."""

    row: Any
    age: str


@dataclass(frozen=True)
class AuditReport(Headed):
    """Everything the template prints. `bills` are those of each run, by its number."""

    figures: Figures
    conclusion: tuple[str, ...]
    questions: tuple[str, ...]
    sponsor: str
    manager: str
    team: Sequence[Any]
    parties: tuple[Party, ...]
    heard: tuple[Heard, ...]
    objectives: Sequence[Any]
    tools: Sequence[Any]
    connections: Sequence[Any]
    judged: tuple[Judged, ...]
    gates_pack: Pack
    steps: Sequence[StepLine]
    gates: Sequence[Gate]
    decisions: tuple[GateDecision, ...]
    waivers: tuple[Waiver, ...]
    conditions: tuple[DecisionCondition, ...]
    findings: tuple[Treated, ...]
    opportunities: tuple[Treated, ...]
    differing: tuple[Differing, ...]
    audits: tuple[Audited, ...]
    hand_overs: Sequence[OfProject]
    trials: tuple[RunPage, ...]
    bills: dict[int, tuple[Bill, ...]]
    tried: Tried
    limitations: tuple[Aged, ...]
    evidence: tuple[File, ...]
    cited: Mapping[int, Sequence[Cited]]  # {piece of evidence: the records that name it}
    boards: Boards
    chapters: tuple[Chapter, ...]

    @property
    def has_steps(self) -> bool:
        """Whether the project goes through the nine steps: the management system itself does not."""
        return self.brief.project.kind != ProjectKind.SYSTEM

    def raised_on(self, judged: Judged, ref: str) -> list[str]:
        """The codes of the findings raised on the lines of a clause of one checklist."""
        lines = {each.key for each in judged.pack.items if each.clause == ref} if judged.pack else set()
        raised = [each.row for each in (*self.findings, *self.opportunities) if each.row.checklist_id == judged.checklist.id]
        return [each.code for each in raised if each.item_key in lines]

    @property
    def to_do(self) -> list[tuple[Treated, Any]]:
        """The actions on findings that are open, each with its finding."""
        return [(each, action) for each in (*self.findings, *self.opportunities) for action in each.open_actions]

    @property
    def standards(self) -> tuple[Judged, ...]:
        """The checklists of standards, without the gates."""
        return tuple(each for each in self.judged if each.checklist.pack_id != GATES_PACK)


def build(brief: Brief) -> AuditReport:
    """Read everything the report says, as it stands at the checkpoint of the brief."""
    number, on, options = brief.project.id, brief.point.on, brief.options
    members = team(number)
    sponsor, manager = _holder(members, Function.SPONSOR), _holder(members, Function.PROJECT_MANAGER)
    steps, gates = gates_of(project_id=number, key=brief.project.key, on=on, language=brief.language)
    runs = [each for each in newest_of_each_period(number) if options.takes_step(5) and options.period.holds(each.run_at)]
    trials = tuple(run_page(number, each.number, language=brief.language) for each in runs)
    every = judging.judged_checklists(number, on)
    judged = tuple(each for each in every if options.takes_pack(each.checklist.pack_id))
    elsewhere = {each.checklist.id for each in every} - {each.checklist.id for each in judged}
    treated = conformity.treated(number, on)
    findings = tuple(
        each for each in treated if each.row.checklist_id not in elsewhere and each.is_told(options.period)
    )
    limitations = tuple(Aged(each, age(each.first_reported_on, on)) for each in limitations_of_project(number))
    scope = [step for step in steps if options.takes_step(step.number)]
    taken = [each for step in scope for walk in step.passes for each in walk.decisions]
    decisions = tuple(
        each for each in taken if judging.is_told(each, options.period)
    )
    tools = tools_of_project(number)
    evidence = tuple(judging.as_of(each, on) for each in files_of_project(number))
    conditions = tuple(each for decision in decisions for each in decision.conditions)
    waivers = tuple(
        each for step in scope for each in step.waivers if options.period.meets(each.granted_at, each.ends_on)
    )
    figures = judging.figures(
        on=on,
        steps=steps,
        judged=judged,
        findings=findings,
        trials=trials,
        conditions=conditions,
        waivers=waivers,
        evidence=evidence,
        limitations=[each.row for each in limitations],
    )
    return AuditReport(
        brief=brief,
        sections=numbered(SECTIONS, ANNEXES, options),
        cover=_cover(brief, judged, sponsor, manager),
        figures=figures,
        conclusion=(
            *(altered_in_words(each) for each in altered(taken)),
            *judging.conclusion(figures, has_steps=brief.project.kind != ProjectKind.SYSTEM),
        ),
        questions=judging.questions(figures, scope),
        sponsor=sponsor,
        manager=manager,
        team=members,
        parties=_parties(number, options),
        heard=_heard(number, options),
        objectives=objectives(number),
        tools=tools,
        connections=connections_among([each.id for each in tools]),
        judged=judged,
        gates_pack=pack(GATES_PACK),
        steps=scope,
        gates=[each for each in gates if options.takes_step(each.step)],
        decisions=tuple(sorted(decisions, key=lambda each: each.number)),
        waivers=waivers,
        conditions=conditions,
        findings=tuple(each for each in findings if each.is_nonconformity),
        opportunities=tuple(each for each in findings if not each.is_nonconformity),
        differing=conformity.differing(number),
        audits=tuple(
            each for each in conformity.audited(number, treated)
            if options.period.meets(each.row.planned_from, None if each.still_open else each.row.planned_to)
        ),
        hand_overs=[each for each in hand_overs_of_project(number) if options.period.holds(each.row.made_at)],
        trials=trials,
        bills={each.run.number: bills_of(each) for each in trials},
        tried=tried(number, options),
        limitations=limitations,
        evidence=evidence,
        cited=cited_of(number),
        boards=boards(number, evidence),
        chapters=() if "records" in options.without or brief.project.kind == ProjectKind.SYSTEM else chapters(brief),
    )


def _cover(brief: Brief, judged: Sequence[Judged], sponsor: str, manager: str) -> tuple[tuple[str, str | Sequence[str]], ...]:
    """What the cover says beside project, state and key."""
    criteria = tuple(_called(each.pack, brief.language) for each in judged if each.pack)
    return (
        (str(_("Criteria")), criteria or str(_("no checklist started yet"))),
        (str(_("Scope")), brief.project.scope or str(_("not described yet"))),
        (str(_("Sponsor")), sponsor or str(_("nobody yet"))),
        (str(_("Project manager")), manager or str(_("nobody yet"))),
    )


def subjects(project_id: int) -> list[tuple[str, str]]:
    """It tells of the whole project."""
    return []


def _holder(members: Sequence[Any], function: Function) -> str:
    return ", ".join(each.person.name for each in members if function in each.functions)


def _parties(project_id: int, options: Options) -> tuple[Party, ...]:
    """A confidential one without its name, and for readers who do not see what is marked without its words."""
    shows = options.shows(Kind.MARKED)
    return tuple(
        Party(
            unnamed(each.layer) if each.is_confidential else each.name,
            "" if each.is_confidential else each.organisation,
            each.layer,
            each.expects if shows or not each.is_confidential else withheld(),
        )
        for each in participants(project_id)
    )


def _heard(project_id: int, options: Options) -> tuple[Heard, ...]:
    """Without consent, or where confidential, neither the name nor the words are printed; words only where the reader sees them."""
    found = []
    for each in consultations(project_id):
        until = None if each.answer_state == "open" else each.held_on
        if not options.takes_step(3) or not options.period.meets(each.held_on, until):
            continue
        is_open = each.has_consent and not each.is_confidential
        who, said = (each.said_by, each.statement) if is_open else (unnamed(each.layer), _("Kept confidential."))
        said = said if options.shows(Kind.STATEMENTS) else withheld()
        answer = each.disposition if options.shows(Kind.MARKED) or not each.is_confidential else withheld()
        found.append(Heard(each.code, each.held_on, who, each.layer, each.hub, each.kind, said, answer))
    return tuple(found)


def age(since: date, on: date) -> str:
    """How long ago a day was, counted from the day of the report: “3 years 2 months”."""
    years, months = divmod(whole_months(since, on), 12)
    parts = [ngettext("%(num)s year", "%(num)s years", years)] if years else []
    parts += [ngettext("%(num)s month", "%(num)s months", months)] if months else []
    return " ".join(str(each) for each in parts) or str(_("less than a month"))


def _called(pack: Pack, language: str) -> str:
    """The title of a pack; a standard with its edition where the title does not say it."""
    title = pack.title.in_(language)
    if pack.kind != "standard" or pack.edition in title:
        return title
    return str(_("%(title)s, edition %(edition)s", title=title, edition=pack.edition))
