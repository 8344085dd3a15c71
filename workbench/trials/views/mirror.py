"""Pages of the mirror: its sources, a new one, how a source is read and treated, and one source with its snapshots."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import current_app, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Redirect
from wtforms.fields.choices import SelectChoice

import sandbox
from workbench.people.guards import requires
from workbench.people.rules import Permission as P
from workbench.projects.queries import project as project_of
from workbench.registers.forms import check_seen
from workbench.tools import forms as tool_words
from workbench.trials import rules, store
from workbench.trials.actions import mirror as actions
from workbench.trials.forms import mirror as forms
from workbench.trials.forms import said
from workbench.trials.queries import mirror as queries
from workbench.trials.queries import overlay as overlays
from workbench.trials.views.blueprint import PREFIX, pages
from workbench.web.paging import wanted_page
from workbench.web.refusals import BadValue, NotThere, Refused
from workbench.web.transactions import once_committed

MIRROR = PREFIX + "/mirror"


def source_at(name: str) -> Any:
    """The source that the address names. Raises NotThere."""
    found = queries.source(g.rights.project_id, name)
    if found is None:
        raise NotThere
    return found


def form_page(form: Any, title: str, back: str, *, lead: str = "", submit: str = "", multipart: bool = False, **more: Any) -> str:
    """A page of the mirror that is one form; `back` is where Cancel leads."""
    return render_template(
        "trials/mirror_form.html", form=form, title=title, back=back, lead=lead, submit=submit, multipart=multipart,
        project=project_of(g.rights.project_id), **more)


def blame(form: Any, refusal: BadValue) -> None:
    """Put a refusal beside its field, in the person's language where the sandbox spoke."""
    form.blame(refusal.field, said(refusal.message))


@pages.get(MIRROR)
@requires(P.PROJECT_READ, on="project")
def mirror(key: str) -> str:
    """What the project mirrors: sources, newest snapshots, hashes, trial licences."""
    project = project_of(g.rights.project_id)
    found = queries.sources(project.id, withdrawn=True)
    return render_template(
        "trials/mirror.html", project=project, sources=[each for each in found if each.source.withdrawn_at is None],
        withdrawn=[each for each in found if each.source.withdrawn_at is not None], words=forms, tool_words=tool_words,
        edits=overlays.count_of_edits(project.id), unchanged=queries.sources_unchanged(project.id), live_state=queries.live_state)


@pages.get(MIRROR + "/new")
@requires(P.TRIAL_RUN, on="project")
def choose_connector(key: str) -> str:
    """Choose how the tool's data come."""
    return render_template(
        "trials/choose_connector.html", project=project_of(g.rights.project_id), offerings=sandbox.offerings(), words=forms)


@pages.route(MIRROR + "/new/<connector>", methods=["GET", "POST"])
@requires(P.TRIAL_RUN, on="project")
def add_source(key: str, connector: str) -> str | Redirect:
    """Add a source that this connector reads."""
    offering = sandbox.offerings().get(connector)
    if offering is None:
        raise NotThere
    kind = forms.AddLive if offering.is_live else forms.settings_form(forms.AddFiles, offering)
    example = forms.EXAMPLES.get(connector, "")
    form: Any = kind.of_request().offer(g.rights.project_id)
    if form.accepted():
        try:
            settings = forms.settings_from(form.settings.data) if offering.is_live else forms.file_settings(form)
            made = actions.add_source(
                project=project_of(g.rights.project_id), name=form.name.data, title=form.title.data, connector=connector,
                settings=settings, by=g.person, tool_id=form.tool_id.data, masks=forms.masks_from(form.masks.data),
                keep_days=form.keep_days.data,
            )
            return redirect(url_for(".source", key=key, source=made.name), code=303)
        except BadValue as refusal:
            blame(form, refusal)
    title, lead = forms.CONNECTORS[connector]
    return form_page(form, _("Add a source: %(kind)s", kind=title), url_for(".choose_connector", key=key), lead=str(lead),
                     submit=_("Add the source"), example=example, example_of=connector)


@pages.get(MIRROR + "/<source>")
@requires(P.PROJECT_READ, on="project")
def source(key: str, source: str) -> str:
    """One source: its readings, its snapshots, and what changed between them."""
    project, found = project_of(g.rights.project_id), source_at(source)
    job = queries.last_job(found, key)
    readings = queries.pulls(found.id)
    is_newer = job is not None and (not readings or job.made_at > readings[0].pull.pulled_at)
    return render_template(
        "trials/source.html", project=project, source=found, tool=queries.tool_of(found), pulls=readings, words=forms,
        page=queries.snapshots(found.id, page=wanted_page(request.args.get("page"))), tool_words=tool_words, said=said,
        tables=queries.tables(found), offering=sandbox.offerings()[found.connector], toml=rules.as_toml(found.settings),
        form=forms.Receive.of_request(), job=job if is_newer else None)


