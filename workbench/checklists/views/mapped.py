"""What other standards already answer: the proposals of a checklist, taken over one by one or those ticked."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from workbench.checklists import actions, forms, queries
from workbench.checklists.actions import Together
from workbench.checklists.queries import Opened
from workbench.checklists.views.blueprint import closed_to, item_of, opened, pages
from workbench.checklists.views.filters import place_of, sent_filter
from workbench.people.guards import requires
from workbench.people.rules import Permission as P
from workbench.projects import queries as project_queries
from workbench.web.paging import Page, wanted_page
from workbench.web.refusals import Refused

PER_PAGE = 25


@pages.get("/<int:checklist_id>/proposals")
@requires(P.PROJECT_READ, on="project")
def proposals(key: str, checklist_id: int) -> str:
    """Every question that is not checked and that other answers of the project speak about."""
    return _page(opened(checklist_id), forms.TakeOver.of_request(formdata=None), Together())


@pages.post("/<int:checklist_id>/proposals")
@requires(P.ANSWER_GIVE, on="project")
def take_over_ticked(key: str, checklist_id: int) -> str | Response:
    """Take the proposals over that are ticked; rows that are refused are listed with their reason."""
    started, form = opened(checklist_id), forms.TakeOver.of_request()
    if not form.accepted():
        return _page(started, form, Together())
    found = _taken(started, form)
    if found.refused:
        g.form_refused = not found.done
        return _page(started, form, found)
    return redirect(url_for(".proposals", key=key, checklist_id=checklist_id), code=303)


@pages.post("/<int:checklist_id>/take-over")
@requires(P.ANSWER_GIVE, on="project")
def take_over(key: str, checklist_id: int) -> Response:
    """Take one proposal over from the page of its question, and go back there."""
    started, form = opened(checklist_id), forms.TakeOver.of_request()
    if not form.accepted():
        raise Refused(_("Choose a proposal."), code=422)
    (item_key, *_others) = _taken(started, form).or_refused().done
    kept = sent_filter() or place_of(started, item_of(started, item_key))
    where = url_for(".show", key=key, checklist_id=checklist_id, _anchor=f"item-{item_key}", **kept)
    return redirect(where, code=303)


def _taken(started: Opened, form: forms.TakeOver) -> Together:
    found = actions.take_over_answers(
        project=project_queries.project(g.rights.project_id),
        checklist=started.checklist,
        picks=form.pick.data,
        by=g.person,
        rights=g.rights,
    )
    count = len(found.done)
    if count:
        flash(ngettext("%(num)s answer is taken over.", "%(num)s answers are taken over.", count), "success")
    return found


def _page(started: Opened, form: forms.TakeOver, found: Together) -> str:
    rows, number = queries.proposals_of(started.checklist, started.pack), wanted_page(request.args.get("page"))
    return render_template(
        "checklists/proposals.html",
        project=project_queries.project(g.rights.project_id),
        started=started,
        checklist=started.checklist,
        pack=started.pack,
        page=Page(rows[(number - 1) * PER_PAGE : number * PER_PAGE], number, len(rows), PER_PAGE),
        words=forms,
        form=form,
        found=found,
        may_answer=not closed_to(started),
    )
