"""Pages of evidence: the list, one piece, adding, versions, withdrawal, and the files themselves."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, current_app, flash, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Answer

from workbench.config import Settings
from workbench.evidence import actions, forms, queries, store
from workbench.evidence.rules import EvidenceKind
from workbench.people.guards import requires
from workbench.people.rules import Permission as P
from workbench.projects import queries as project_queries
from workbench.web import sheets
from workbench.web.paging import wanted_page
from workbench.web.refusals import BadValue, NotThere, Refused

pages = Blueprint("evidence", __name__, url_prefix="/projects/<key>/evidence")


def settings() -> Settings:
    """The installation's settings."""
    found: Settings = current_app.extensions["ninefold"]
    return found


def home() -> Path:
    """The data folder."""
    return settings().home


def limit() -> int:
    """The largest file accepted, in bytes."""
    return settings().upload_limit_mb * 1_000_000


@pages.get("/")
@requires(P.PROJECT_READ, on="project")
def index(key: str) -> str:
    """A project's evidence."""
    state = request.args.get("state", "")
    found = queries.evidence_of_project(
        g.rights.project_id,
        search=request.args.get("q", "")[:100],
        state=state if state in queries.STANDINGS else "",
        page=wanted_page(request.args.get("page")),
    )
    project = project_queries.project(g.rights.project_id)
    return render_template("evidence/index.html", project=project, page=found, words=forms, state=state)


@pages.get("/list.csv")
@requires(P.PROJECT_READ, on="project")
def export(key: str) -> Response:
    """The evidence that the filter shows, on all its pages."""
    state = request.args.get("state", "")
    found = queries.evidence_of_project(
        g.rights.project_id, search=request.args.get("q", "")[:100], state=state if state in queries.STANDINGS else "",
        per_page=sheets.ALL,
    )
    return sheets.csv_answer(forms.evidence_table(found.rows), f"{key}-evidence.csv")


@pages.route("/new", methods=["GET", "POST"])
@requires(P.EVIDENCE_ADD, on="project")
def new(key: str) -> str | Answer:
    """Add a file."""
    project = project_queries.project(g.rights.project_id)
    form = forms.AddFile.of_request()
    if form.accepted():
        try:
            piece = actions.add_file(
                project=project,
                title=form.title.data,
                stream=form.file.data.stream,
                filename=form.file.data.filename,
                home=home(),
                by=g.person,
                valid_until=form.valid_until.data,
                note=form.note.data,
                limit=limit(),
            )
            return _see(key, piece.id, _("%(code)s is added.", code=piece.code))
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("evidence/new.html", form=form, project=project, limit=settings().upload_limit_mb)


@pages.route("/new-link", methods=["GET", "POST"])
@requires(P.EVIDENCE_ADD, on="project")
def new_link(key: str) -> str | Answer:
    """Add a link."""
    project = project_queries.project(g.rights.project_id)
    form = forms.AddLink.of_request()
    if form.accepted():
        try:
            piece = actions.add_link(
                project=project,
                title=form.title.data,
                url=form.url.data,
                by=g.person,
                valid_until=form.valid_until.data,
                note=form.note.data,
            )
            return _see(key, piece.id, _("%(code)s is added.", code=piece.code))
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("evidence/new_link.html", form=form, project=project)


@pages.get("/<int:evidence_id>")
@requires(P.PROJECT_READ, on="project")
def show(key: str, evidence_id: int) -> str:
    """One piece with its versions and what it proves."""
    found = queries.evidence_page(g.rights.project_id, evidence_id)
    if found is None:
        raise NotThere
    return render_template(
        "evidence/show.html",
        project=project_queries.project(g.rights.project_id),
        shown=found,
        evidence=found.evidence,
        words=forms,
        form=forms.Withdraw(),
    )


@pages.route("/<int:evidence_id>/versions/new", methods=["GET", "POST"])
@requires(P.EVIDENCE_ADD, on="project")
def add_version(key: str, evidence_id: int) -> str | Answer:
    """Add a newer version."""
    project = project_queries.project(g.rights.project_id)
    piece = queries.evidence_in(project.id, evidence_id)
    if piece is None or piece.kind == EvidenceKind.SYSTEM:
        raise NotThere
    is_link = piece.kind == EvidenceKind.LINK
    form = (forms.AddLinkVersion if is_link else forms.AddFileVersion).of_request(obj=piece)
    if form.accepted():
        sent = (
            {"url": form.url.data}
            if is_link
            else {
                "stream": form.file.data.stream,
                "filename": form.file.data.filename,
                "home": home(),
                "limit": limit(),
            }
        )
        try:
            actions.add_version(
                project=project,
                evidence=piece,
                by=g.person,
                valid_until=form.valid_until.data,
                note=form.note.data,
                **sent,
            )
            return _see(key, piece.id, _("The new version of %(code)s is added.", code=piece.code))
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template(
        "evidence/add_version.html",
        form=form,
        project=project,
        evidence=piece,
        multipart=not is_link,
        limit=settings().upload_limit_mb,
    )


@pages.post("/<int:evidence_id>/withdraw")
@requires(P.EVIDENCE_ADD, on="project")
def withdraw(key: str, evidence_id: int) -> str | Answer:
    """Withdraw a piece, with a reason."""
    project = project_queries.project(g.rights.project_id)
    piece = queries.evidence_in(project.id, evidence_id)
    if piece is None:
        raise NotThere
    form = forms.Withdraw.of_request()
    if form.accepted():
        actions.withdraw(project=project, evidence=piece, reason=form.reason.data, by=g.person)
        return _see(key, piece.id, _("%(code)s is withdrawn. It can be put back.", code=piece.code))
    return render_template("evidence/withdraw.html", form=form, project=project, evidence=piece)


@pages.post("/<int:evidence_id>/put-back")
@requires(P.EVIDENCE_ADD, on="project")
def put_back(key: str, evidence_id: int) -> Answer:
    """Undo a withdrawal."""
    project = project_queries.project(g.rights.project_id)
    piece = queries.evidence_in(project.id, evidence_id)
    if piece is None:
        raise NotThere
    actions.put_back(project=project, evidence=piece, by=g.person)
    return _see(key, piece.id, _("%(code)s is put back.", code=piece.code))


@pages.get("/<int:evidence_id>/versions/<int:number>/file")
@requires(P.PROJECT_READ, on="project")
def download(key: str, evidence_id: int, number: int) -> Response:
    """The file of one version: hashed anew before it leaves, and never shown inside a page of ours."""
    found = queries.version_in(g.rights.project_id, evidence_id, number)
    if found is None or not found[1].sha256:
        raise NotThere
    piece, version = found
    try:
        data = store.read(version.sha256, home=home())
    except (store.Missing, store.Damaged) as error:
        message = _(
            "The stored file of %(code)s is not the one that was added: its bytes do not match SHA-256 %(digest)s. "
            "It is not sent. Restore it from a backup, or add the original as a new version.",
            code=piece.code,
            digest=version.sha256,
        )
        raise Refused(message) from error
    response = make_response(data)
    response.headers["Content-Type"] = version.media_type
    name = store.name_to_send(version.filename, version.media_type)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _see(key: str, evidence_id: int, message: str) -> Answer:
    flash(message, "success")
    return redirect(url_for("evidence.show", key=key, evidence_id=evidence_id), code=303)