@pages.route(MIRROR + "/<source>/edit", methods=["GET", "POST"])
@requires(P.TRIAL_RUN, on="project")
def change_source(key: str, source: str) -> str | Redirect:
    """Change how a source is read."""
    found = source_at(source)
    offering = sandbox.offerings()[found.connector]
    first: dict[str, Any] = {"title": found.title, "tool_id": found.tool_id, "keep_days": found.keep_days, "version": found.version}
    first |= {"settings": rules.as_toml(found.settings)} if offering.is_live else forms.as_fields(found.settings)
    kind = forms.ChangeLive if offering.is_live else forms.settings_form(forms.ChangeFiles, offering)
    form: Any = kind.of_request(**first).offer(g.rights.project_id)
    if form.accepted():
        check_seen(found, form)
        try:
            settings = forms.settings_from(form.settings.data) if offering.is_live else forms.file_settings(form)
            actions.change_source(source=found, title=form.title.data, settings=settings, tool_id=form.tool_id.data,
                                  keep_days=form.keep_days.data, by=g.person)
            return redirect(url_for(".source", key=key, source=source), code=303)
        except BadValue as refusal:
            blame(form, refusal)
    return form_page(form, _("Change %(name)s", name=found.title), url_for(".source", key=key, source=source))


@pages.route(MIRROR + "/<source>/treatment", methods=["GET", "POST"])
@requires(P.TRIAL_RUN, on="project")
def treat_source(key: str, source: str) -> str | Redirect:
    """Say what happens with new columns, and which columns are masked on the way in."""
    found = source_at(source)
    tables = queries.tables(found)
    first = {**forms.treatment_fields(tables, found.contracts, found.masks), "version": found.version}
    form = forms.treatment_form(tables).of_request(**first)
    if form.accepted():
        check_seen(found, form)
        try:
            contracts, masks = forms.treatment_of(form, tables)
            actions.treat_source(source=found, contracts=contracts, masks=masks, by=g.person)
            return redirect(url_for(".source", key=key, source=source), code=303)
        except BadValue as refusal:
            blame(form, refusal)
    return render_template("trials/treatment.html", form=form, project=project_of(g.rights.project_id), source=found, tables=tables)


@pages.route(MIRROR + "/<source>/withdraw", methods=["GET", "POST"])
@requires(P.TRIAL_RUN, on="project")
def withdraw_source(key: str, source: str) -> str | Redirect:
    """Take a source out of the mirror."""
    found = source_at(source)
    form = forms.Reason.of_request()
    if form.accepted():
        actions.withdraw_source(source=found, reason=form.reason.data, by=g.person)
        return redirect(url_for(".mirror", key=key), code=303)
    lead = _("It is read no more. What was received stays until its time is over or somebody removes it.")
    return form_page(form, _("Withdraw %(name)s", name=found.title), url_for(".source", key=key, source=source), lead=lead,
                     submit=_("Withdraw"))


@pages.post(MIRROR + "/<source>/put-back")
@requires(P.TRIAL_RUN, on="project")
def put_back_source(key: str, source: str) -> Redirect:
    """Put a withdrawn source back."""
    actions.put_back_source(source=source_at(source), by=g.person)
    return redirect(url_for(".source", key=key, source=source), code=303)


@pages.route(MIRROR + "/describe", methods=["GET", "POST"])
@requires(P.TRIAL_RUN, on="project")
def describe_source(key: str) -> str | Redirect:
    """Bring the description of an interface; only what reads is offered."""
    form = forms.Describe.of_request()
    if form.accepted():
        upload = form.file.data
        token = store.keep_arrival(_home(), key, upload.filename or "openapi", upload.stream)
        return redirect(url_for(".offered_tables", key=key, token=token), code=303)
    lead = _("Of an OpenAPI or Swagger description, only what is read by GET and answers a list is offered.")
    return form_page(form, _("Add a source from a description"), url_for(".choose_connector", key=key), lead=lead,
                     submit=_("Show its tables"), multipart=True)


@pages.route(MIRROR + "/described/<token>", methods=["GET", "POST"])
@requires(P.TRIAL_RUN, on="project")
def offered_tables(key: str, token: str) -> str | Redirect:
    """Tick the tables of a description and add them as a source."""
    path, name = store.arrival(_home(), key, token)
    try:
        offer = sandbox.openapi_offer(path.read_bytes())
    except sandbox.SandboxError as error:
        store.forget_arrival(_home(), key, token)
        raise Refused(f"{name}: {said(str(error))}") from error
    form: Any = forms.OfferedTables.of_request(base=offer.base).offer(g.rights.project_id)
    form.tables.choices = [
        SelectChoice(one.name, f"{one.name} · GET {one.path} · {one.says}".strip(" ·")) for one in offer.tables
    ]
    if form.accepted():
        try:
            made = actions.add_source(
                project=project_of(g.rights.project_id), name=form.name.data, title=form.title.data, connector="rest",
                settings=form.settings(offer), by=g.person, tool_id=form.tool_id.data, masks=forms.masks_from(form.masks.data),
                keep_days=form.keep_days.data,
            )
            once_committed(partial(store.forget_arrival, _home(), key, token))
            return redirect(url_for(".source", key=key, source=made.name), code=303)
        except BadValue as refusal:
            blame(form, refusal)
    return form_page(form, _("Tables of %(name)s", name=name), url_for(".choose_connector", key=key),
                     submit=_("Add the source"), left_out=offer.left_out)


def _home() -> Any:
    return current_app.extensions["ninefold"].home
