"""A project with something in every section of the audit report, made through the actions where these exist."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from tests.factories.checklists import a_checklist, an_answer
from tests.factories.evidence import a_file, a_link
from tests.factories.inquiry import a_consultation, an_objective
from tests.factories.people import a_member, a_person
from tests.factories.projects import a_project
from tests.factories.tools import a_limitation
from tests.factories.trials import a_run, demo_files
from workbench import clock
from workbench.checklists import library
from workbench.checklists.actions import attach_evidence
from workbench.checklists.models import Checklist
from workbench.checklists.queries import step_answers
from workbench.checklists.rules import AnswerState
from workbench.database import db
from workbench.evidence.models import Evidence
from workbench.findings.models import Finding
from workbench.inquiry.actions import judge_objective, revise_objective
from workbench.inquiry.rules import ContributionKind
from workbench.lifecycle.actions import meaning
from workbench.lifecycle.gates import gate_of, snapshot, snapshot_digest
from workbench.lifecycle.models import DecisionCondition, GateDecision, Waiver
from workbench.lifecycle.rules import Outcome
from workbench.people.models import Person
from workbench.people.rules import Function, Hub, Role
from workbench.projects.actions import describe_project, name_participant
from workbench.projects.models import Project
from workbench.projects.rules import Confidentiality, Layer
from workbench.tools.actions import add_tool, connect_tools, put_in_scope
from workbench.tools.rules import ConnectionKind, Sensitivity, Standing
from workbench.trail.actions import record
from workbench.trials.actions import dispose
from workbench.trials.queries import open_rows
from workbench.trials.queries import run as run_of
from workbench.trials.rules import Decision

SECRET_PARTY, SECRET_VOICE = "Ondine Verhaeghe", "Thibault Quenneville"


class Audited(NamedTuple):
    """The project, who built it, and who decides."""

    project: Project
    lead: Person
    sponsor: Person


def an_audited_project(home: Path, *, key: str = "INV-1", with_trials: bool = True) -> Audited:
    """Everything the report can show: people, tools, answers, decisions, waivers, findings, two months of trials."""
    lead = a_person(role=Role.QUALITY_LEAD, name="Sylvie Petit")
    sponsor = a_person(role=Role.PROJECT_MANAGER, name="Claire Roux")
    manager = a_person(role=Role.PROJECT_MANAGER, name="Ada Martin")
    project = a_project(by=lead, key=key)
    describe_project(
        project=project,
        name="Supplier usage to client invoices",
        by=lead,
        confidentiality=Confidentiality.CONFIDENTIAL,
        purpose="Turn what the supplier counts into what clients are billed, without typing it again and without billing twice.",
        scope="Twelve managed-service clients, the PSA and the supplier portal, monthly invoicing from January 2026.",
        out_of_scope="Hardware sales and one-off projects.",
    )
    a_member(project, sponsor, hub=Hub.ADMINISTRATION, functions=[Function.SPONSOR])
    a_member(project, manager, role=Role.PROJECT_MANAGER, hub=Hub.ADMINISTRATION, functions=[Function.PROJECT_MANAGER])
    technician = a_person(name="Karim Lefèvre")
    a_member(project, technician, hub=Hub.TECHNICAL, functions=[Function.TECHNICAL_LEAD, Function.SECURITY_LEAD])
    a_member(project, a_person(name="Marie Claes"), hub=Hub.SALES, functions=[Function.SALES_LEAD])
    _parties(project, manager)
    _tools(project, lead, technician)
    _objectives(project, sponsor)
    evidence = _evidence(project, technician, home)
    gates = _answers(project, technician, evidence)
    if with_trials:
        _trials(project, manager, sponsor, home)
    _decisions(project, sponsor, manager, gates)
    _findings(project, lead)
    return Audited(project, lead, sponsor)


def _parties(project: Project, by: Person) -> None:
    for name, organisation, layer, is_confidential in (
        ("Service desk", "Reseller D", Layer.RESELLER, False),
        (SECRET_PARTY, "Supplier portal SA", Layer.SUPPLIER, True),
        ("Product owner", "Editor of the PSA", Layer.EDITOR, False),
    ):
        name_participant(
            project=project,
            name=name,
            organisation=organisation,
            layer=layer,
            expects="Fewer questions about invoices.",
            is_confidential=is_confidential,
            by=by,
        )
    a_consultation(
        project,
        said_by="Service desk",
        layer=Layer.RESELLER,
        held_on=date(2026, 1, 12),
        kind=ContributionKind.CAUTION,
        statement="The portal cannot export quantities by client.",
        has_consent=True,
        disposition="Path 1 rejected for it.",
        by=by,
    )
    a_consultation(
        project,
        said_by=SECRET_VOICE,
        layer=Layer.EDITOR,
        held_on=date(2026, 1, 19),
        kind=ContributionKind.ADVICE,
        statement=f"{SECRET_VOICE} advises to wait for the spring release.",
        has_consent=True,
        is_confidential=True,
        by=by,
    )


def _tools(project: Project, by: Person, owner: Person) -> None:
    psa = add_tool(
        name="PSA",
        purpose="Contracts and invoices",
        vendor="Editor E",
        edition="2025.4",
        owner_id=owner.id,
        layer=Layer.EDITOR,
        sensitivity=Sensitivity.CONFIDENTIAL,
        by=by,
    )
    portal = add_tool(
        name="SupplierHub",
        purpose="Licences counted by the supplier",
        vendor="Supplier portal SA",
        owner_id=owner.id,
        layer=Layer.SUPPLIER,
        sensitivity=Sensitivity.INTERNAL,
        standing=Standing.TRIAL,
        by=by,
        trial_ends_on=clock.today() + timedelta(days=12),
    )
    for tool in (psa, portal):
        put_in_scope(project=project, tool=tool, by=by)
    connect_tools(
        source=portal, target=psa, kind=ConnectionKind.HAND, carries="Counts by client, typed once a month", by=by
    )
    a_limitation(
        project,
        portal,
        statement="No export of quantities by client.",
        layer=Layer.RESELLER,
        first_reported_on=date(2022, 9, 1),
        promise="in a few months",
        disposition="Work from the monthly CSV instead.",
        by=by,
    )
    a_limitation(
        project,
        psa,
        statement="Package content and extra units cannot be told apart.",
        layer=Layer.EDITOR,
        first_reported_on=date(2025, 8, 20),
        by=by,
    )


def _objectives(project: Project, by: Person) -> None:
    full = an_objective(
        project,
        statement="Invoices follow the supplier's counts without anybody typing.",
        measure="Lines typed by hand a month",
        unit="lines",
        baseline="140",
        target="0",
        due_on=date(2026, 3, 31),
        by=by,
    )
    judge_objective(project=project, objective=full, is_met=False, reason="L-01: no export by client.", by=by)
    revise_objective(
        project=project,
        objective=full,
        decided_by_id=by.id,
        statement="Invoices follow a checked monthly file.",
        measure="Lines typed by hand a month",
        baseline="140",
        target="10",
        by=by,
    )


def _evidence(project: Project, by: Person, home: Path) -> list[Evidence]:
    return [
        a_file(project, by=by, home=home, title="Situation map", filename="map.pdf"),
        a_file(
            project,
            by=by,
            home=home,
            title="Minutes of the advancement meeting",
            filename="=minutes.txt",
            data=b"Held on 3 February.\n",
        ),
        a_file(
            project,
            by=by,
            home=home,
            title="Expired licence note",
            filename="licence.txt",
            data=b"Until January.\n",
            valid_until=date(2026, 1, 31),
        ),
        a_link(project, by=by, title="Release notes of the PSA"),
    ]


def _answers(project: Project, by: Person, evidence: list[Evidence]) -> Checklist:
    gates = a_checklist(project, by=by)
    for step in (1, 2, 3):
        for number, each in enumerate(step_answers(project.id, step)):
            an_answer(project, gates, each.key, by=by, note="Seen on site." if number % 4 == 0 else "")
            attach_evidence(project=project, checklist=gates, item_key=each.key, evidence=evidence[number % 2], by=by)
    standard = a_checklist(project, by=by, pack="iso9001_2015")
    states = list(AnswerState)
    for number, item in enumerate(library.pack("iso9001_2015").items[:60]):
        state = AnswerState.CONFORM if number % 3 else states[1 + number // 3 % 6]
        note = "" if state is AnswerState.CONFORM else "Looked at with the team."
        an_answer(project, standard, item.key, by=by, state=state, note=note)
        if number % 2:
            attach_evidence(
                project=project, checklist=standard, item_key=item.key, evidence=evidence[number % 4], by=by
            )
    a_checklist(project, by=by, pack="iso9001_2026")
    return gates


def _trials(project: Project, by: Person, decider: Person, home: Path) -> None:
    for month, title in ((1, "January as counted"), (2, "February as counted")):
        a_run(project=project, by=by, home=home, files=demo_files(month), month=month, title=title)
    for number, need in enumerate(open_rows(project.id)):
        run = run_of(project.id, need.run)
        assert run is not None
        if number % 3 != 2:
            decision = list(Decision)[number % 6]
            dispose(run=run, row_key=need.key, decision=decision, reason="Agreed with the account manager.", by=decider)


def a_decision(
    project: Project,
    step: int,
    outcome: Outcome,
    *,
    by: Person,
    reason: str = "The criteria are met.",
    pass_number: int = 1,
    back_to: int | None = None,
    also: tuple[str, ...] = (),
) -> GateDecision:
    """A signed decision with its snapshot, written without asking whether the gate would pass."""
    number = len(db.session.query(GateDecision).filter_by(project_id=project.id).all()) + 1
    gate = gate_of(project_id=project.id, key=project.key, step=step, on=clock.today(), language="en")
    frozen = snapshot(project, gate, pass_number)
    made = GateDecision(
        project_id=project.id,
        number=number,
        step=step,
        pass_number=pass_number,
        outcome=outcome,
        back_to=back_to,
        also=list(also),
        reason=reason,
        meaning=meaning(outcome, step, back_to),
        signed_name=by.name,
        signed_functions=["sponsor"],
        snapshot=frozen,
        snapshot_sha256=snapshot_digest(frozen),
        decided_at=clock.now(),
        decided_by_id=by.id,
    )
    db.session.add(made)
    record("gate_decided", made, by=by, project=project.key, reason=reason)
    return made


def _decisions(project: Project, by: Person, owner: Person, gates: Checklist) -> None:
    a_decision(project, 1, Outcome.PASS, by=by)
    conditional = a_decision(
        project, 2, Outcome.PASS_WITH_CONDITIONS, by=by, reason="Sources are few, but independent."
    )
    conditions = [
        DecisionCondition(
            decision_id=conditional.id,
            project_id=project.id,
            step=2,
            text=text,
            owner_id=owner.id,
            due_on=clock.today() + timedelta(days=days),
        )
        for text, days in (("Find a second case of the same size.", 20), ("Ask the editor in writing.", -3))
    ]
    db.session.add_all(conditions)
    waiver = Waiver(
        project_id=project.id,
        step=3,
        condition_key="item:G3-04",
        reason="The editor answers in spring only.",
        granted_by_id=by.id,
        risk_accepted="We may learn late of a price change.",
        ends_on=clock.today() + timedelta(days=25),
        granted_at=clock.now(),
    )
    db.session.add(waiver)
    record("criterion_waived", waiver, by=by, project=project.key, reason=waiver.reason, also=conditions)
    a_decision(project, 3, Outcome.HOLD, by=by, reason="Sales was not heard yet.", also=("wait_for_vendor",))
    a_decision(project, 3, Outcome.BACK, by=by, reason="A new source came up.", back_to=2)
    a_decision(project, 2, Outcome.PASS, by=by, pass_number=2)
    a_decision(
        project, 3, Outcome.PASS, by=by, pass_number=2, reason="Every layer was heard.\nThe caution has its answer."
    )


def _findings(project: Project, by: Person) -> None:
    for number, kind in enumerate(("minor", "opportunity"), 1):
        finding = Finding(
            project_id=project.id,
            number=number,
            kind=kind,
            requirement="ISO 9001:2015, 8.5.6: changes are reviewed before they are made.",
            evidence="On 3 February 2026, 2 of 12 contract lines drawn at random showed a count typed by hand (C-007, C-011).",
            statement="Monthly invoicing does not ensure that a changed count is checked by a second person.",
            item_key="8.5.6-1" if number == 1 else "",
            raised_at=clock.now(),
            raised_by_id=by.id,
        )
        db.session.add(finding)
        record("finding_raised", finding, by=by, project=project.key, after={"code": finding.code})
