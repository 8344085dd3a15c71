"""A checklist of a thousand questions with five thousand links to evidence beside one of twenty: opening, filtering, saving."""

from __future__ import annotations

import itertools

from flask import Flask
from sqlalchemy import select

from benchmarks.database import Made
from benchmarks.measuring import Call, Outcome, Reach, side_by_side
from benchmarks.serving import Caller, counted, csrf_token, signed_in
from workbench.checklists import actions, library
from workbench.checklists.models import Checklist
from workbench.checklists.rules import AnswerState
from workbench.database import db
from workbench.evidence.actions import add_link
from workbench.people.models import Person
from workbench.people.queries import rights_on
from workbench.projects.actions import open_project
from workbench.standards.actions import publish_pack
from workbench.standards.rules import Origin
from workbench.web import transactions

SMALL, LARGE, PIECES = 20, 1000, 5


def large_checklist(app: Flask, made: Made) -> Outcome:
    """The same three things in both checklists; as many statements, and what a question more costs."""
    places = {questions: _made(app, made.reader, questions) for questions in (SMALL, LARGE)}
    reader = signed_in(app, made.reader)
    token = csrf_token(reader)
    found: dict[str, dict[str, float]] = {}
    ratios = []
    for name, path in (("open", ""), ("filter", "?state=conform&q=point")):
        calls: dict[str, Call] = {
            f"{name}, {questions} questions": lambda at=place + path: reader.get(at) for questions, place in places.items()
        }
        found |= _with_statements(app, side_by_side(calls), calls)
        ratios.append((name, found[f"{name}, {LARGE} questions"], found[f"{name}, {SMALL} questions"]))
    saves: dict[str, Call] = {
        f"save, {questions} questions": _saving(reader, place, token) for questions, place in places.items()
    }
    found |= _with_statements(app, side_by_side(saves), saves)
    ratios.append(("save", found[f"save, {LARGE} questions"], found[f"save, {SMALL} questions"]))
    reaches = [Reach(f"CPU of {LARGE} questions to {SMALL}, {name}", many["cpu_ms"] / few["cpu_ms"], bound, at_least=False)
               for (name, many, few), bound in zip(ratios, (3, 3, 1.5), strict=True)]  # fmt: skip
    reaches += [Reach(f"statements more, {name}", many["statements"] - few["statements"], 0, at_least=False, unit="statements")
                for name, many, few in ratios]  # fmt: skip
    title = f"Checklists of {SMALL} and {LARGE} questions, {PIECES} pieces of evidence to each"
    return Outcome("large_checklist", title, found, reaches, [
        "A page shows ten questions of either; the states of all of them are read, so that filters and counts are whole.",
    ])  # fmt: skip


def _saving(reader: Caller, place: str, token: str) -> Call:
    versions = itertools.count(1)

    def save() -> None:
        version = next(versions)
        reader.post(f"{place}/items/1-7", {
            "csrf_token": token, "idempotency_key": f"{place[-12:]}-{version}", "version": str(version),
            "state": "partly" if version % 2 else "minor", "note": f"Looked at again, time {version}.",
        })  # fmt: skip

    return save


def _with_statements(app: Flask, found: dict[str, dict[str, float]], calls: dict[str, Call]) -> dict[str, dict[str, float]]:
    with app.app_context():
        engine = db.engine
    for name, call in calls.items():
        with counted(engine) as seen:
            call()
        found[name]["statements"] = len([each for each in seen if not each.startswith(("BEGIN", "PRAGMA"))])
    return found


def _made(app: Flask, reader: str, questions: int) -> str:
    """Publish a pack of so many questions, start it, answer and prove each; the address of the checklist."""
    with app.app_context():
        lead = db.session.scalars(select(Person).where(Person.fs_uniquifier == reader)).one()
        key = f"BIG-{questions}"
        project = open_project(key=key, name="Large", by=lead)
        body = _body(f"large_{questions}", questions)
        publish_pack(pack=library.read(body, "large.toml"), body=body, origin=Origin.MADE, by=lead)
        db.session.flush()
        checklist = actions.start_checklist(project=project, pack_id=f"large_{questions}", by=lead)
        db.session.flush()
        _proven(project, checklist, lead, [f"1-{number}" for number in range(1, questions + 1)])
        transactions.commit()
        return f"/projects/{key}/checklists/{checklist.id}"


def _proven(project: object, checklist: Checklist, lead: Person, keys: list[str]) -> None:
    told = {"project": project, "checklist": checklist, "by": lead, "rights": rights_on(lead, project.key)}  # type: ignore[attr-defined]
    actions.answer_items(seen=dict.fromkeys(keys), state=AnswerState.CONFORM, note="", **told)
    for number in range(PIECES):
        piece = add_link(project=project, title=f"Record {number}", url="https://records.example/1", by=lead)
        db.session.flush()
        actions.attach_to_items(item_keys=keys, evidence=piece, **told)


def _body(pack_id: str, questions: int) -> bytes:
    head = (
        f'[pack]\nid = "{pack_id}"\nkind = "standard"\nedition = "2026"\nversion = "1.0"\nlanguages = ["en"]\nwording = "own"\n'
        'title.en = "Large"\nsource.en = "Our own."\nnotice.en = "Ours; nothing to buy."\n\n'
        '[[clauses]]\nref = "1"\nkind = "chapter"\ntitle.en = "All"\nbearing = true\n'
    )
    item = '\n[[items]]\nkey = "1-{0}"\nclause = "1"\nquestion.en = "Is point {0} kept?"\n'
    return (head + "".join(item.format(each) for each in range(1, questions + 1))).encode()
