"""create_app(): the contents page. It wires what the floors offer and decides nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Flask
from flask_wtf import CSRFProtect
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from workbench import clock, jobs, layout
from workbench.adoption import views as adoption
from workbench.api import views as api
from workbench.audits import views as audits
from workbench.changes import views as changes
from workbench.checklists import views as checklists
from workbench.config import Settings, read_settings
from workbench.database import db, prepare_engine
from workbench.desk import frame
from workbench.desk import views as desk
from workbench.evidence import views as evidence
from workbench.findings import views as findings
from workbench.inquiry import views as inquiry
from workbench.lifecycle import views as lifecycle
from workbench.oversight import views as oversight
from workbench.paths import views as paths
from workbench.people import guards
from workbench.people import views as people
from workbench.practices import views as practices
from workbench.projects import views as projects
from workbench.reports import views as reports
from workbench.risks import views as risks
from workbench.standards import views as standards
from workbench.tools import views as tools
from workbench.trail.actions import publish_checkpoints
from workbench.transfer import views as transfer
from workbench.trials import views as trials
from workbench.web import addresses, errors, filters, languages, security, transactions

SUBJECTS = (
    desk,
    people,
    projects,
    tools,
    risks,
    evidence,
    checklists,
    standards,
    findings,
    audits,
    inquiry,
    paths,
    trials,
    changes,
    practices,
    adoption,
    lifecycle,
    oversight,
    reports,
    transfer,
    api,
)


def create_app(settings: Settings | None = None) -> Flask:
    """The whole application for these settings (default: those of the environment)."""
    settings = settings or read_settings()
    clock.fix(settings.fixed_now)
    app = Flask("workbench", template_folder=str(layout.TEMPLATES), static_folder=str(layout.STATIC))
    app.config.from_mapping(flask_settings(settings))
    app.jinja_env.undefined = StrictUndefined
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.trusted_proxies, x_proto=settings.trusted_proxies)  # type: ignore[method-assign]
    app.extensions["ninefold"] = settings
    plumb(app, settings)
    for subject in SUBJECTS:
        app.register_blueprint(subject.pages)
    return app


def flask_settings(settings: Settings) -> dict[str, Any]:
    """Flask's own settings, from ours."""
    prefix = "__Host-" if settings.secure_cookies else ""
    return {
        "SECRET_KEY": settings.secret_key(),
        "SQLALCHEMY_DATABASE_URI": settings.database,
        "SESSION_COOKIE_NAME": f"{prefix}ninefold",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": settings.secure_cookies,
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=settings.session_hours),
        "MAX_CONTENT_LENGTH": settings.upload_limit_mb * 1_000_000,
        "WTF_CSRF_TIME_LIMIT": None,
    }


def plumb(app: Flask, settings: Settings) -> None:
    """What stands around every page, in the order in which a request meets it."""
    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)
    errors.init_app(app)
    addresses.init_app(app)
    transactions.init_app(app)
    CSRFProtect(app)
    guards.sign_in(app, settings)
    guards.init_app(app)
    app.before_request(transactions.answer_given_before)
    languages.init_app(app, settings)
    filters.init_app(app)
    security.init_app(app)
    frame.init_app(app)
    queue = jobs.Queue(app, settings, transactions.commit)
    app.extensions["ninefold.queue"] = queue
    transactions.after_commit(app, publish_checkpoints)
    transactions.after_commit(app, queue.wake)
