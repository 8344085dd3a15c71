"""The tables of an audit as registers: which form writes them and what is shown of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from workbench.audits import forms
from workbench.audits.models import AgendaLine, AuditNote, AuditSample, Disagreement, Distribution, PersonMet
from workbench.audits.queries import all_audits
from workbench.audits.rules import AuditState
from workbench.people.rules import Permission
from workbench.registers.rules import Column, Overview, Register
from workbench.web.filters import on
from workbench.web.refusals import BadValue


def _check_sample(project: Any, facts: Mapping[str, Any], row: Any) -> None:
    out_of = facts.get("out_of")
    if out_of is not None and facts["drawn"] > out_of:
        raise BadValue("drawn", _("No more can be drawn than there are."))


def _check_agenda(project: Any, facts: Mapping[str, Any], row: Any) -> None:
    if facts["starts"] and facts["ends"] and facts["ends"] <= facts["starts"]:
        raise BadValue("ends", _("It ends before it begins."))


def _check_settled(project: Any, facts: Mapping[str, Any], row: Any) -> None:
    if facts["is_settled"] and not facts["settlement"]:
        raise BadValue("settlement", _("Say how it was settled."))


_CONDUCT = Permission.AUDIT_CONDUCT
AGENDA = Register(
    "agenda", AgendaLine, forms.WriteAgenda, "AL-", _l("Agenda"), _l("Add to the agenda"),
    _l("When what is looked at, by whom, with whom, where."),
    ("subject", "day", "starts", "ends", "clauses", "auditor", "auditees", "place"),
    writes=_CONDUCT, check=_check_agenda,
)
MET = Register(
    "met", PersonMet, forms.NameMet, "AP-", _l("People met"), _l("Name somebody met"),
    _l("Whom the auditors spoke with, and about what."), ("name", "role", "about"), writes=_CONDUCT,
)
SAMPLES = Register(
    "samples", AuditSample, forms.NoteSample, "AS-", _l("Samples"), _l("Note a sample"),
    _l("What was drawn, from how many, how it was chosen, and what it showed."),
    ("population", "drawn", "out_of", "method", "which", "result", "clause"), writes=_CONDUCT, check=_check_sample,
)
NOTES = Register(
    "notes", AuditNote, forms.WriteNote, "AN-", _l("Notes"), _l("Write a note"),
    _l("What was seen and heard, as it was seen and heard."), ("text", "clause", "evidence_id"), writes=_CONDUCT,
)
DISAGREEMENTS = Register(
    "disagreements", Disagreement, forms.NoteDisagreement, "AD-", _l("Disagreements"), _l("Note a disagreement"),
    _l("Points on which the auditor and the audited differ; the report names those that are not settled."),
    ("point", "auditor_view", "auditee_view", "is_settled", "settlement"), writes=_CONDUCT, check=_check_settled,
)
DISTRIBUTION = Register(
    "distribution", Distribution, forms.NameReader, "AX-", _l("Distribution"), _l("Name a reader"),
    _l("Who gets the report, when and how."), ("name", "role", "sent_on", "how"), writes=_CONDUCT,
)
PARTS = {each.key: each for each in (AGENDA, MET, SAMPLES, NOTES, DISAGREEMENTS, DISTRIBUTION)}


def _address(row: Any) -> str:
    return url_for("audits.show", key=row["project"], audit_id=row["id"])


AUDITS = Overview(
    key="audits",
    title=_l("Audits"),
    purpose=_l("Every audit of the projects you may see, from the plan to the follow-up."),
    rows=all_audits,
    columns=(
        Column("number", _l("Number")),
        Column("title", _l("Title")),
        Column("project", _l("Project")),
        Column("kind", _l("Kind"), forms.KINDS),
        Column("state", _l("State"), forms.STATES, look=lambda value: forms.LOOKS[AuditState(value)]),
        Column("planned_from", _l("First day"), said=on),
        Column("planned_to", _l("Last day"), said=on),
        Column("lead", _l("Lead auditor")),
        Column("recommendation", _l("In short"), forms.RECOMMENDATIONS),
    ),
    sort="-planned_from",
    address=_address,
    permission=Permission.AUDIT_READ,
)
