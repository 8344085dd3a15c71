"""The three pages: the list of projects, a checklist, and one answer with its line in a chained log."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from flask import Flask, redirect, render_template, request
from sqlalchemy import event
from werkzeug.wrappers import Response

from benchmarks.naive.models import Answer, Base, Checklist, Log, Project, db
from workbench import clock
from workbench.checklists import library

STATES = ("conform", "partly", "minor", "major", "opportunity", "not_applicable", "not_checked")


def application(file: Path) -> Flask:
    """The naive application on a copy of the database: no sign-in, no rights, no form protection."""
    app = Flask(__name__, template_folder="templates")
    app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{file}"
    db.init_app(app)
    with app.app_context():
        event.listen(db.engine, "connect", _durable)
        Base.metadata.create_all(db.engine)
    app.add_url_rule("/projects", view_func=projects)
    app.add_url_rule("/checklists/<int:checklist_id>", view_func=checklist)
    app.add_url_rule("/answers/<int:answer_id>", view_func=answer, methods=["POST"])
    return app


def _durable(connection: Any, record: Any) -> None:
    """The product's durability, so that the disk costs both the same."""
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000"):
        connection.execute(f"PRAGMA {pragma}")


def projects() -> str:
    """Fifty projects with their progress."""
    found = db.session.query(Project).order_by(Project.id.desc()).limit(50).all()
    return render_template("projects.html", projects=found, total=db.session.query(Project).count())


def checklist(checklist_id: int) -> str:
    """The items of a checklist with their answers, evidence and persons; `first` and `count` choose a part."""
    found = db.session.get_one(Checklist, checklist_id)
    first, count = int(request.args.get("first", "0")), int(request.args.get("count", "1000"))
    items = library.pack(found.pack_id).items[first : first + count]
    answers = {each.item_key: each for each in found.answers}
    return render_template("checklist.html", checklist=found, items=items, answers=answers, states=STATES)


def answer(answer_id: int) -> Response:
    """Store an answer, count the checklist anew, chain a line to the log."""
    found = db.session.get_one(Answer, answer_id)
    before = {"state": found.state, "note": found.note}
    found.state, found.note, found.version = request.form["state"], request.form["note"], found.version + 1
    found.answered_at = clock.now().replace(tzinfo=None)
    found.checklist.counts = _counted(found.checklist)
    append({"answer": found.id, "before": before, "after": {"state": found.state, "note": found.note}})
    db.session.commit()
    return redirect(f"/checklists/{found.checklist_id}", code=303)


def _counted(found: Checklist) -> dict[str, int]:
    states = [each.state for each in found.answers]
    return {state: states.count(state) for state in STATES}


def append(what: dict[str, Any]) -> None:
    """One more line of the chained log."""
    last = db.session.query(Log).order_by(Log.id.desc()).first()
    previous = last.digest if last else ""
    text = json.dumps(what, sort_keys=True)
    digest = hashlib.sha256((previous + text).encode()).hexdigest()
    db.session.add(Log(text=text, previous=previous, digest=digest, at=clock.now().replace(tzinfo=None)))
    db.session.flush()
