"""The installation that every cell of the access matrix is asked on: people of each kind, one record of each kind."""

from __future__ import annotations

import csv
import hashlib
import io
import sqlite3
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from flask import Flask, url_for
from sqlalchemy import select

from tests.factories.adoption import a_climber, a_lesson, a_measure, a_reading, a_relapse, a_survey
from tests.factories.audits import a_line, an_audit, an_audit_member
from tests.factories.changes import a_connection, a_request_for_change, an_acceptance_run, an_exception
from tests.factories.checklists import a_checklist, a_recurrence, an_answer, an_import
from tests.factories.evidence import a_file
from tests.factories.findings import a_finding, a_finding_action, a_grade
from tests.factories.inquiry import a_consultation, a_guest_link, a_need, a_source, an_objective
from tests.factories.lifecycle import a_decision
from tests.factories.mappings import a_crosswalk
from tests.factories.mirror import a_mirrored_project
from tests.factories.oversight import a_hand_over, a_review, a_review_action
from tests.factories.paths import a_hypothesis, a_path
from tests.factories.people import PASSWORD, a_member, a_person
from tests.factories.plans import a_plan
from tests.factories.practices import a_practice_record, a_role, a_user, an_instruction
from tests.factories.projects import a_project
from tests.factories.risks import a_risk
from tests.factories.runs import a_mapping_run, a_mirror, a_version
from tests.factories.standards import LIBRARY, a_body, a_draft, a_mapping, an_edition
from tests.factories.tools import a_customisation, a_limitation, a_promise, a_tool
from tests.factories.trials import a_run, a_weakness, golden_files
from workbench import clock, jobs
from workbench.checklists.actions import add_comment, attach_evidence
from workbench.database import db
from workbench.evidence.models import EvidenceVersion
from workbench.findings.queries import open_findings
from workbench.lifecycle.models import DecisionCondition
from workbench.lifecycle.rules import Outcome
from workbench.people.models import Person
from workbench.people.rules import Function, Role
from workbench.reports.actions import change_letterhead, name_report, share
from workbench.reports.models import BuiltReport
from workbench.reports.rules import Cadence, Moving, Options
from workbench.standards.store import keep as keep_upload
from workbench.tools.actions import connect_tools
from workbench.tools.rules import ConnectionKind
from workbench.trail.actions import record
from workbench.transfer.rules import Outcome as Taken
from workbench.transfer.store import keep_export, keep_outcome
from workbench.trials.actions.knowledge import learn_from_description
from workbench.trials.queries import open_rows

