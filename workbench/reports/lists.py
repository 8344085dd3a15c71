"""Every register and list of a project, as its pages export them, as CSV and as one workbook, for whoever takes them home."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from workbench import clock
from workbench.adoption import forms as survey_forms
from workbench.adoption import registers as adoption
from workbench.adoption.queries import counted, ladder, results_of, surveys, verifications
from workbench.audits import registers as audits
from workbench.audits.queries import page_of_project as audits_of_project
from workbench.changes import forms as change_forms
from workbench.changes import queries as changes
from workbench.changes import registers as change_registers
from workbench.changes.rules import ChangeType
from workbench.checklists import forms as checklist_forms
from workbench.checklists import queries as checklists
from workbench.checklists import registers as recurring
from workbench.evidence.forms import evidence_table
from workbench.evidence.queries import evidence_of_project
from workbench.findings import forms as finding_forms
from workbench.findings.queries import rows_of_findings
from workbench.findings.rules import ActionKind, ActionState
from workbench.inquiry import forms as inquiry_forms
from workbench.inquiry import registers as inquiry
from workbench.inquiry.queries import coverage
from workbench.lifecycle.forms import OUTCOMES, conditions_table, waivers_table
from workbench.lifecycle.queries import conditions_of_project, decisions_of_project, waivers_of_project
from workbench.lifecycle.rules import Outcome
from workbench.oversight.forms import handed
from workbench.oversight.queries.handover import hand_overs_of_project
from workbench.paths import forms as path_forms
from workbench.paths import queries as path_queries
from workbench.paths import registers as paths
from workbench.people.queries import team
from workbench.practices import registers as practices
from workbench.practices.formats import channel_plan_table, practised_table
from workbench.practices.queries import grids, messages
from workbench.projects import forms as project_forms
from workbench.projects.models import Project
from workbench.projects.queries import participants
from workbench.registers import forms
from workbench.registers.queries import Wanted, overview_rows, rows_of
from workbench.registers.rules import Overview, Register
from workbench.reports.conformity import treated
from workbench.reports.rules import Point
from workbench.risks import registers as risks
from workbench.tools import forms as tool_forms
from workbench.tools import registers as tools
from workbench.tools.queries import connections_among, tools_of_project
from workbench.trials import queries as trials
from workbench.trials import registers as trial_registers
from workbench.trials.forms import lists as sandbox_lists
from workbench.trials.forms.plans import STATES as PLAN_STATES
from workbench.trials.queries.plans import all_plans
from workbench.trials.queries.reconciliations import runs_of_project
from workbench.trials.queries.runs import mapping_runs
from workbench.web.sheets import ALL, csv_text, workbook_bytes

SUBJECTS = (
    inquiry, risks, tools, paths, trial_registers, change_registers, practices, adoption, recurring, audits,
)
# Lists of all projects that have no register of one project beside them, by the name of their file.
OVERVIEWS = {"audits": audits.AUDITS, "licences": tools.ALL_LICENCES, "capabilities": tools.ALL_CAPABILITIES}
TITLES = {
    "findings": _l("Findings"), "actions": _l("Actions"), "gate-decisions": _l("Decisions at gates"),
    "requests-for-change": _l("Requests for change"), "mapping-runs": _l("Runs of mappings"),
    "reconciliations": _l("Reconciliations"), "plans": _l("Plans"), "mirror": _l("Mirror"),
    "mirror-readings": _l("Readings"), "mirror-snapshots": _l("Snapshots"), "crosswalks": _l("Crosswalks"),
    "mappings": _l("Mappings"), "learned": _l("What tools can do"), "waivers": _l("Waivers, ended ones too"),
    "gate-conditions": _l("Conditions of gates, met or not"), "evidence": _l("Evidence"),
    "who-was-heard": _l("Who was heard"), "paths": _l("Paths"), "decision-matrix": _l("Decision matrix"),
    "channel-plan": _l("Channel plan"), "familiarisation": _l("Familiarisation"),
    "recurring-checklists": _l("Recurring checklists"), "weeks": _l("Weeks counted, new way and old"),
    "verifications": _l("Verified by a second person"), "ladder": _l("Ladder by role"), "team": _l("Team"),
    "participants": _l("Parties around the project"), "tools": _l("Tools"), "tool-connections": _l("Connections"),
    "hand-overs": _l("Hand-overs"), "surveys": _l("Surveys"),
    **{name: overview.title for name, overview in OVERVIEWS.items()},
}
NOBODY = 0  # the bundle tells of surveys what it tells everybody
WORKBOOK = "registers.xlsx"
Rows = Iterable[Sequence[Any]]


def registers() -> list[Register]:
    """Every register that a subject declares, each once."""
    found = [each for subject in SUBJECTS for each in vars(subject).values() if isinstance(each, Register)]
    return [each for place, each in enumerate(found) if each not in found[:place]]


@dataclass(frozen=True)
class Lists:
    """The lists of a project as they were read, head and rows by the path of each in a bundle, to be written down later."""

    tables: Mapping[str, list[Sequence[Any]]]
    title: str
    language: str
    at: datetime

    def files(self) -> dict[str, bytes]:
        """{path in a bundle: its bytes}: each list as CSV, all as a workbook. Lists that are empty have their head."""
        with force_locale(self.language), clock.as_of(self.at):
            files = {path: csv_text(rows).encode() for path, rows in self.tables.items()}
            return {**files, WORKBOOK: workbook_bytes(self.tables, title=self.title, told=self._told)}

    def _told(self, path: str) -> str:
        """What a list holds, in words; of a checklist the name of its pack, of a survey its code."""
        name = PurePosixPath(path).stem
        if path.startswith("registers/"):
            return next(str(each.title) for each in registers() if each.key == name)
        if name.startswith("checklist-"):
            pack, _hyphen, number = name.removeprefix("checklist-").partition("-")
            return " ".join(filter(None, (checklists.title_of(pack, self.language), number)))
        return str(TITLES.get(name, name))


def lists_of(project: Project, language: str, point: Point) -> Lists:
    """Every list of a project in that language, ages counted from the day of the point.

    What is guarded stays out, as in every export.
    """
    with force_locale(language), clock.as_of(point.at):
        tables: dict[str, list[Sequence[Any]]] = {path: [*rows] for path, rows in _tables(project, language)}
    return Lists(tables, f"{project.key} {project.name}", language, point.at)


def _tables(project: Project, language: str) -> Iterator[tuple[str, Rows]]:
    numbers = {each.id: each.number for each in audits_of_project(project.id, per_page=ALL).rows}
    for register in registers():
        yield f"registers/{register.key}.csv", _records(register, project.id, numbers)
    yield "lists/findings.csv", [finding_forms.head(), *map(finding_forms.cells, rows_of_findings(project.id))]
    yield "lists/actions.csv", _actions(project.id)
    yield "lists/gate-decisions.csv", _decisions(project.id)
    yield "lists/requests-for-change.csv", _changes(project.id)
    yield from _checklists(project.id, language)
    yield "lists/mapping-runs.csv", _mapping_runs(project.id)
    yield "lists/reconciliations.csv", sandbox_lists.reconciliations_table(runs_of_project(project.id, per_page=ALL).rows)
    yield "lists/plans.csv", _plans(project.id)
    yield from _sandbox(project.id)
    yield from _on_the_way(project.id, language)
    yield from _around(project)
    own = select(Project.id).where(Project.id == project.id)
    for name, overview in OVERVIEWS.items():
        yield f"lists/{name}.csv", _overview(overview, own)


def _checklists(project_id: int, language: str) -> Iterator[tuple[str, Rows]]:
    """The answers of each standing checklist; a second one of a pack, held to another edition of it, has a 2 behind its name."""
    met: list[str] = []
    for started in checklists.checklists_of_project(project_id):
        pack, checklist = started.pack, started.checklist
        if pack is None:  # its edition is not there any more, and nobody can say what was asked
            continue
        found = checklists.checklist_page(checklist, pack, checklists.Wanted(), language=language, per_page=ALL)
        rows = checklists.with_off(checklist, pack, found.rows)
        met.append(pack.id)
        name = pack.id if met.count(pack.id) == 1 else f"{pack.id}-{met.count(pack.id)}"
        yield f"lists/checklist-{name}.csv", [checklist_forms.HEAD, *checklist_forms.cells(rows, language)]


def _sandbox(project_id: int) -> Iterator[tuple[str, Rows]]:
    """What the sandbox holds beside its runs: what it received, and how names and tables are read."""
    sources = trials.mirror.sources(project_id, withdrawn=True)
    yield "lists/mirror.csv", sandbox_lists.sources_table(sources)
    each = [line.source for line in sources]
    readings = [(one.name, sandbox_lists.readings_table(trials.mirror.pulls(one.id, most=ALL), one.connector)) for one in each]
    yield "lists/mirror-readings.csv", sandbox_lists.of_each(readings, sandbox_lists.readings_table([], ""))
    kept = [(one.name, sandbox_lists.snapshots_table(trials.mirror.snapshots(one.id, per_page=ALL).rows)) for one in each]
    yield "lists/mirror-snapshots.csv", sandbox_lists.of_each(kept, sandbox_lists.snapshots_table([]))
    yield "lists/crosswalks.csv", sandbox_lists.crosswalks_table(trials.crosswalks.crosswalks_of_project(project_id))
    yield "lists/mappings.csv", sandbox_lists.mappings_table(trials.mappings.mappings_of_project(project_id, per_page=ALL).rows)
    yield "lists/learned.csv", sandbox_lists.learned_table(trials.knowledge.all_proposals(project_id))


def _on_the_way(project_id: int, language: str) -> Iterator[tuple[str, Rows]]:
    """What the steps leave behind beside their registers."""
    yield "lists/gate-conditions.csv", conditions_table(conditions_of_project(project_id))
    yield "lists/waivers.csv", waivers_table(waivers_of_project(project_id))
    yield "lists/evidence.csv", evidence_table(evidence_of_project(project_id, per_page=ALL).rows)
    yield "lists/who-was-heard.csv", inquiry_forms.coverage_table(coverage(project_id), names=False)
    yield "lists/paths.csv", path_forms.paths_table(path_queries.board(project_id), path_queries.withdrawn(project_id))
    yield "lists/decision-matrix.csv", path_forms.matrix_table(path_queries.matrix(project_id))
    yield "lists/channel-plan.csv", channel_plan_table(messages(project_id))
    yield "lists/familiarisation.csv", practised_table(grids(project_id))
    last = checklists.last_runs(checklists.running_recurrences(project_id))
    cells = [checklist_forms.last_run_cells(each, checklists.title_of(each.pack_id, language), run) for each, run in last]
    yield "lists/recurring-checklists.csv", [checklist_forms.last_run_head(), *cells]
    yield "lists/weeks.csv", survey_forms.weeks_table(counted(project_id))
    yield "lists/verifications.csv", survey_forms.verifications_table(verifications(project_id))
    yield "lists/ladder.csv", survey_forms.ladder_table(ladder(project_id), names=False)


def _around(project: Project) -> Iterator[tuple[str, Rows]]:
    """Who and what stands around the project: people, tools, what was handed over, what was asked of all."""
    scope = tools_of_project(project.id)
    yield "lists/team.csv", project_forms.team_table(team(project.id))
    yield "lists/participants.csv", project_forms.participants_table(participants(project.id))
    yield "lists/tools.csv", tool_forms.tools_table(scope)
    yield "lists/tool-connections.csv", tool_forms.connections_table(connections_among(each.id for each in scope))
    yield "lists/hand-overs.csv", handed.project_table(hand_overs_of_project(project.id), project.key)
    asked = surveys(project.id, NOBODY)
    yield "lists/surveys.csv", survey_forms.surveys_table(asked)
    for each in reversed(asked):
        yield f"lists/survey-{each.survey.code}.csv", survey_forms.results_table(results_of(each.survey))


def _records(register: Register, project_id: int, audit_numbers: dict[int, str]) -> Rows:
    """Every record with every field, those withdrawn too: the last columns say which and why."""
    form = register.form(formdata=None, meta={"csrf": False}).offer(project_id)
    rows = [row for gone in (False, True) for row in rows_of(register, project_id, Wanted(withdrawn=gone))]
    forms.keep_chosen(register, form, rows)
    of_audit = hasattr(register.model, "audit_id")
    yield [
        "code", *([_("Audit")] if of_audit else []), *(str(each.label.text) for each in form.fields()),
        *(str(each.label) for each in register.further), _("Withdrawn"), _("Reason"),
    ]  # fmt: skip
    for row in sorted(rows, key=lambda each: each.id):
        told = [forms.exported(cell) for cell in forms.cells(register, form, row, sees=False, every=True)]
        audit = [audit_numbers.get(row.audit_id, "")] if of_audit else []
        yield [row.code, *audit, *told, row.withdrawn_at, row.withdrawn_reason]


def _overview(overview: Overview, own: Any) -> Rows:
    yield [str(each.label) for each in overview.columns]
    for row in overview_rows(overview.rows(own), Wanted(sort=overview.sort)):
        yield [forms.exported(each) for each in forms.overview_cells(overview, row)]


def _actions(project_id: int) -> Rows:
    yield [
        _("Code"), _("Finding"), _("Kind"), _("State"), _("What is to be done"), _("Owner"), _("Due"), _("Done"), _("Evidence"),
        _("Note"), _("Reason"),
    ]  # fmt: skip
    for found in treated(project_id, clock.today(), withdrawn=True):
        for each in found.actions:
            yield [
                each.code, found.row.code, str(finding_forms.ACTIONS[ActionKind(each.kind)]),
                str(finding_forms.ACTION_STATES[ActionState(each.state)]), each.what, each.owner.name, each.due_on, each.done_on,
                each.evidence.code if each.evidence else "", each.note, each.cancelled_reason,
            ]  # fmt: skip


def _decisions(project_id: int) -> Rows:
    yield [_("Code"), _("Step"), _("Pass number"), _("Outcome"), _("Reason"), _("Signed by"), _("Meaning"), _("Decided"), "SHA-256"]
    for each in decisions_of_project(project_id):
        yield [
            each.code, each.step, each.pass_number, OUTCOMES[Outcome(each.outcome)], each.reason, each.signed_name, each.meaning,
            each.decided_at, each.snapshot_sha256,
        ]  # fmt: skip


def _changes(project_id: int) -> Rows:
    yield [_("Code"), _("Title"), _("Type"), _("State"), _("Planned start (UTC)"), _("Planned end (UTC)")]
    for row in changes.rows_of(project_id, {}):
        kind, state = change_forms.TYPES[ChangeType(row.change_type)], change_forms.STATES[row.standing]
        yield [row.code, row.title, str(kind), str(state), row.window_start, row.window_end]


def _mapping_runs(project_id: int) -> Rows:
    yield [_("Run"), _("Title"), _("Mapping"), _("Version"), _("Live data unchanged"), _("Made-up data"), _("Run at"), _("By")]
    for each in mapping_runs(project_id, per_page=ALL).rows:
        yield [
            f"M{each.number}", each.title, each.mapping, each.version, each.is_live_unchanged, bool(each.fakes), each.run_at,
            each.run_by,
        ]  # fmt: skip


def _plans(project_id: int) -> Rows:
    yield [_("Number"), _("Title"), _("Run"), _("State"), _("Rows"), "SHA-256", _("Made"), _("By")]
    for one in all_plans(project_id, {}):
        state = str(PLAN_STATES[one.state])
        yield [one.number, one.title, one.run, state, one.counts["rows"], one.sha256, one.made_at, one.made_by]
