"""Pages of what is shared with guests: the links of a project, and the guest's own page, which needs no account."""

from __future__ import annotations

import re
from typing import Any

from flask import Response, abort, flash, g, make_response, redirect, render_template, request, session, url_for
from flask.blueprints import BlueprintSetupState
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_limiter.util import get_remote_address
from werkzeug.wrappers import Response as Answer

from workbench.config import LANGUAGES
from workbench.people.guards import may, public, requires
from workbench.people.rules import Permission as P
from workbench.projects.queries import project as project_of
from workbench.reports import actions, forms, queries
from workbench.reports.rules import BUNDLE, SharingState
from workbench.reports.views.blueprint import pages
from workbench.reports.views.building import attachment, language_at_hand, settings_at_hand, teller
from workbench.trail.actions import signing_key
from workbench.web import sheets, transactions
from workbench.web.filters import at
from workbench.web.paging import wanted_page
from workbench.web.refusals import BadValue, NotThere, Refused

OPENINGS_PER_MINUTE = "30 per minute"
OFFERED = 50  # built files on the form, newest first, beside those that its address names
GUEST_PAGES = ("reports.shared", "reports.shared_file")
# What shows a preview of a link before anybody opened it; most say so in their name.
# At the end of a word, for what names itself so ("Slackbot", "Googlebot/2.1"), and not in a phone called CUBOT_X.
_PREVIEWERS = re.compile(r"(?<!cu)bot\b|preview|crawler|spider|externalhit|whatsapp|embedly|slurp", re.IGNORECASE)


def _wanted() -> queries.WantedSharings:
    """Which links the address asks for; words that are none are left out."""
    asked = request.args
    return queries.WantedSharings(
        state=asked.get("state", "") if asked.get("state", "") in set(SharingState) else "",
        search=asked.get("q", "").strip()[:100],
        sort=asked.get("sort", "") if asked.get("sort", "") in queries.SHARING_SORTS else "newest",
    )


@pages.get("/sharing")
@requires(P.REPORT_BUILD, on="project")
def sharings(key: str) -> str:
    """The links by which guests take files away, and how often each was opened."""
    wanted = _wanted()
    page = queries.sharings_page(g.rights.project_id, wanted, page=wanted_page(request.args.get("page")))
    return render_template(
        "reports/sharings.html", project=project_of(g.rights.project_id), page=page, wanted=wanted, words=forms
    )


@pages.get("/sharing.csv")
@requires(P.REPORT_BUILD, on="project")
def export_sharings(key: str) -> Response:
    """Exactly the links shown, as CSV."""
    head = [
        _("Number"), _("For whom"), _("Reason"), _("Files"), _("Shared"), _("By"), _("Ends"), _("State"), _("Openings"),
        _("Last opened"), _("Revoked by"), _("Revoked because"),
    ]
    lines = [
        [
            line.row.id, line.row.guest, line.row.reason, line.files, line.row.made_at, line.row.made_by.name, line.row.ends_at,
            str(forms.SHARING_STATES[line.row.state]), line.openings, line.last_opened_at,
            line.row.revoked_by.name if line.row.revoked_by else "", line.row.revoked_because,
        ]
        for line in queries.sharings_all(g.rights.project_id, _wanted())
    ]
    return sheets.csv_answer([head, *lines], f"{key}-sharing.csv")


def _offered() -> forms.Share:
    """The form, with the newest files and those that the address names; what one may not take away is not offered."""
    named = [int(each) for each in request.args.getlist("file") if each.isdecimal() and len(each) < 10][:OFFERED]
    newest = queries.built_page(g.rights.project_id, queries.Wanted(), per_page=OFFERED).rows
    rows = {each.id: each for each in [*queries.built_of(g.rights.project_id, named), *newest]}
    tell, catalogue = teller(), queries.catalogue()
    labels = [
        (each.id, ", ".join(part for part in (
            forms.title_of(each.key, catalogue), forms.LANGUAGES.get(each.language, each.language), at(each.built_at),
            each.filename, tell(each),
        ) if part))
        for each in rows.values() if may(queries.needed_to_read(each.key))
    ]
    return forms.Share.offered(labels, [number for number, _label in labels if number in named])


@pages.route("/sharing/new", methods=["GET", "POST"])
@requires(P.REPORT_BUILD, on="project")
def share(key: str) -> str | Answer:
    """Make a link; its address is shown once, on the page that follows."""
    project, form = project_of(g.rights.project_id), _offered()
    if form.accepted():
        try:
            made, secret = actions.share(
                project=project, guest=form.guest.data, reason=form.reason.data, days=form.days.data, by=g.person,
                built=queries.built_of(project.id, form.files.data),
            )
            session["shared"] = {"id": made.id, "secret": secret}  # until the next page shows it; no table and no log holds it
            return redirect(url_for(".sharing", key=key, sharing_id=made.id), code=303)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("reports/sharing_new.html", project=project, form=form)


def _sharing(sharing_id: int) -> Any:
    row = queries.sharing(g.rights.project_id, sharing_id)
    if row is None:
        raise NotThere
    return row