MATRIX = Path(__file__).with_name("access_matrix.csv")
ROWS = list(csv.DictReader(MATRIX.read_text(encoding="utf-8").splitlines()))
UPLOAD = hashlib.sha256(b'["library.yaml", ""]\0' + LIBRARY.read_bytes() + b"\0").hexdigest()
KINDS = [name for name in ROWS[0] if name not in ("endpoint", "verb")]
UNSHOWN = {"HEAD", "OPTIONS"}
# What the addresses name: the first record of each kind; where a page needs another, it is said by endpoint.
NAMED: dict[str, Any] = {
    "key": "INV-1",
    "checklist_id": 1,
    "item_key": "G1-01",
    "comment_id": 1,
    "import_id": 1,
    "evidence_id": 1,
    "number": 1,
    "kind": "swot",
    "job_id": 1,
    "tool_id": 1,
    "connection_id": 1,
    "limitation_id": 1,
    "objective_id": 1,
    "source_id": 1,
    "consultation_id": 1,
    "path_id": 1,
    "request_id": 1,
    "exception_id": 1,
    "instruction_id": 1,
    "edition_id": 1,
    "user_id": 1,
    "measure_id": 1,
    "reading_id": 1,
    "relapse_id": 1,
    "survey_id": 1,
    "condition_id": 1,
    "built_id": 1,
    "named_id": 1,
    "sharing_id": 1,
    "secret": "not-the-secret",
    "report": "audit_report",
    "filename": "app.js",
    "link_id": 1,
    "token": "0" * 43,
    "action_number": 1,
    "hand_over_id": 1,
    "grade_id": 1,
    "audit_id": 1,
    "member_id": 1,
    "line_id": 1,
    "part": "agenda",
    "year": 2026,
    "pack_id": "our_rules",
    "ref": "1",
    "draft_id": 1,
    "name": "1",
    "direction": "up",
    "proposal_id": 1,
    "crosswalk_id": 1,
    "mapping_id": 1,
    "place": 1,
    "source": "psa",
    "connector": "csv",
    "snapshot_id": 1,
    "line": 2,
    "edit_id": 1,
    "host_id": 1,
    "secret_id": 1,
    "mirror_id": 2,
}
ALSO_NAMED: dict[str, dict[str, Any]] = {
    "adoption.survey_by_link": {"token": "not-the-secret"},
    "tools.set_capability": {"kind": "read"},
    "checklists.add_evidence": {"kind": "link"},
    "trials.export": {"kind": "json"},
    **{f"trials.{each}": {"number": 2} for each in ("drift", "export_drift")},
    "practices.export_comparison": {"kind": "toml"},
    **{f"trials.{each}": {"kind": "map"} for each in ("edit_part", "move_part")},
    "trials.receive_upload": {"token": "a" * 32},
    "trials.offered_tables": {"token": "b" * 32},
    "trials.export_mapping_run": {"kind": "json"},
    "transfer.exported": {"digest": hashlib.sha256(b"{}").hexdigest()},
    "transfer.taken_in": {"token": "c" * 32},
    "lifecycle.skip": {"number": 2},
    **{
        f"oversight.{each}": {"number": "MR-2026-1"}
        for each in (
            "review", "export_review", "change_review", "note_review", "prepare_review", "hold_review", "close_review",
            "decide_in_review", "add_review_action", "end_review_action",
        )
    },
    "oversight.matrix_cell": {"pack_id": "iso9001_2015", "clause": "8.5.6"},
    **{f"oversight.{each}": {"kind": "csv"} for each in ("export_matrix", "export_project_matrix")},
    **{f"oversight.{each}": {"kind": "csv"} for each in ("export_self_audit", "export_project_self_audit")},
    **{f"oversight.{each}": {"check": "conform_bare"} for each in ("self_audit_check", "project_self_audit_check")},
    **{f"standards.{each}_entry": {"part": "clauses"} for each in ("add", "change", "move", "remove")},
    "standards.entries": {"part": "clauses"},
    "standards.export": {"form": "toml"},
    "standards.preview": {"token": UPLOAD},
    "standards.mapping": {"mapping_id": 1},
}
# The register whose pages stand for all of a subject's, and whose first record is shown: {blueprint: key of the register}.
REGISTERS = {
    "checklists": "recurrences",
    "tools": "limitations", "risks": "risks", "inquiry": "needs", "paths": "hypotheses",
    "trials": "weaknesses", "practices": "questions", "adoption": "lessons", "changes": "acceptance",
}
TYPED: dict[str, dict[str, Any]] = {"reports.build": {"report": "audit_report", "language": "en"}}


@dataclass(frozen=True)
class World:
    """One installation with a project that holds a record of every kind, and a person of every kind."""

    app: Flask
    file: Path
    pristine: sqlite3.Connection
    people: dict[str, Person]
    spare: Person
    row: str  # the key of an unexplained row of the trial run

    def address(self, endpoint: str) -> str:
        """The page's address, with every name in it filled in."""
        arguments = next(self.app.url_map.iter_rules(endpoint)).arguments
        register = {"register": REGISTERS.get(endpoint.partition(".")[0], ""), "record_id": 1}
        named = {**NAMED, **register, "person_id": self.spare.id, **ALSO_NAMED.get(endpoint, {})}
        asked = {"row": self.row} if endpoint == "trials.dispose" else {}
        with self.app.test_request_context():
            return url_for(endpoint, **{name: named[name] for name in arguments}, **asked)

    def restore(self) -> None:
        """Undo what the last request did."""
        db.session.remove()
        with sqlite3.connect(self.file) as live:
            self.pristine.backup(live)
        live.close()


def everybody() -> dict[str, Person]:
    roles = {
        "admin": Role.ADMIN,
        "quality_lead": Role.QUALITY_LEAD,
        "auditor": Role.AUDITOR,
        "project_manager": Role.PROJECT_MANAGER,
        "contributor": Role.CONTRIBUTOR,
        "guest": Role.GUEST,
        "sponsor": Role.CONTRIBUTOR,
        "outsider": Role.CONTRIBUTOR,
    }
    return {
        kind: a_person(role=role, name=kind, password=PASSWORD if kind == "quality_lead" else "")
        for kind, role in roles.items()
    }


