"""Pages of the steps, their documents and the hub of all records."""

from __future__ import annotations

from textwrap import shorten
from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from werkzeug.exceptions import Forbidden
from werkzeug.wrappers import Response

from workbench.checklists.library import library, pack
from workbench.checklists.rules import GATES_PACK
from workbench.evidence import queries as evidence
from workbench.inquiry.registers import NEEDS
from workbench.lifecycle import actions, artefact_forms, queries, steps
from workbench.lifecycle.artefacts import Artefact, asked, read, said, situation_map
from workbench.lifecycle.artefacts.situation_map import Drawing, Link, SituationMap, Thing, drawn, merged
from workbench.people.guards import requires
from workbench.people.queries import team
from workbench.people.rules import Function, Role
from workbench.people.rules import Permission as P
from workbench.projects import queries as projects
from workbench.projects.forms import HUBS
from workbench.registers.queries import counts, standing
from workbench.tools import queries as tools
from workbench.web.addresses import row_number
from workbench.web.refusals import BadValue, NotThere

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from workbench.checklists.library import Step as PackStep
    from workbench.lifecycle.models import ArtefactRevision, ArtefactSignature
    from workbench.projects.models import Project


def serve(pages: Blueprint) -> None:
    """Give the lifecycle's blueprint the pages of the artefacts and the hub of all records."""
    one = "/artefacts/<kind>"
    pages.add_url_rule("/all-records", "records", records)
    pages.add_url_rule(one, "artefact", artefact)
    pages.add_url_rule(f"{one}/edit", "write_artefact", write_artefact, methods=["GET", "POST"])
    pages.add_url_rule(f"{one}/sign", "sign_artefact", sign_artefact, methods=["POST"])


def _language() -> str:
    return str(get_locale())[:2]


def _kind(name: str) -> type[Artefact]:
    known = steps.ARTEFACTS.get(name)
    if known is None:
        raise NotThere
    return known


def step_page(frame: dict[str, Any], **more: Any) -> str:
    """One step: its purpose, its records as cards with what changed since its gate was decided. `more` holds the gate."""
    project, rule = frame["project"], steps.step(frame["number"])
    decision = frame["here"].last_decision
    since = decision.snapshot.get("trail_size", 0) + 1 if decision is not None else 0
    tables = [each.table for each in rule.records]
    return render_template(
        "lifecycle/step.html",
        **{**frame, **more},
        rule=rule,
        documents=_documents(project.id, rule),
        counts=counts(project.id, rule.records),
        changed=queries.changed_since(project.key, since, tables) if decision is not None else {},
        endpoint_of=steps.endpoint_of,
    )


def _documents(project_id: int, *rules: steps.Step) -> dict[str, tuple[ArtefactRevision | None, str]]:
    """{kind: (newest revision, filled | draft | missing)} of the steps' artefacts."""
    written = queries.artefacts_of_project(project_id)
    return {
        kind.KEY: (written.get(kind.KEY), _standing(kind, written.get(kind.KEY)))
        for rule in rules
        for kind in rule.artefacts
    }


def _standing(kind: type[Artefact], revision: ArtefactRevision | None) -> str:
    if revision is None:
        return "missing"
    return "draft" if read(kind, revision.body).missing() else "filled"


@requires(P.PROJECT_READ, on="project")
def records(key: str) -> str:
    """Every artefact, register and board of the project by step, with how many records stand in each."""
    found = projects.project(g.rights.project_id)
    wanted = row_number(request.args.get("step")) or 0
    shown = [each for each in steps.STEPS if wanted in (0, each.number)] or list(steps.STEPS)
    titles: dict[int, PackStep] = {each.number: pack(GATES_PACK).step(each.number) for each in steps.STEPS}
    return render_template(
        "lifecycle/records.html",
        project=found,
        shown=shown,
        wanted=wanted,
        titles=titles,
        lang=_language(),
        documents=_documents(found.id, *shown),
        counts=counts(found.id, [register for each in shown for register in each.records]),
        endpoint_of=steps.endpoint_of,
    )


@requires(P.PROJECT_READ, on="project")
def artefact(key: str, kind: str) -> str:
    """An artefact as it stands or stood, with its revisions and signatures."""
    return _artefact_page(projects.project(g.rights.project_id), _kind(kind), artefact_forms.Sign())


def _artefact_page(project: Project, kind: type[Artefact], form: artefact_forms.Sign) -> str:
    revisions = queries.revisions(project.id, kind.KEY)
    chosen = row_number(request.args.get("revision")) or (revisions[0].number if revisions else 0)
    revision = next((each for each in revisions if each.number == chosen), None)
    if revision is None and chosen:
        raise NotThere
    current = read(kind, revision.body) if revision is not None else None
    is_newest = not revisions or revision is revisions[0]
    signatures = queries.signatures_of(project.id, kind.KEY) if is_newest and revisions else ()
    needed = {each.name: each.metadata[_language()] for each in asked(kind)}
    return render_template(
        "lifecycle/artefact.html",
        project=project,
        kind=kind,
        lang=_language(),
        number=steps.step_of(kind.KEY).number,
        revisions=revisions,
        revision=revision,
        is_newest=is_newest,
        said=said(current, _language(), _words()) if current is not None else [],
        missing=[needed[name] for name in current.missing()] if current is not None else [],
        drawing=_drawing(project.id, current) if kind is SituationMap else None,
        map_words=situation_map,
        hub_words=HUBS,
        signatures=signatures,
        open_hubs=_open_hubs(kind, signatures),
        needs_sponsor=current is not None and current.needs_sponsor(),
        form=form if current is not None and is_newest and _may_sign(project.id, current, signatures) else None,
    )