@pages.get("/sharing/<int:sharing_id>")
@requires(P.REPORT_BUILD, on="project")
def sharing(key: str, sharing_id: int) -> str:
    """One link: its files, its openings; once, right after it was made, its address."""
    row, address = _sharing(sharing_id), ""
    if session.get("shared", {}).get("id") == row.id:
        address = url_for(".shared", secret=session.pop("shared")["secret"], _external=True)
    return render_template(
        "reports/sharing.html", project=project_of(g.rights.project_id), line=queries.sharing_line(row), address=address,
        files=queries.files_of(row.id), page=queries.openings_page(row.id, page=wanted_page(request.args.get("page"))),
        words=forms, catalogue=queries.catalogue(), tell=teller(), bundle=BUNDLE,
    )


@pages.get("/sharing/<int:sharing_id>/openings.csv")
@requires(P.REPORT_BUILD, on="project")
def export_openings(key: str, sharing_id: int) -> Response:
    """Every opening of a link, as CSV."""
    row = _sharing(sharing_id)
    lines = [[each.opened_at, name or _("the list"), each.address] for each, name in queries.openings_all(row.id)]
    return sheets.csv_answer([[_("Opened"), _("What"), _("Network address")], *lines], f"{key}-sharing-{row.id}.csv")


@pages.route("/sharing/<int:sharing_id>/revoke", methods=["GET", "POST"])
@requires(P.REPORT_BUILD, on="project")
def revoke_sharing(key: str, sharing_id: int) -> str | Answer:
    """End a link before its day."""
    row, project, form = _sharing(sharing_id), project_of(g.rights.project_id), forms.Reason.of_request()
    if form.accepted():
        actions.revoke_sharing(project=project, sharing=row, reason=form.reason.data, by=g.person)
        flash(_("The link is revoked. It leads nowhere now."), "success")
        return redirect(url_for(".sharing", key=key, sharing_id=row.id), code=303)
    return render_template("reports/sharing_revoke.html", project=project, row=row, form=form)


def _language() -> str:
    """The language that the address asks for, or else the one of who looks."""
    asked = request.args.get("language", "")
    return asked if asked in LANGUAGES else language_at_hand()


def _opened(secret: str) -> queries.Shared | None:
    """What the secret opens. What merely looks ahead of a person, or previews a link in a chat, is sent away."""
    ahead = request.headers.get("Sec-Purpose", request.headers.get("Purpose", request.headers.get("X-Moz", ""))).lower()
    agent = request.headers.get("User-Agent", "").lower()
    if "prefetch" in ahead or "preview" in ahead or _PREVIEWERS.search(agent):
        abort(503)
    return queries.shared_by(secret)


def _closed(language: str, *, damaged: str = "", code: int = 404) -> Response:
    """The calm page of every link that opens nothing: it does not tell an unknown one from one that ended."""
    page = render_template("reports/shared_closed.html", language=language, damaged=damaged, path=request.path)
    return make_response(page, code)


@public
def shared(secret: str) -> Response:
    """What a guest may take away: the files with their hashes, and how to check them. Looking at it is noted once an hour."""
    with force_locale(_language()):
        found = _opened(secret)
        if found is None:
            return _closed(_language())
        if request.method == "HEAD":
            return make_response("")
        try:
            with transactions.noting():
                actions.note_opening(secret=secret, address=get_remote_address())
        except NotThere:
            return _closed(_language())
        settings = settings_at_hand()
        has_bundle = any(each.key == BUNDLE for each in found.files)
        return make_response(render_template(
            "reports/shared.html", found=found, secret=secret, language=_language(), words=forms, catalogue=queries.catalogue(),
            organisation=queries.identity(settings.home, settings.organisation).organisation, tell=teller(), bundle=BUNDLE,
            vkey=signing_key(settings.keys).vkey if has_bundle else "",
        ))


@public
def shared_file(secret: str, built_id: int) -> Response:
    """One of the files, hashed anew before it leaves; each time is noted before the first byte goes."""
    with force_locale(_language()):
        found = _opened(secret)
        row = found.file(built_id) if found else None
        if row is None:
            return _closed(_language())
        if request.method == "HEAD":  # it is not noted, so it names no file
            return make_response("")
        try:
            data = actions.read_built(row, home=settings_at_hand().home)
            with transactions.noting():
                actions.note_opening(secret=secret, built_id=row.id, address=get_remote_address())
        except Refused:
            return _closed(_language(), damaged=row.filename, code=409)
        except NotThere:
            return _closed(_language())
        return attachment(row, data)


@pages.after_request
def keep_to_the_guest(response: Response) -> Response:
    """No search engine lists the guest's pages, and no page they lead to learns their address."""
    if request.endpoint in GUEST_PAGES:
        response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "private, no-store"
    return response


@pages.record_once
def open_to_guests(state: BlueprintSetupState) -> None:
    """Outside the projects' addresses, since who follows the link knows no project; few tries from one address."""
    (limiter,) = state.app.extensions["limiter"]
    for address, view in (("/shared/<secret>", shared), ("/shared/<secret>/<int:built_id>", shared_file)):
        state.app.add_url_rule(address, f"{pages.name}.{view.__name__}", limiter.limit(OPENINGS_PER_MINUTE)(view))