def fill(home: Path, people: dict[str, Person], spare: Person) -> str:
    """The project with its team and a record of every kind; gives the key of an unexplained row of its run."""
    lead = people["quality_lead"]
    project = a_project(by=lead, key="INV-1")
    for kind, role in (
        ("project_manager", Role.PROJECT_MANAGER),
        ("contributor", Role.CONTRIBUTOR),
        ("guest", Role.GUEST),
    ):
        a_member(project, people[kind], role=role)
    a_member(project, people["sponsor"], functions=[Function.SPONSOR])
    a_member(project, spare)
    tool, other = a_tool(by=lead, project=project), a_tool(by=lead)
    connect_tools(source=tool, target=other, kind=ConnectionKind.API, by=lead)
    for told in (a_limitation, a_promise, a_customisation):
        told(project, tool, by=lead)
    a_risk(project, by=lead)
    for version in ("1.0", "1.1"):
        an_edition(by=lead, body=a_body(version=version))
    a_draft(by=lead)
    a_mapping(by=lead)
    assert keep_upload(home, name="library.yaml", data=LIBRARY.read_bytes()) == UPLOAD
    for make in (
        a_need,
        an_objective,
        a_source,
        a_consultation,
        a_guest_link,
        a_path,
        a_hypothesis,
        a_weakness,
        a_request_for_change,
        an_instruction,
        a_finding,
    ):
        make(project, by=lead)
    audit = an_audit(project, by=lead)
    an_audit_member(project, audit, people["auditor"], by=lead)
    a_line(project, audit, "agenda", by=lead)
    a_finding_action(project, open_findings(project.id)[0], by=lead)
    a_grade(by=lead)
    a_user(project, a_role(project, by=lead), by=lead)
    for register in ("questions", "comparisons"):
        a_practice_record(project, register, by=lead)
    measure = a_measure(project, by=lead)
    a_reading(project, measure, by=lead)
    a_relapse(project, measure, by=lead)
    a_climber(project, by=lead)
    a_lesson(project, by=lead)
    a_survey(project, by=lead)
    a_connection(project, by=lead)
    an_exception(project, an_acceptance_run(project, by=lead), by=lead)
    proof, checklist = a_file(project, by=lead, home=home), a_checklist(project, by=lead)
    an_answer(project, checklist, "G1-01", by=people["contributor"])
    attach_evidence(project=project, checklist=checklist, item_key="G1-01", evidence=proof, by=lead)
    add_comment(project=project, checklist=checklist, item_key="G1-01", text="x", by=lead)
    a_recurrence(project, by=lead, answered_by=people["contributor"])
    an_import(project, checklist, by=lead)
    a_review_action(a_review(by=lead), by=lead)
    a_hand_over(project, by=lead)
    a_run(project=project, by=lead, home=home, files=golden_files(home / "exports", 2), month=2)
    a_run(project=project, by=lead, home=home, files=golden_files(home / "january", 1), month=1)
    learn_from_description(
        project=project, tool=tool, filename="portal.json", home=home, by=lead,
        stream=io.BytesIO(b'{"openapi": "3.0.3", "paths": {}}'),
    )
    jobs.enqueue(kind="none", title="Long work", payload={}, person_id=people["contributor"].id)
    db.session.flush()  # the first job, before the one that the run of a mapping leaves
    a_crosswalk(project, by=lead)
    a_mirrored_project(project, by=lead, admin=people["admin"], home=home)
    a_mirror(project, by=lead, home=home)
    run = a_mapping_run(project, by=lead, home=home, version_id=a_version(project, by=lead).id)
    a_plan(project, run, by=lead, home=home)
    decision = a_decision(project, 1, by=lead, keys=home / "keys", outcome=Outcome.HOLD)
    db.session.add(
        DecisionCondition(
            decision_id=decision.id, project_id=project.id, step=1, text="x", owner_id=spare.id, due_on=date(2099, 1, 1)
        )
    )
    built = BuiltReport(
        project_id=project.id,
        key="audit_report",
        language="en",
        sha256=db.session.scalars(select(EvidenceVersion.sha256)).first(),
        size=1,
        filename="x.pdf",
        checkpoint_size=1,
        built_at=clock.now(),
        built_by_id=lead.id,
    )
    db.session.add(built)
    record("report_built", built, by=lead, project="INV-1")
    change_letterhead(
        organisation="", address="", accent="#14595a", home=home, by=people["admin"],
        logo=b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"/>',
    )
    name_report(
        project=project, key="audit_report", title="For the certifier", language="en", options=Options(), moving=Moving.FIXED,
        cadence=Cadence.NEVER, by=lead,
    )
    share(project=project, guest="Jeanne Roy", reason="x", days=9, built=[built], by=lead)
    keep_export(b"{}", home=home, key="INV-1")
    (home / "imports").mkdir()
    keep_outcome("c" * 32, Taken(key="INV-1"), home=home)
    return open_rows(project.id)[0].key
