"""Pages of planning an audit: the audits of a project, one audit, its plan, its team, the signature."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from workbench import clock
from workbench.audits import actions, forms, proofs, queries
from workbench.audits.actions.lines import is_writable
from workbench.audits.registers import PARTS
from workbench.audits.rules import AHEAD, FLOW, MemberRole
from workbench.audits.views.blueprint import (
    audit_at_hand,
    back_to,
    check_as_read,
    led,
    may_work_on,
    pages,
    project_at_hand,
    role_at_hand,
    verbs_of,
    workable,
)
from workbench.findings.forms import KINDS as FINDING_KINDS
from workbench.findings.forms import LOOKS as FINDING_LOOKS
from workbench.findings.forms import STATES as FINDING_STATES
from workbench.people import queries as people
from workbench.people.guards import may, requires
from workbench.people.rules import Permission as P
from workbench.registers.forms import cells, check_seen, keep_chosen
from workbench.trail.forms import act_in_words
from workbench.trail.queries import history
from workbench.web import sheets
from workbench.web.paging import wanted_page
from workbench.web.refusals import BadValue, NotThere

# What comes next in each state: the verb, and what still stands in its way.
_NEXT = {
    "planned": "agree", "agreed": "open", "under_way": "conclude", "concluded": "report", "reported": "close",
}


@pages.get("/projects/<key>/audits")
@requires(P.AUDIT_READ, on="project")
def of_project(key: str) -> str:
    """The audits of a project, newest first."""
    project = project_at_hand()
    page = queries.page_of_project(
        project.id, state=request.args.get("state", "")[:20], page=wanted_page(request.args.get("page"))
    )
    return render_template("audits/of_project.html", project=project, page=page, words=forms.words())


@pages.get("/projects/<key>/audits.csv")
@requires(P.AUDIT_READ, on="project")
def export_of_project(key: str) -> Response:
    """The audits that the filter shows, on all its pages."""
    found = queries.page_of_project(g.rights.project_id, state=request.args.get("state", "")[:20], per_page=sheets.ALL)
    known = forms.words()
    head = [_("Audit"), _("Title"), _("Kind"), _("State"), _("From"), _("To"), _("In short")]
    rows = [
        [each.number, each.title, known["kinds"][each.kind], known["states"][each.state], each.planned_from, each.planned_to,
         known["recommendations"][each.recommendation] if each.recommendation else ""]
        for each in found.rows
    ]
    return sheets.csv_answer([head, *rows], f"{key}-audits.csv")


@pages.route("/projects/<key>/audits/new", methods=["GET", "POST"])
@requires(P.AUDIT_PLAN, on="project")
def new(key: str) -> str | Response:
    """Plan an audit."""
    project = project_at_hand()
    form = forms.PlanAudit.of_request(language=str(get_locale() or "en")).offer(project.id)
    if form.accepted():
        try:
            made = actions.plan_audit(project=project, facts=form.facts(), by=g.person)
            flash(_("%(code)s is added.", code=made.number), "success")
            return back_to(key, made.id)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("audits/new.html", form=form, project=project)


@pages.get("/projects/<key>/audits/<int:audit_id>")
@requires(P.AUDIT_READ, on="project")
def show(key: str, audit_id: int) -> str:
    """One audit in the order of its work, with what comes next first."""
    project, audit = project_at_hand(), audit_at_hand(audit_id)
    role, team, today = role_at_hand(audit), queries.members(audit.id), clock.today()
    against = proofs.conflicts_of(project, audit, team) if audit.standing in AHEAD else {}
    parts = {name: _part(project.id, audit, name) for name in PARTS}
    lacks = _lacks(audit, team, against, bool(parts["agenda"]["lines"]))
    return render_template(
        "audits/show.html", project=project, audit=audit, team=team, role=role, words=forms.words(),
        works=may_work_on(audit, role), verbs=verbs_of(audit, role, team), parts=parts, registers=PARTS,
        next_verb=_NEXT.get(audit.state, ""), lacks=lacks, ahead=audit.standing in AHEAD,
        against={person_id: [forms.against_in_words(each) for each in found] for person_id, found in against.items()},
        names={each.person_id: each.name for each in team}, pack_titles=forms.pack_titles(audit.packs),
        signatures=queries.signatures_of(audit.id), meetings=queries.meetings_of(audit.id),
        checklists=queries.checklists_of(audit), findings=queries.findings_of(audit, today),
        previous=queries.previous_findings(audit), follow_ups=queries.follow_ups(audit),
        finding_words={"kinds": FINDING_KINDS, "states": FINDING_STATES, "looks": FINDING_LOOKS},
        events=history("audit", audit.id) if may(P.TRAIL_READ) else [], act_in_words=act_in_words,
        locale=str(get_locale() or "en"), follows=queries.audit(project.id, audit.follows_id),
    )


def _part(project_id: int, audit: Any, name: str) -> dict[str, Any]:
    """One table of the audit: whether it can be written, and its lines as they are shown."""
    register = PARTS[name]
    rows = queries.lines_of(audit.id, register.model)
    form = register.form().offer(project_id) if rows else None
    if form is not None:
        keep_chosen(register, form, rows)
    shown = [] if form is None else [(row, cells(register, form, row, sees=True)) for row in rows]
    return {"lines": shown, "is_writable": is_writable(audit, register.table)}


def _lacks(audit: Any, team: Any, against: Any, has_agenda: bool) -> list[str]:
    """What the next step still lacks, in words."""
    asked = {
        "planned": lambda: proofs.lacking_to_agree(audit, team, against, has_agenda=has_agenda),
        "agreed": lambda: proofs.lacking_to_open(team, against),
        "under_way": lambda: proofs.lacking_to_conclude(audit),
        "concluded": lambda: proofs.lacking_to_report(audit),
    }
    if audit.state == "reported":
        return [_("%(code)s is open", code=code) for code in proofs.lacking_to_close(audit)]
    found = asked.get(audit.state, list)()
    return [forms.lacking_in_words(code) for code in found]


@pages.route("/projects/<key>/audits/<int:audit_id>/change", methods=["GET", "POST"])
@requires(P.AUDIT_CONDUCT, on="project")
def change(key: str, audit_id: int) -> str | Response:
    """Say the plan anew."""
    project, audit = project_at_hand(), workable(audit_id)
    FLOW.target("change", audit.standing)
    form = forms.PlanAudit.of_request(obj=audit).offer(project.id)
    if form.accepted():
        check_seen(audit, form)
        try:
            actions.change_audit(project=project, audit=audit, facts=form.facts(), by=g.person)
            return back_to(key, audit_id)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("audits/change.html", form=form, project=project, audit=audit)


@pages.route("/projects/<key>/audits/<int:audit_id>/team", methods=["GET", "POST"])
@requires(P.AUDIT_CONDUCT, on="project")
def add_member(key: str, audit_id: int) -> str | Response:
    """Put somebody in the team."""
    project, audit = project_at_hand(), workable(audit_id)
    form = forms.AddMember.of_request().offer()
    if form.accepted():
        try:
            person = people.person(form.person_id.data) if form.person_id.data else None
            actions.add_member(
                project=project, audit=audit, role=MemberRole(form.role.data), person=person, name=form.name.data,
                organisation=form.organisation.data, by=g.person,
            )
            return back_to(key, audit_id, "team")
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("audits/add_member.html", form=form, project=project, audit=audit)


@pages.route("/projects/<key>/audits/<int:audit_id>/team/<int:member_id>/remove", methods=["GET", "POST"])
@requires(P.AUDIT_CONDUCT, on="project")
def remove_member(key: str, audit_id: int, member_id: int) -> str | Response:
    """Take somebody off the team."""
    project, audit = project_at_hand(), workable(audit_id)
    member = queries.member(audit.id, member_id)
    if member is None:
        raise NotThere
    form = forms.GiveReason.of_request()
    if form.accepted():
        actions.remove_member(project=project, audit=audit, member=member, reason=form.reason.data, by=g.person)
        return back_to(key, audit_id, "team")
    return render_template("audits/remove_member.html", form=form, project=project, audit=audit, member=member)


@pages.route("/projects/<key>/audits/<int:audit_id>/agree", methods=["GET", "POST"])
@requires(P.AUDIT_CONDUCT, on="project")
def agree(key: str, audit_id: int) -> str | Response:
    """Sign the plan as lead auditor."""
    project, audit = project_at_hand(), led(audit_id)
    form = forms.AgreePlan.of_request(told_on=clock.today(), version=audit.version)
    if form.accepted():
        check_as_read(audit, form)
        try:
            told = {name: form[name].data for name in ("told", "told_on", "password")}
            actions.agree_plan(project=project, audit=audit, by=g.person, **told)
            return redirect(url_for("audits.show", key=key, audit_id=audit_id), code=303)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("audits/agree.html", form=form, project=project, audit=audit)
