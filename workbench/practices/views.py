"""Pages of steps 7 and 8: work instructions, familiarisation, reading, the channel plan, questions, offers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import Blueprint, flash, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.exceptions import Forbidden
from werkzeug.wrappers import Response

from sandbox import SandboxError
from workbench.people.guards import may, requires
from workbench.people.rules import Permission as P
from workbench.practices import actions, formats, forms, offer_words, queries
from workbench.practices.registers import COMPARISONS, OFFERS, REGISTERS
from workbench.practices.rules import amount, percentage
from workbench.projects import queries as projects
from workbench.registers.forms import check_seen
from workbench.registers.views import serve
from workbench.web.addresses import row_number
from workbench.web.forms import Form
from workbench.web.refusals import BadValue, NotThere, Refused, check_version
from workbench.web.sheets import csv_answer

pages = Blueprint("practices", __name__, url_prefix="/projects/<key>/practices")
serve(pages, *REGISTERS)


def _there(found: Any) -> Any:
    if found is None:
        raise NotThere
    return found


@pages.get("")
@requires(P.PROJECT_READ, on="project")
def index(key: str) -> str:
    """The work instructions, each with its text and its signature, and the way to the records of steps 7 and 8."""
    project = projects.project(g.rights.project_id)
    return render_template(
        "practices/index.html", project=project, rows=queries.instructions(project.id), kinds=forms.KINDS,
        approved=queries.approved_numbers(project.id), registers=REGISTERS,
    )


@pages.route("/new", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def new(key: str) -> str | Response:
    """Write a work instruction."""
    project = projects.project(g.rights.project_id)
    form = forms.WriteInstruction.of_request().offer(project.id)
    if form.accepted():
        actions.write_instruction(project=project, by=g.person, **form.facts())
        return redirect(url_for(".index", key=key), code=303)
    return render_template("practices/new.html", form=form, project=project)


@pages.route("/<int:instruction_id>/edit", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def edit(key: str, instruction_id: int) -> str | Response:
    """Publish a new edition of a work instruction."""
    project = projects.project(g.rights.project_id)
    row = _there(queries.instruction(project.id, instruction_id))
    form = forms.ReviseInstruction.of_request(obj=row).offer(project.id)
    if form.accepted():
        check_seen(row, form)
        actions.revise_instruction(project=project, instruction=row, by=g.person, **form.facts())
        return redirect(url_for(".index", key=key), code=303)
    return render_template("practices/edit.html", form=form, project=project, row=row)


@pages.get("/<int:instruction_id>/editions")
@requires(P.PROJECT_READ, on="project")
def editions(key: str, instruction_id: int) -> str:
    """Every edition of a work instruction: its text, what changed, who wrote and who signed it."""
    project = projects.project(g.rights.project_id)
    row = _there(queries.instruction(project.id, instruction_id))
    return render_template("practices/editions.html", project=project, row=row, rows=queries.editions(row.id))


@pages.route("/<int:instruction_id>/sign", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def approve(key: str, instruction_id: int) -> str | Response:
    """Sign the newest edition of a work instruction."""
    project = projects.project(g.rights.project_id)
    row = _there(queries.instruction(project.id, instruction_id))
    form = forms.SignInstruction.of_request(obj=row)
    if form.accepted():
        check_version(row, form.seen_version(), {})  # nothing typed is shown again: it is a password
        try:
            actions.approve_instruction(project=project, instruction=row, password=form.password.data, by=g.person)
            flash(_("Edition %(number)s of %(code)s is signed.", number=row.edition, code=row.code), "success")
            return redirect(url_for(".index", key=key), code=303)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("practices/approve.html", form=form, project=project, row=row)


@pages.get("/familiarisation")
@requires(P.PROJECT_READ, on="project")
def familiarisation(key: str) -> str:
    """Role by role, who did which practice task and who saw it."""
    project = projects.project(g.rights.project_id)
    return render_template("practices/familiarisation.html", project=project, grids=queries.grids(project.id))


@pages.get("/familiarisation.csv")
@requires(P.PROJECT_READ, on="project")
def export_familiarisation(key: str) -> Any:
    """Who did which practice task, a line for each user and task."""
    return csv_answer(formats.practised_table(queries.grids(g.rights.project_id)), f"{key}-familiarisation.csv")


@pages.route("/familiarisation/record", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def record_task(key: str) -> str | Response:
    """Record a practice task that was done."""
    project = projects.project(g.rights.project_id)
    chosen = {name: row_number(request.args.get(name)) for name in ("user_id", "task_id")}
    form = forms.RecordTask.of_request(data=chosen).offer(project.id)
    if form.accepted():
        facts = form.facts()
        user, task = queries.user(project.id, facts.pop("user_id")), queries.task(project.id, facts.pop("task_id"))
        try:
            actions.record_task_done(project=project, user=_there(user), task=_there(task), by=g.person, **facts)
            return redirect(url_for(".familiarisation", key=key), code=303)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("practices/record_task.html", form=form, project=project)


@pages.get("/reading")
@requires(P.PROJECT_READ, on="project")
def reading(key: str) -> str:
    """What I have still to read, and how much of each edition in force was read."""
    project = projects.project(g.rights.project_id)
    rows = queries.readings(project.id)
    mine = [(each.edition, user) for each in rows for user in each.unread if user.person_id == g.person.id]
    shares = {each.edition.id: percentage(len(each.read), len(each.read) + len(each.unread)) for each in rows}
    return render_template("practices/reading.html", project=project, rows=rows, mine=mine, shares=shares)


@pages.route("/reading/<int:edition_id>/<int:user_id>", methods=["GET", "POST"])
@requires(P.PROJECT_READ, on="project")
def read(key: str, edition_id: int, user_id: int) -> str | Response:
    """One edition for one user: the text, what changed since they read it last, and the way to say that it is read."""
    project = projects.project(g.rights.project_id)
    edition = _there(queries.edition_of_project(project.id, edition_id))
    user = _there(queries.user(project.id, user_id))
    is_own = user.person_id == g.person.id
    form = Form.of_request() if is_own else forms.RecordReading.of_request().offer(project.id)
    if request.method == "POST" and not is_own and not may(P.RECORD_WRITE):
        raise Forbidden
    if form.accepted():
        facts = {} if is_own else form.facts()
        actions.acknowledge_edition(project=project, edition=edition, user=user, by=g.person, **facts)
        return redirect(url_for(".reading", key=key), code=303)
    return render_template(
        "practices/read.html", project=project, edition=edition, user=user, form=form, is_own=is_own,
        was_read=queries.has_read(edition.id, user.id), changed=queries.changed_since_read(edition, user.id),
    )


@pages.get("/channel-plan")
@requires(P.PROJECT_READ, on="project")
def channels_plan(key: str) -> str:
    """Each message with its channels; a second channel for the same audience is marked with what it costs."""
    project = projects.project(g.rights.project_id)
    rows = queries.messages(project.id)
    return render_template(
        "practices/channels_plan.html", project=project, rows=rows,
        duplicates=[each for each in rows if len(each.ways) > 1],
        minutes=sum(each.duplicate_minutes for each in rows),
    )


@pages.get("/channel-plan.csv")
@requires(P.PROJECT_READ, on="project")
def export_channels_plan(key: str) -> Any:
    """Each message with its channels, a line a channel, the primary one first."""
    return csv_answer(formats.channel_plan_table(queries.messages(g.rights.project_id)), f"{key}-channel-plan.csv")


@pages.get("/faq")
@requires(P.PROJECT_READ, on="project")
def faq(key: str) -> str:
    """The questions asked most, with their answers."""
    project = projects.project(g.rights.project_id)
    return render_template("practices/faq.html", project=project, rows=queries.faq(project.id))


@pages.route("/questions/<int:record_id>/answer", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def answer_question(key: str, record_id: int) -> str | Response:
    """Answer a question."""
    project = projects.project(g.rights.project_id)
    row = _there(queries.question_of_project(project.id, record_id))
    form = forms.AnswerQuestion.of_request(obj=row)
    if form.accepted():
        check_seen(row, form)
        try:
            actions.answer_question(
                project=project, question=row, answer=form.answer.data, answered_on=form.answered_on.data,
                is_faq=form.is_faq.data, by=g.person,
            )
            return redirect(url_for(".record", key=key, register="questions", record_id=row.id), code=303)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("practices/answer.html", form=form, project=project, row=row)


@pages.get("/comparisons/<int:record_id>/compare")
@requires(P.PROJECT_READ, on="project")
def compare(key: str, record_id: int) -> str:
    """What each offer costs at the usage expected or at another, over the range, and from when on which is cheaper."""
    project = projects.project(g.rights.project_id)
    row = _there(queries.comparison(project.id, record_id))
    typed = request.args.get("usage", "").strip()
    asked = amount(typed) if typed else None
    # What cannot be read as a usage is said beside its field, and the page reckons with the usage expected.
    usage = amount(row.usage) if asked is None else asked
    found, fault = _compared(row, project.id, usage)
    lines, together = formats.lines_table(found) if found else ([], None)
    return render_template(
        "practices/compare.html", project=project, row=row, usage=usage or Decimal(0), found=found, fault=fault, words=offer_words,
        said=offer_words.offers_said(found, row.unit, row.currency or "") if found else [],
        stretches=offer_words.stretches_said(found, row.unit, row.currency or "") if found else [],
        steps=formats.steps_table(found) if found else [], lines=lines, together=together,
        wrong=typed if typed and asked is None else "",
    )


def _compared(row: Any, project_id: int, usage: Decimal | None) -> tuple[formats.Compared | None, str]:
    """(the comparison, "") or (None, why it cannot be reckoned; nothing where there are fewer than two offers)."""
    known = queries.offers(project_id, row.id)
    if len(known) < 2:
        return None, ""
    try:
        return formats.compared(row, known, usage or Decimal(0)), ""
    except SandboxError as error:
        return None, str(error)


@pages.get("/comparisons/<int:record_id>/export.<any(toml, csv):kind>")
@requires(P.PROJECT_READ, on="project")
def export_comparison(key: str, record_id: int, kind: str) -> Response:
    """The comparison as the file of `workbench offers compare`, or its table over the range."""
    project_id = g.rights.project_id
    row = _there(queries.comparison(project_id, record_id))
    known = queries.offers(project_id, row.id)
    if kind == "toml":
        body, mimetype = formats.as_toml(row, known), "application/toml"
    else:
        found, fault = _compared(row, project_id, amount(row.usage))
        if found is None:
            raise Refused(fault or _("Describe at least two offers of this comparison."))
        return csv_answer(formats.steps_table(found), f"{key}-{row.code}.csv")
    answer = make_response(body)
    answer.mimetype = mimetype
    answer.headers.set("Content-Disposition", "attachment", filename=f"{key}-{row.code}.{kind}")
    return answer


@pages.route("/comparisons/import", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def import_comparison(key: str) -> str | Response:
    """Take a comparison and its offers from a TOML file."""
    project = projects.project(g.rights.project_id)
    form = forms.ImportComparison.of_request()
    if form.accepted():
        try:
            sent = form.file.data
            row = actions.import_comparison(
                project=project, comparisons=COMPARISONS, offers=OFFERS, by=g.person,
                filename=(sent.filename or "") if sent else "", stream=sent.stream if sent else None,
            )
            return redirect(url_for(".compare", key=key, record_id=row.id), code=303)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("practices/import_comparison.html", form=form, project=project)


@pages.route("/comparisons/<int:record_id>/policy", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def write_policy(key: str, record_id: int) -> str | Response:
    """Write the selling policy that follows from a comparison of offers; the form opens with what the comparison says."""
    project = projects.project(g.rights.project_id)
    row = _there(queries.comparison(project.id, record_id))
    form = forms.WriteInstruction.of_request(data=_policy(row, project.id)).offer(project.id)
    if form.accepted():
        actions.write_instruction(project=project, by=g.person, comparison=row, **form.facts())
        return redirect(url_for(".index", key=key), code=303)
    return render_template("practices/write_policy.html", form=form, project=project, row=row)


def _policy(row: Any, project_id: int) -> dict[str, str]:
    """A first text of the policy: what is sold, to whom, from which usage on, and why not the other offer."""
    found, _fault = _compared(row, project_id, amount(row.usage))
    names = {"name": found.rows[0].name, "other": found.rows[1].name} if found else {"name": "…", "other": "…"}
    said = [*offer_words.offers_said(found, row.unit, row.currency or ""), _("Over the range of usage:")] if found else []
    said += offer_words.stretches_said(found, row.unit, row.currency or "") if found else []
    lines = [
        _("What may be sold: %(name)s", **names), _("To whom: …"), _("Why not %(other)s:", **names), *said,
        _("Whom to ask: …"),
    ]
    return {"title": _("Selling policy: %(title)s", title=row.title), "body": "\n".join(str(each) for each in lines)}
