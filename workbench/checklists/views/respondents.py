"""Pages of what is asked of whom: asking, one's own questions, handing in, accepting and sending back; comments on an item."""

from __future__ import annotations

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response as Answer

from workbench.checklists import actions, forms, queries
from workbench.checklists.actions import Together
from workbench.checklists.queries import Wanted
from workbench.checklists.views.blueprint import closed_to, drawn, item_of, language, opened, pages
from workbench.checklists.views.filters import is_wanted
from workbench.people.guards import may, requires
from workbench.people.rules import Permission as P
from workbench.projects import queries as project_queries
from workbench.web.paging import PER_PAGE, Page, wanted_page
from workbench.web.refusals import BadValue, NotThere, Refused
from workbench.web.sheets import csv_answer


@pages.get("/<int:checklist_id>/mine")
@requires(P.PROJECT_READ, on="project")
def mine(key: str, checklist_id: int) -> str:
    """What is asked of the person at hand: to answer, and handed in."""
    started = opened(checklist_id)
    asked = {k: each for k, each in queries.asked_of(started.checklist).items() if each.person_id == g.person.id}
    found = queries.checklist_page(
        started.checklist, started.pack, Wanted(keys=frozenset(asked)), language=language(),
        page=wanted_page(request.args.get("page")),
    )
    shut = closed_to(started)
    return render_template(
        "checklists/mine.html",
        drawn=drawn,
        project=project_queries.project(g.rights.project_id),
        started=started,
        checklist=started.checklist,
        pack=started.pack,
        page=found,
        asked=asked,
        waiting=sum(each.is_waiting for each in asked.values()),
        comments=queries.comment_counts(checklist_id, [each.key for each in found.rows]),
        kept={"back": "mine"} | ({"page": found.page} if found.page > 1 else {}),
        words=forms,
        shut=shut,
        barred=frozenset(k for k, each in asked.items() if queries.why_item_not(each, g.person, g.rights) is not None),
    )


@pages.post("/<int:checklist_id>/mine")
@requires(P.ANSWER_GIVE, on="project")
def submit(key: str, checklist_id: int) -> Answer:
    """Hand in the answers to what was asked of the person at hand."""
    started, form = opened(checklist_id), forms.SubmitTogether.of_request()
    if not form.accepted():
        raise Refused(_("Say which answers you hand in."), code=422)
    if closed_to(started):
        raise Refused(closed_to(started))
    found = actions.submit_items(
        project=project_queries.project(g.rights.project_id),
        checklist=started.checklist,
        item_keys=form.items.keys() if form.which.data == "ticked" else None,
        by=g.person,
    ).or_refused()
    count = len(found.done)
    _tell(found, ngettext("%(num)s answer is handed in.", "%(num)s answers are handed in.", count))
    return redirect(url_for(".mine", key=key, checklist_id=checklist_id), code=303)


def _tell(found: Together, message: str) -> None:
    """What was done, and what was not with the reason of each."""
    flash(message, "success")
    if found.refused:
        told = "; ".join(f"{item}: {why}" for item, why in list(found.refused.items())[:20])
        flash(_("Left as they were: %(items)s", items=told), "warn")


@pages.get("/<int:checklist_id>/asked")
@requires(P.PROJECT_READ, on="project")
def asked(key: str, checklist_id: int) -> str:
    """What is asked of whom in a checklist, with the answers, by person and state."""
    started = opened(checklist_id)
    everything = queries.asked_of(started.checklist)
    wanted = [each for each in everything.values() if is_wanted(each)]
    number = wanted_page(request.args.get("page"))
    shown = wanted[(number - 1) * PER_PAGE : number * PER_PAGE]
    items = [item for each in shown if (item := queries.item_in(started.pack, each.item_key)) is not None]
    return render_template(
        "checklists/asked.html",
        project=project_queries.project(g.rights.project_id),
        started=started,
        checklist=started.checklist,
        pack=started.pack,
        page=Page(shown, number, len(wanted)),
        persons=sorted({(each.person_id, each.person_name) for each in everything.values()}, key=lambda each: each[1]),
        answers=queries.answers_to(started.checklist, items),
        form=forms.JudgeTogether.of_request(),
        words=forms,
        may_judge=may(P.CHECKLIST_ASSIGN),
    )