def _words() -> dict[str, dict[str, str]]:
    return {"pack": {pack_id: each.title.in_(_language()) for pack_id, each in library().items()}}


def _open_hubs(kind: type[Artefact], signatures: Sequence[ArtefactSignature]) -> list[Any]:
    """The hubs of which nobody has confirmed the newest revision yet."""
    signed = {each.hub for each in signatures}
    return [name for hub, name in HUBS.items() if hub not in signed] if kind.CONFIRMED else []


def _may_sign(project_id: int, current: Artefact, signatures: Sequence[ArtefactSignature]) -> bool:
    """Whether the person at hand is one of those who are asked and has not signed yet."""
    if not (current.CONFIRMED or current.needs_sponsor()) or current.missing() or g.person.access is Role.ADMIN:
        return False
    member = next((each for each in team(project_id) if each.person_id == g.person.id), None)
    if member is None or any(each.signed_by_id == g.person.id for each in signatures):
        return False
    return not current.needs_sponsor() or Function.SPONSOR in member.held


def _drawing(project_id: int, current: Artefact | None) -> tuple[list[Thing], list[Link], Drawing]:
    """The map with the tools in scope and what is known to pass between them."""
    scope = tools.tools_of_project(project_id)
    among = tools.connections_among(each.id for each in scope)
    things, links = merged(
        current if isinstance(current, SituationMap) else None,
        [Thing(each.name, "tool", "", each.data_held or each.purpose, each.sensitivity, given=True) for each in scope],
        [Link(each.source.name, each.target.name, each.carries, each.kind, given=True) for each in among],
    )
    return things, links, drawn(things, links)


@requires(P.RECORD_WRITE, on="project")
def write_artefact(key: str, kind: str) -> str | Response:
    """Write a new revision of an artefact; “more rows” only shows the form again, with what was typed."""
    found, known = projects.project(g.rights.project_id), _kind(kind)
    newest = queries.artefacts_of_project(found.id).get(known.KEY)
    stored = read(known, newest.body) if newest is not None else known()
    sent = request.form if request.method == "POST" else None
    made = artefact_forms.form_for(known, _language(), stored=stored, sent=sent, offers=_offers(known, found.id))
    form = made.of_request(data=artefact_forms.as_typed(stored))
    if not request.form.get("submit", "").startswith("more-") and form.accepted():
        written = form.typed(stored)
        faults = written.faults([each.name for each in tools.tools_of_project(found.id)])
        if not faults:
            actions.write_artefact(project=found, artefact=written, by=g.person, seen=form.seen_version())
            return redirect(url_for(".artefact", key=key, kind=kind), code=303)
        form.blame_all(faults)
    number = newest.number if newest is not None else 0
    return render_template(
        "lifecycle/write_artefact.html", form=form, project=found, kind=known, lang=_language(), number=number,
        step=steps.step_of(kind).number,
    )


ALL = 5_000  # any piece of evidence may be named by its code, also one that is too old to be listed
_OFFERED: dict[str, Callable[[int], list[tuple[str, str]]]] = {
    "evidence": lambda project_id: [
        (text.partition(" ")[0], shorten(text, 70, placeholder="…")) for _id, text in evidence.choices(project_id, limit=ALL)
    ],
    "tool": lambda project_id: [(each.name, each.name) for each in tools.tools_of_project(project_id)],
    "person": lambda project_id: [(each.person.name, each.person.name) for each in team(project_id)],
    "need": lambda project_id: [
        (each.code, f"{each.code} {each.statement[:80]}") for each in standing(NEEDS.model, project_id)
    ],
    "pack": lambda project_id: [(name, word) for name, word in _words()["pack"].items() if name != GATES_PACK],
}


def _offers(kind: type[Artefact], project_id: int) -> dict[str, list[tuple[str, str]]]:
    """What the lists of this kind's tables offer; only those it has are read."""
    tables = [each.metadata["columns"] for each in asked(kind) if each.metadata["kind"] == "rows"]
    wanted = {column.kind for columns in tables for column in columns}
    return {name: make(project_id) for name, make in _OFFERED.items() if name in wanted}


@requires(P.PROJECT_READ, on="project")
def sign_artefact(key: str, kind: str) -> str | Response:
    """Sign the newest revision."""
    found, known = projects.project(g.rights.project_id), _kind(kind)
    if all(each.person_id != g.person.id for each in team(found.id)) or g.person.access is Role.ADMIN:
        raise Forbidden
    form = artefact_forms.Sign.of_request()
    if form.accepted():
        try:
            actions.sign_artefact(project=found, kind=known, by=g.person, password=form.password.data)
            flash(_("You signed “%(title)s”.", title=known.TITLE[_language() == "fr"]), "success")
            return redirect(url_for(".artefact", key=key, kind=kind), code=303)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return _artefact_page(found, known, form)
