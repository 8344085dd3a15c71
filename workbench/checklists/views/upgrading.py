"""The page that compares the wording a checklist was started with and the one installed now, and takes that one over."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from workbench.checklists import actions, proofs, queries
from workbench.checklists.views.blueprint import language, opened, pages
from workbench.people.guards import requires
from workbench.people.rules import Permission as P
from workbench.projects import queries as project_queries
from workbench.web.forms import Form


@pages.route("/<int:checklist_id>/upgrade", methods=["GET", "POST"])
@requires(P.CHECKLIST_START, on="project")
def upgrade(key: str, checklist_id: int) -> str | Response:
    """See what another version of the pack would change for the project, and take it over."""
    project, started = project_queries.project(g.rights.project_id), opened(checklist_id)
    newest = queries.newest_checklist(project.id, started.checklist.pack_id)
    is_newest = newest is not None and newest.id == checklist_id
    form = Form.of_request()
    if form.accepted():
        made = actions.upgrade_checklist(project=project, pack_id=started.checklist.pack_id, by=g.person)
        flash(_("The project now answers version %(version)s.", version=made.pack_version), "success")
        return redirect(url_for(".show", key=key, checklist_id=made.id), code=303)
    return render_template(
        "checklists/upgrade.html",
        project=project,
        checklist=started.checklist,
        pack=started.pack,
        change=proofs.renewal(started.checklist) if is_newest else None,
        form=form,
        lang=language(),
    )
