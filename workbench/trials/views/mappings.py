"""Pages of mappings: the list, a new one, one with its versions, a difference in words, the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Response, current_app, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Redirect

from workbench.people.guards import may, requires
from workbench.people.rules import Permission as P
from workbench.projects.queries import project as project_of
from workbench.registers.forms import Withdraw, check_seen
from workbench.trials import actions, forms, queries, store
from workbench.trials.rules import parts
from workbench.trials.views.blueprint import PREFIX, pages
from workbench.web.addresses import row_number
from workbench.web.paging import wanted_page
from workbench.web.refusals import BadValue, NotThere, Refused
from workbench.web.sheets import csv_answer

ALL = 10_000


def home() -> Path:
    """The data folder."""
    found: Path = current_app.extensions["ninefold"].home
    return found


def keys() -> Path:
    """The folder of what is kept secret."""
    found: Path = current_app.extensions["ninefold"].keys
    return found


def found_mapping(mapping_id: int) -> Any:
    """The mapping of the address, in the project at hand."""
    found = queries.mappings.mapping(g.rights.project_id, mapping_id)
    if found is None:
        raise NotThere
    return found


@pages.get(PREFIX + "/mappings")
@requires(P.PROJECT_READ, on="project")
def mappings(key: str) -> str:
    """The mappings of a project."""
    project, text = project_of(g.rights.project_id), request.args.get("q", "")[:100]
    found = queries.mappings.mappings_of_project(project.id, text=text, page=wanted_page(request.args.get("page")))
    return render_template("trials/mappings.html", project=project, page=found, text=text)


@pages.get(PREFIX + "/mappings/export/csv")
@requires(P.PROJECT_READ, on="project")
def export_mappings(key: str) -> Response:
    """The mappings that the filter shows, of all pages."""
    found = queries.mappings.mappings_of_project(g.rights.project_id, text=request.args.get("q", "")[:100], per_page=ALL)
    return csv_answer(forms.lists.mappings_table(found.rows), f"{key}-mappings.csv")


@pages.route(PREFIX + "/mappings/new", methods=["GET", "POST"])
@requires(P.TRIAL_RUN, on="project")
def new_mapping(key: str) -> str | Redirect:
    """Begin a mapping from two tables, from a file, or as a copy."""
    project = project_of(g.rights.project_id)
    form = forms.mappings.NewMapping.of_request(copy_of=row_number(request.args.get("copy_of")) or 0).offer(project.id)
    if form.accepted():
        try:
            text = _first_text(project, form)
            made = actions.mappings.add_mapping(
                project=project, name=form.name.data, title=form.title.data, text=text, by=g.person
            )
            return redirect(url_for(".edit_mapping", key=key, mapping_id=made.id), code=303)
        except BadValue as refusal:
            form.blame(refusal.field, forms.said(refusal.message))
    return render_template("trials/new_mapping.html", form=form, project=project)


def _first_text(project: Any, form: forms.mappings.NewMapping) -> str:
    """The draft that a new mapping begins with, under its own name."""
    if form.way.data == "upload":
        if not form.file.data:
            raise BadValue("file", _("Choose the file."))
        return _renamed(store.text_of_upload(form.file.data.read(), form.file.data.filename or "mapping.yaml"), form.name.data)
    if form.way.data == "copy":
        copied = queries.mappings.mapping(project.id, form.copy_of.data)
        if copied is None:
            raise BadValue("copy_of", _("Choose the mapping."))
        return _renamed(queries.mappings.text_of_mapping(copied), form.name.data)
    return queries.mappings.first_draft(project, form.name.data, form.source.data, form.target.data, home())


def _renamed(text: str, name: str) -> str:
    """The text under that name; as it stands where it has the name already or cannot be read."""
    found = store.checked(text).parts
    if found is None or found.get("name") == name:
        return text
    return store.text_of_parts({**found, "name": name})


@pages.get(PREFIX + "/mappings/<int:mapping_id>")
@requires(P.PROJECT_READ, on="project")
def mapping(key: str, mapping_id: int) -> str:
    """A version as readable steps, with all versions beside it."""
    project, found = project_of(g.rights.project_id), found_mapping(mapping_id)
    versions = queries.mappings.versions(found.id)
    wanted = row_number(request.args.get("version"))
    shown = next((one for one in versions if wanted is None or one.version.number == wanted), None)
    if shown is None and wanted is not None:
        raise NotThere
    held = store.checked(shown.version.text if shown else queries.mappings.text_of_mapping(found)).parts or {}
    return render_template(
        "trials/mapping.html", project=project, mapping=found, versions=versions, shown=shown,
        parts=parts.every(held), purpose=parts.text(held.get("purpose")), words=forms.editor, may_write=may(P.TRIAL_RUN),
    )


@pages.get(PREFIX + "/mappings/<int:mapping_id>/difference")
@requires(P.PROJECT_READ, on="project")
def mapping_difference(key: str, mapping_id: int) -> str:
    """What changed between two versions, or since one of them in the draft (version 0)."""
    project, found = project_of(g.rights.project_id), found_mapping(mapping_id)
    versions = queries.mappings.versions(found.id)
    numbers = {one.version.number: one.version.text for one in versions}
    if found.draft:
        numbers[0] = found.draft
    newest = versions[0].version.number if versions else 0
    after = row_number(request.args.get("after")) or (0 if found.draft and "after" not in request.args else newest)
    after = 0 if request.args.get("after") == "0" else after
    before = row_number(request.args.get("before")) or (newest if after == 0 else max(1, after - 1))
    changes, message = [], ""
    if before in numbers and after in numbers:
        try:
            changes = store.changes(numbers[before], numbers[after])
        except Refused as refusal:
            message = forms.said(refusal.message)
    return render_template(
        "trials/mapping_difference.html", project=project, mapping=found, numbers=list(numbers), before=before, after=after,
        changes=[forms.mappings.change_in_words(one) for one in changes], message=message,
    )


@pages.get(PREFIX + "/mappings/<int:mapping_id>/versions/<int:number>.yaml")
@requires(P.PROJECT_READ, on="project")
def mapping_file(key: str, mapping_id: int, number: int) -> Response:
    """A version as the file that the command line reads, byte for byte."""
    found = found_mapping(mapping_id)
    version = queries.mappings.version(found.id, number)
    if version is None:
        raise NotThere
    answer = Response(version.text, mimetype="application/yaml")
    answer.headers["Content-Disposition"] = f'attachment; filename="{found.name}-{number}.yaml"'
    return answer


@pages.route(PREFIX + "/mappings/<int:mapping_id>/upload", methods=["GET", "POST"])
@requires(P.TRIAL_RUN, on="project")
def upload_mapping(key: str, mapping_id: int) -> str | Redirect:
    """A file takes the place of the draft; it becomes a version when it is saved."""
    project, found = project_of(g.rights.project_id), found_mapping(mapping_id)
    form = forms.mappings.UploadMapping.of_request()
    if form.accepted():
        check_seen(found, form)
        text = store.text_of_upload(form.file.data.read(), form.file.data.filename or "mapping.yaml")
        actions.mappings.keep_draft(project=project, mapping=found, text=_renamed(text, found.name), by=g.person)
        return redirect(url_for(".edit_mapping", key=key, mapping_id=found.id), code=303)
    return render_template("trials/upload_mapping.html", form=form, project=project, mapping=found)


@pages.route(PREFIX + "/mappings/<int:mapping_id>/save", methods=["GET", "POST"])
@requires(P.TRIAL_RUN, on="project")
def save_version(key: str, mapping_id: int) -> str | Redirect:
    """Save the draft as the next version, with the reason."""
    project, found = project_of(g.rights.project_id), found_mapping(mapping_id)
    form = forms.mappings.SaveVersion.of_request()
    checked = store.checked(queries.mappings.text_of_mapping(found))
    if form.accepted():
        check_seen(found, form)
        try:
            made = actions.mappings.save_version(project=project, mapping=found, note=form.note.data, by=g.person)
            flash(_("Version %(number)s is saved.", number=made.number), "success")
            return redirect(url_for(".mapping", key=key, mapping_id=found.id), code=303)
        except BadValue as refusal:
            form.blame(refusal.field, forms.said(refusal.message))
    return render_template("trials/save_version.html", form=form, project=project, mapping=found, checked=checked)


@pages.post(PREFIX + "/mappings/<int:mapping_id>/versions/<int:number>/take")
@requires(P.TRIAL_RUN, on="project")
def take_version(key: str, mapping_id: int, number: int) -> Redirect:
    """Go on from an earlier version."""
    project, found = project_of(g.rights.project_id), found_mapping(mapping_id)
    actions.mappings.take_version(project=project, mapping=found, number=number, by=g.person)
    return redirect(url_for(".edit_mapping", key=key, mapping_id=found.id), code=303)


@pages.route(PREFIX + "/mappings/<int:mapping_id>/withdraw", methods=["GET", "POST"])
@requires(P.TRIAL_RUN, on="project")
def withdraw_mapping(key: str, mapping_id: int) -> str | Redirect:
    """Put a mapping aside, or back."""
    project, found = project_of(g.rights.project_id), found_mapping(mapping_id)
    form = Withdraw.of_request()
    if form.accepted():
        check_seen(found, form)
        actions.mappings.withdraw_mapping(project=project, mapping=found, reason=form.reason.data, by=g.person)
        return redirect(url_for(".mapping", key=key, mapping_id=found.id), code=303)
    back = url_for(".mapping", key=key, mapping_id=found.id)
    return render_template("trials/withdraw_part.html", form=form, project=project, row=found, back=back)
