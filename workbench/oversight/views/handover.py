"""Pages of hand-overs: giving all open work of a person to others, the records of it, and what one inherited."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from workbench import clock
from workbench.oversight.actions import handover as actions
from workbench.oversight.forms import handover as forms
from workbench.oversight.queries import handover as queries
from workbench.oversight.queries.holdings import held_by
from workbench.oversight.views.blueprint import pages
from workbench.people.guards import may, requires
from workbench.people.queries import person as person_with
from workbench.people.rules import Permission as P
from workbench.web.addresses import row_number
from workbench.web.paging import wanted_page
from workbench.web.refusals import BadValue, NotThere


def _person(person_id: int) -> Any:
    found = person_with(person_id)
    if found is None:
        raise NotThere
    return found


@pages.get("/hand-overs")
@requires(P.TRAIL_READ)
def hand_overs() -> str | Response:
    """The records of every hand-over, and the way to the next one."""
    whose = row_number(request.args.get("person"))
    if whose is not None and may(P.WORK_HAND_OVER):
        return redirect(url_for(".hand_over", person_id=whose), code=303)
    page = queries.page_of_hand_overs(page=wanted_page(request.args.get("page")))
    people = queries.receivers(beside=0) if may(P.WORK_HAND_OVER) else []
    return render_template("oversight/handovers.html", page=page, people=people)


@pages.get("/hand-overs/<int:hand_over_id>")
@requires(P.TRAIL_READ)
def show_hand_over(hand_over_id: int) -> str:
    """One hand-over: what went to whom, what stayed and why."""
    row = queries.hand_over_of(hand_over_id)
    if row is None:
        raise NotThere
    return render_template("oversight/handover_show.html", row=row, words=forms)


@pages.get("/projects/<key>/hand-overs")
@requires(P.PROJECT_READ, on="project")
def hand_overs_of_project(key: str) -> str:
    """What hand-overs meant for one project."""
    found = queries.hand_overs_of_project(g.rights.project_id)
    return render_template("oversight/handovers_of_project.html", project={"key": key}, found=found, words=forms)


@pages.route("/people/<int:person_id>/hand-over", methods=["GET", "POST"])
@requires(P.WORK_HAND_OVER)
def hand_over(person_id: int) -> str | Response:
    """Everything open that a person holds, to be given to others in one act."""
    leaver = _person(person_id)
    held, receivers = held_by(leaver.id), queries.receivers(beside=leaver.id)
    form = forms.HandWorkOver.offered(held, receivers)
    if form.accepted():
        try:
            made = actions.hand_over(
                person=leaver, picks=form.chosen(held, receivers), reason=form.reason.data, by=g.person,
                add_to_team=form.add_to_team.data, end_sign_in=form.end_sign_in.data,
            )
            flash(_left(made.held_after, leaver.name), "success")
            return redirect(url_for(".show_hand_over", hand_over_id=made.id), code=303)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    ticked = set(form.picks.data or ())
    return render_template(
        "oversight/handover.html", leaver=leaver, groups=forms.grouped(held), count=len(held), form=form, words=forms,
        ticked=ticked, today=clock.today(),
    )


def _left(count: int, name: str) -> str:
    return str(ngettext("%(num)s open thing is left with %(name)s.", "%(num)s open things are left with %(name)s.", count,
                        name=name))


@pages.post("/people/<int:person_id>/sign-in")
@requires(P.PERSON_MANAGE)
def give_sign_in_back(person_id: int) -> Response:
    """Let somebody sign in again whose sign-in was taken away."""
    leaver = _person(person_id)
    actions.give_sign_in_back(person=leaver, by=g.person)
    flash(_("%(name)s can sign in again.", name=leaver.name), "success")
    return redirect(url_for(".hand_over", person_id=leaver.id), code=303)


@pages.get("/inherited")
@requires(P.SESSION_USE)
def inherited() -> str:
    """What was handed to the person at hand: what waits, what is due first."""
    found = queries.inherited(g.person)
    waits = [each for each in found if each.is_open]
    return render_template(
        "oversight/handover_inherited.html", waits=waits, over=len(found) - len(waits), words=forms, today=clock.today()
    )
