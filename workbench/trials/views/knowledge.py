"""Pages of what tools can do: proposals, what they are learnt from, and the decision on each."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, flash, g, redirect, render_template, request, url_for
from flask_babel import ngettext
from werkzeug.wrappers import Response as Redirect

import sandbox
from workbench.people.guards import requires
from workbench.people.rules import Permission as P
from workbench.projects.queries import project as project_of
from workbench.registers.forms import check_seen
from workbench.tools import queries as tools
from workbench.trials import actions, forms, queries
from workbench.trials.views.blueprint import PREFIX, pages
from workbench.web.addresses import row_number
from workbench.web.paging import wanted_page
from workbench.web.refusals import BadValue, NotThere
from workbench.web.sheets import csv_answer


def _wanted() -> dict[str, Any]:
    outcome = request.args.get("outcome", "")
    return {
        "tool_id": row_number(request.args.get("tool")),
        "outcome": outcome if outcome in queries.knowledge.OUTCOMES else "",
    }


@pages.get(PREFIX + "/knowledge")
@requires(P.PROJECT_READ, on="project")
def knowledge(key: str) -> str:
    """What descriptions and copies say that tools can do, and what was decided about it."""
    project, wanted = project_of(g.rights.project_id), _wanted()
    found = queries.knowledge.proposals(project.id, page=wanted_page(request.args.get("page")), **wanted)
    return render_template(
        "trials/knowledge.html", project=project, page=found, wanted=wanted, words=forms.knowledge,
        tools=tools.choices(project.id),
    )


@pages.get(PREFIX + "/knowledge.csv")
@requires(P.PROJECT_READ, on="project")
def export_knowledge(key: str) -> Response:
    """Every proposal that the filter shows."""
    head = ["tool", "capability", "answer", "because", "found_in", "evidence", "outcome", "reason", "decided_by", "register"]
    rows = []
    for one in queries.knowledge.all_proposals(g.rights.project_id, **_wanted()):
        row = one.proposal
        rows.append([
            one.tool, row.kind, row.state, forms.said(row.because), row.found_in,
            f"E-{one.evidence}" if one.evidence else "", row.outcome, row.reason, one.decided_by, one.known,
        ])
    return csv_answer([head, *rows], f"{key}-knowledge.csv", text=sandbox.csv_text(head, rows))


@pages.route(PREFIX + "/knowledge/learn", methods=["GET", "POST"])
@requires(P.TRIAL_RUN, on="project")
def learn(key: str) -> str | Redirect:
    """Learn what a tool can do from its description, or from a table of the mirror."""
    project, home = project_of(g.rights.project_id), current_app.extensions["ninefold"].home
    form = forms.knowledge.Learn.of_request(tool_id=row_number(request.args.get("tool"))).offer(project.id)
    if form.accepted():
        try:
            made = _learnt(form, project, home)
            told = ngettext("%(num)s proposal waits for a decision.", "%(num)s proposals wait for a decision.", len(made))
            flash(told, "success")
            return redirect(url_for(".knowledge", key=key, tool=form.tool_id.data, outcome="open"), code=303)
        except BadValue as refusal:
            form.blame(refusal.field, forms.said(refusal.message))
    return render_template("trials/learn.html", form=form, project=project)


def _learnt(form: Any, project: Any, home: Any) -> list[Any]:
    tool = tools.tool(form.tool_id.data)
    if tool is None:
        raise NotThere
    if form.file.data:
        sent = form.file.data
        return actions.knowledge.learn_from_description(
            project=project, tool=tool, filename=sent.filename or "description", stream=sent.stream, home=home, by=g.person
        )
    return actions.knowledge.learn_from_snapshot(
        project=project, tool=tool, snapshot_id=form.snapshot_id.data, home=home, by=g.person
    )


@pages.route(PREFIX + "/knowledge/<int:proposal_id>/decide", methods=["GET", "POST"])
@requires(P.TRIAL_DISPOSE, on="project")
def decide_proposal(key: str, proposal_id: int) -> str | Redirect:
    """Confirm a proposal into the register of tools, or dismiss it."""
    project, row = project_of(g.rights.project_id), queries.knowledge.proposal(g.rights.project_id, proposal_id)
    tool = tools.tool(row.tool_id) if row is not None else None
    if row is None or tool is None:
        raise NotThere
    form = forms.knowledge.DecideProposal.of_request(note=_note(row), version=row.version)
    if form.accepted():
        check_seen(row, form)
        try:
            if form.decision.data == "confirm":
                actions.knowledge.confirm_proposal(project=project, proposal=row, note=form.note.data, by=g.person)
            else:
                actions.knowledge.dismiss_proposal(project=project, proposal=row, reason=form.note.data, by=g.person)
            return redirect(url_for(".knowledge", key=key, tool=row.tool_id), code=303)
        except BadValue as refusal:
            form.blame(refusal.field, forms.said(refusal.message))
    return render_template(
        "trials/decide_proposal.html", form=form, project=project, row=row, tool=tool, words=forms.knowledge,
        standing=queries.knowledge.standing(project.id, tool.id, row.kind),
    )


def _note(row: Any) -> str:
    """What the form opens with: why it is proposed, and where that stands."""
    because = forms.said(row.because)
    return f"{because}: {row.found_in}" if row.found_in else because
