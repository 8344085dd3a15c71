"""Pages of the administrator: hosts that connectors may read, secrets, accounts that could write. They belong to no project."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from flask import Response, current_app, flash, g, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Redirect

from workbench.people.guards import requires
from workbench.people.rules import Permission as P
from workbench.trials.actions import connectors as actions
from workbench.trials.forms import mirror as forms
from workbench.trials.forms.sayings import said
from workbench.trials.queries import connectors as queries
from workbench.trials.views.blueprint import pages
from workbench.web.forms import Form
from workbench.web.refusals import BadValue, NotThere
from workbench.web.sheets import csv_answer


def _keys() -> Path:
    keys: Path = current_app.extensions["ninefold"].keys
    return keys


def _home() -> Path:
    home: Path = current_app.extensions["ninefold"].home
    return home


def _form_page(form: Form, title: str, lead: str = "", submit: str = "") -> str:
    return render_template("trials/connector_form.html", form=form, title=title, lead=lead, submit=submit)


def _back() -> Redirect:
    return redirect(url_for("trials.connectors"), code=303)


@pages.get("/connectors")
@requires(P.CONNECTOR_MANAGE)
def connectors() -> str:
    """What connectors may reach, and with which secrets."""
    return render_template(
        "trials/connectors.html", hosts=queries.hosts(), secrets=queries.secrets(), writers=queries.writers())


def _uses(uses: Sequence[queries.Use]) -> str:
    return ", ".join(f"{each.project} {each.source}" for each in uses)


@pages.get("/connectors/hosts.csv")
@requires(P.CONNECTOR_MANAGE)
def export_hosts() -> Response:
    """The approvals that stand or stood."""
    head = [_("Host"), _("Addresses"), _("Reason"), _("Approved"), _("By"), _("Read by"), _("Withdrawn"), _("Reason")]
    rows = []
    for line in queries.hosts():
        host = line.host
        private = _("private ones too") if host.allows_private else _("public ones only")
        rows.append([
            line.shown, _("a file of this machine") if host.scheme == "sqlite" else private, host.reason, host.approved_at,
            line.by, _uses(line.uses), host.withdrawn_at, host.withdrawn_reason,
        ])
    return csv_answer([head, *rows], "hosts.csv")


@pages.get("/connectors/secrets.csv")
@requires(P.CONNECTOR_MANAGE)
def export_secrets() -> Response:
    """The names of the secrets; what they are is kept elsewhere and goes nowhere."""
    head = [_("Name"), _("For the host"), _("Set"), _("By"), _("Used by")]
    rows = [[line.secret.name, line.place, line.secret.set_at, line.by, _uses(line.uses)] for line in queries.secrets()]
    return csv_answer([head, *rows], "secrets.csv")


@pages.get("/connectors/accounts.csv")
@requires(P.CONNECTOR_MANAGE)
def export_accounts() -> Response:
    """The accounts of databases, and which are accepted although they can write."""
    head = [_("Project"), _("Source"), _("Account"), _("If it can write")]
    rows = [
        [line.project, line.source.name, line.user, _("accepted by name") if line.accepted else _("refused")]
        for line in queries.writers()
    ]
    return csv_answer([head, *rows], "accounts.csv")


@pages.route("/connectors/hosts/new", methods=["GET", "POST"])
@requires(P.CONNECTOR_MANAGE)
def approve_host() -> str | Redirect:
    """Approve a host: scheme, name and port exactly."""
    form = forms.ApproveHost.of_request()
    if form.accepted():
        try:
            actions.approve_host(
                scheme=form.scheme.data, host=form.host.data, port=form.port.data, allows_private=form.allows_private.data,
                reason=form.reason.data, home=_home(), by=g.person,
            )
            return _back()
        except BadValue as refusal:
            form.blame(refusal.field, said(refusal.message))
    return _form_page(
        form, _("Approve a host"),
        _("Connectors read only from hosts approved here, and only by exactly this scheme, host and port."), _("Approve"))


@pages.route("/connectors/hosts/<int:host_id>/withdraw", methods=["GET", "POST"])
@requires(P.CONNECTOR_MANAGE)
def withdraw_host(host_id: int) -> str | Redirect:
    """End an approval."""
    host = queries.approved_host(host_id)
    if host is None:
        raise NotThere
    form = forms.Reason.of_request()
    if form.accepted():
        actions.withdraw_host(host=host, reason=form.reason.data, by=g.person)
        return _back()
    return _form_page(form, _("Withdraw the approval of %(host)s", host=host.host), submit=_("Withdraw"))


@pages.route("/connectors/secrets/set", methods=["GET", "POST"])
@requires(P.CONNECTOR_MANAGE)
def set_secret() -> str | Redirect:
    """Set or replace a secret."""
    form: forms.SetSecret = forms.SetSecret.of_request().offer(queries.host_choices())
    if form.accepted():
        try:
            host = queries.approved_host(int(form.host_id.data))
            if host is None:
                raise NotThere
            actions.set_secret(name=form.name.data, value=form.value.data, host=host, keys=_keys(), by=g.person)
            flash(_("The secret %(name)s is kept.", name=form.name.data), "good")
            return _back()
        except BadValue as refusal:
            form.blame(refusal.field, said(refusal.message))
    lead = _("A secret of the same name is replaced. The host is approved first.")
    return _form_page(form, _("Set a secret"), lead, _("Keep it"))


@pages.route("/connectors/secrets/<int:secret_id>/remove", methods=["GET", "POST"])
@requires(P.CONNECTOR_MANAGE)
def remove_secret(secret_id: int) -> str | Redirect:
    """Remove a secret."""
    secret = queries.connector_secret(secret_id)
    if secret is None:
        raise NotThere
    form = Form.of_request()
    if form.accepted():
        actions.remove_secret(secret=secret, keys=_keys(), by=g.person)
        return _back()
    lead = _("Sources that name it can no longer be read. What was received stays.")
    return _form_page(form, _("Remove the secret %(name)s", name=secret.name), lead, _("Remove"))


@pages.route("/connectors/accounts/<int:mirror_id>", methods=["GET", "POST"])
@requires(P.CONNECTOR_MANAGE)
def accept_writer(mirror_id: int) -> str | Redirect:
    """Accept an account although it can write, by its name, or take that back."""
    writer = queries.writer(mirror_id)
    if writer is None:
        raise NotThere
    form = forms.AcceptWriter.of_request()
    if form.accepted():
        try:
            actions.accept_writer(source=writer.source, user=form.user.data, reason=form.reason.data, by=g.person)
            return _back()
        except BadValue as refusal:
            form.blame(refusal.field, said(refusal.message))
    lead = _("An account that can only read is the better choice: then the server itself refuses every write. The session of this "
             "source is opened read-only either way.")
    shown = f"{writer.project} {writer.source.name}"
    return _form_page(form, _("Account %(user)s of %(source)s", user=writer.user, source=shown), lead)
