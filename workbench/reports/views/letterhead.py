"""The page of the administrator for the letterhead; it belongs to no project."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Response, current_app, flash, g, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Answer

from workbench.config import Settings
from workbench.people.guards import requires
from workbench.people.rules import Permission as P
from workbench.reports import actions, forms, logos, queries
from workbench.reports.formats import docx
from workbench.reports.rules import ACCENT
from workbench.reports.views.blueprint import installation
from workbench.reports.views.building import sent
from workbench.web.refusals import BadValue, NotThere, check_version


def _settings() -> Settings:
    found: Settings = current_app.extensions["ninefold"]
    return found


def _home() -> Path:
    return _settings().home


@installation("/letterhead", methods=["GET", "POST"])
@requires(P.LETTERHEAD_MANAGE)
def letterhead() -> str | Answer:
    """How the company's reports look, with what the cover shows of it."""
    row = queries.letterhead()
    form = forms.ChangeLetterhead.of_request(obj=row)
    if form.accepted():
        try:
            _change(row, form)
            flash(_("The letterhead is kept. Reports built from now on carry it."), "success")
            return redirect(url_for("reports.letterhead"), code=303)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template(
        "reports/letterhead.html", form=form, row=row, fallback=queries.identity(_home(), _settings().organisation).organisation,
        accent=row.accent if row else ACCENT, record_version=row.version if row else None,
    )


def _change(row: Any, form: forms.ChangeLetterhead) -> None:
    shown = {each.name: (str(each.label.text), each.data) for each in (form.organisation, form.address, form.accent)}
    if row is not None:
        check_version(row, form.seen_version(), shown)
    sent = form.logo.data
    actions.change_letterhead(
        organisation=form.organisation.data, address=form.address.data, accent=form.accent.data, home=_home(), by=g.person,
        logo=sent.stream.read(logos.LARGEST + 1) if sent else b"", without_logo=form.without_logo.data,
    )
    template = form.word_template.data
    if template or form.without_word_template.data:
        data = template.stream.read(docx.LARGEST + 1) if template else b""
        actions.set_word_template(data=data, home=_home(), by=g.person)


@installation("/letterhead/logo")
@requires(P.LETTERHEAD_MANAGE)
def logo() -> Response:
    """The logo, for the preview: shown as a picture and as nothing else."""
    row = queries.letterhead()
    data = queries.logo(row, home=_home())
    if row is None or not data:
        raise NotThere
    return sent(data, row.logo_type, policy="sandbox; default-src 'none'; style-src 'unsafe-inline'")
