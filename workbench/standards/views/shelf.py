"""Pages that show packs: the shelf, one pack, one clause with what is near to it, what two versions differ in."""

from __future__ import annotations

from flask import render_template, request

from workbench.people.guards import requires
from workbench.people.rules import Permission as P
from workbench.standards import forms, queries
from workbench.standards.rules import Origin, difference
from workbench.standards.views.blueprint import language, pack_or_404, pages
from workbench.web.paging import wanted_page
from workbench.web.refusals import NotThere


@pages.get("/")
@requires(P.PACK_READ)
def index() -> str:
    """The shelf: every pack in its newest version, and the drafts."""
    asked = request.args
    origin = asked.get("origin", "")
    found = queries.shelf(
        search=asked.get("q", "").strip()[:100], origin=origin if origin in set(Origin) else "",
        sort=asked.get("sort", "")[:20], page=wanted_page(asked.get("page")),
    )  # fmt: skip
    return render_template(
        "standards/index.html", page=found, drafts=queries.open_drafts(), words=forms, language=language()
    )


@pages.get("/<pack_id>")
@requires(P.PACK_READ)
def show(pack_id: str) -> str:
    """One pack: what it is, its clauses with the number of questions, its versions, what it is linked with."""
    version = request.args.get("version", "")[:20]
    pack = pack_or_404(pack_id, version)
    versions = queries.versions(pack_id)
    edition = next((each for each in versions if each.version == pack.version), None)
    return render_template(
        "standards/show.html", pack=pack, edition=edition, versions=versions, words=forms, language=language(),
        page=queries.clauses_of(pack, request.args.get("q", "").strip()[:100], page=wanted_page(request.args.get("page"))),
        ties=queries.ties(pack_id), used=queries.used_by(pack_id), draft=queries.open_draft_of(pack_id),
        mappings=queries.mappings_of(pack_id),
    )  # fmt: skip


@pages.get("/<pack_id>/clauses/<ref>")
@requires(P.PACK_READ)
def clause(pack_id: str, ref: str) -> str:
    """One clause with its questions, and the clauses of other packs that are near to it."""
    pack = pack_or_404(pack_id, request.args.get("version", "")[:20])
    if not pack.has_clause(ref):
        raise NotThere
    return render_template(
        "standards/clause.html", pack=pack, clause=pack.clause(ref), items=pack.items_of_clause(ref),
        near=queries.near(pack_id, ref), words=forms, language=language(),
        below=[each for each in pack.clauses if each.parent == ref],
    )  # fmt: skip


@pages.get("/<pack_id>/differences")
@requires(P.PACK_READ)
def differences(pack_id: str) -> str:
    """What a version of a pack changed against the one before."""
    pack = pack_or_404(pack_id, request.args.get("version", "")[:20])
    numbers = [each.version for each in queries.versions(pack_id)]
    later = numbers[numbers.index(pack.version) + 1 :] if pack.version in numbers else []
    if not later:
        raise NotThere
    old = pack_or_404(pack_id, later[0])
    return render_template(
        "standards/differences.html", pack=pack, old=old, change=difference(old, pack), language=language()
    )
