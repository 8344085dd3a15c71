"""The page on which a run is started with figures read off a screen, each shown by its screenshot."""

from __future__ import annotations

from flask import current_app, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from workbench import clock
from workbench.people.guards import requires
from workbench.people.rules import Permission as P
from workbench.projects.queries import project as project_of
from workbench.trials import actions, forms
from workbench.trials.views.blueprint import PREFIX, pages
from workbench.web.addresses import row_number
from workbench.web.refusals import BadValue


@pages.route(PREFIX + "/new/by-hand", methods=["GET", "POST"])
@requires(P.TRIAL_RUN, on="project")
def by_hand(key: str) -> str | Response:
    """Type the figures, choose their screenshots, and start the run with them."""
    project, home = project_of(g.rights.project_id), current_app.extensions["ninefold"].home
    form = forms.StartByHand.of_request(read_on=clock.today()).offer(project.id)
    if form.accepted():
        try:
            job = actions.start_by_hand(
                project=project, title=form.title.data, period_on=form.period_on.data, read_on=form.read_on.data,
                figures=form.figures(), screenshots=form.shots(), uploads=form.uploads(), again=form.again.data,
                chosen=forms.chosen_rules(form), address=url_for(".index", key=key), home=home, by=g.person,
            )
            return redirect(url_for("desk.job", job_id=job.id), code=303)
        except BadValue as refusal:
            form.blame("client" if refusal.field == "usage" else refusal.field, forms.said(refusal.message))
    wanted = min(row_number(request.args.get("rows")) or forms.ROWS, forms.MOST_ROWS)
    return render_template("trials/by_hand.html", form=form, project=project, rows=form.rows(wanted), wanted=wanted)