@pages.get("/<int:checklist_id>/asked.csv")
@requires(P.PROJECT_READ, on="project")
def export_asked(key: str, checklist_id: int) -> Response:
    """What is asked of whom, as the filter shows it, on all its pages."""
    found = queries.asked_of(opened(checklist_id).checklist).values()
    head = [_("Question"), _("Asked of"), _("Due"), _("Request"), _("Overdue"), _("Reason"), _("Asked by")]
    rows = [
        [each.item_key, each.person_name, each.due_on, forms.ASKED[each.assignment_state], each.is_overdue, each.reason,
         each.asked_by_name]
        for each in found if is_wanted(each)
    ]
    return csv_answer([head, *rows], f"{key}-asked.csv")


@pages.post("/<int:checklist_id>/asked")
@requires(P.CHECKLIST_ASSIGN, on="project")
def judge(key: str, checklist_id: int) -> Answer:
    """Accept answers, send them back with the reason, or take questions back."""
    started, form = opened(checklist_id), forms.JudgeTogether.of_request()
    if not form.accepted():
        raise Refused(_("Tick at least one question and say what happens to its answer."), code=422)
    try:
        found = actions.judge_items(
            project=project_queries.project(g.rights.project_id),
            checklist=started.checklist,
            verb=form.verb.data,
            item_keys=form.items.keys(),
            reason=form.reason.data,
            by=g.person,
        ).or_refused()
    except BadValue as refusal:
        raise Refused(refusal.message, code=422) from refusal
    _tell(found, _judged(form.verb.data, len(found.done)))
    return redirect(url_for(".asked", key=key, checklist_id=checklist_id), code=303)


def _judged(verb: str, count: int) -> str:
    if verb == "accept":
        return str(ngettext("%(num)s answer is accepted.", "%(num)s answers are accepted.", count))
    if verb == "send_back":
        return str(ngettext("%(num)s answer is sent back.", "%(num)s answers are sent back.", count))
    return str(ngettext("%(num)s question is taken back.", "%(num)s questions are taken back.", count))


@pages.post("/<int:checklist_id>/items/<item_key>/comments")
@requires(P.ANSWER_GIVE, on="project")
def comment(key: str, checklist_id: int, item_key: str) -> Answer:
    """Say something about an item."""
    started = opened(checklist_id)
    item_of(started, item_key)
    form = forms.Say.of_request()
    if not form.accepted():
        raise Refused(_("Write a comment of at most %(most)s characters.", most=actions.LONGEST_COMMENT), code=422)
    actions.add_comment(
        project=project_queries.project(g.rights.project_id), checklist=started.checklist, item_key=item_key,
        text=form.text.data, by=g.person,
    )
    return _back_to_comments(key, checklist_id, item_key)


@pages.post("/<int:checklist_id>/items/<item_key>/comments/<int:comment_id>/strike")
@requires(P.ANSWER_GIVE, on="project")
def strike_comment(key: str, checklist_id: int, item_key: str, comment_id: int) -> Answer:
    """Strike a comment through, with the reason."""
    started = opened(checklist_id)
    found = queries.comment_on(checklist_id, item_key, comment_id)
    if found is None:
        raise NotThere
    form = forms.Strike.of_request()
    if not form.accepted():
        raise Refused(_("Say why; the trail keeps the reason."), code=422)
    actions.strike_comment(
        project=project_queries.project(g.rights.project_id), checklist=started.checklist, comment=found,
        reason=form.reason.data, by=g.person, may_assign=may(P.CHECKLIST_ASSIGN),
    )
    return _back_to_comments(key, checklist_id, item_key)


def _back_to_comments(key: str, checklist_id: int, item_key: str) -> Answer:
    where = url_for(".item", key=key, checklist_id=checklist_id, item_key=item_key, _anchor="comments")
    return redirect(where, code=303)
