"""The shelf of packs and the imported mappings, to take away."""

from __future__ import annotations

from flask import Response, request
from flask_babel import gettext as _

from workbench.people.guards import requires
from workbench.people.rules import Permission as P
from workbench.standards import forms, queries
from workbench.standards.rules import Origin
from workbench.standards.views.blueprint import language, pages
from workbench.web.refusals import NotThere
from workbench.web.sheets import ALL, csv_answer


@pages.get("/shelf.csv")
@requires(P.PACK_READ)
def export_shelf() -> Response:
    """The packs that the filter shows, in its order, on all its pages."""
    asked = request.args
    origin = asked.get("origin", "")
    found = queries.shelf(
        search=asked.get("q", "").strip()[:100], origin=origin if origin in set(Origin) else "",
        sort=asked.get("sort", "")[:20], per_page=ALL,
    )  # fmt: skip
    head = [
        _("Name"), _("Pack"), _("Origin"), _("Edition"), _("Version"), _("Languages"), _("Clauses"), _("Questions"),
        _("Checklists"),
    ]
    rows = [
        [row.id, row.title.in_(language()), forms.ORIGINS[Origin(row.origin)], row.edition, row.version,
         ", ".join(str(forms.LANGUAGES[each]) for each in row.languages), row.clauses, row.items, row.used]
        for row in found.rows
    ]  # fmt: skip
    return csv_answer([head, *rows], "packs.csv")


@pages.get("/mappings.csv")
@requires(P.PACK_READ)
def export_mappings() -> Response:
    """The imported mappings between packs."""
    head = [_("Mapping"), _("From"), _("To"), _("Links"), _("Source"), _("File"), _("Imported")]
    rows = [
        [row.name, row.from_pack, row.to_pack, len(row.links), row.source, row.source_name, row.imported_at]
        for row in queries.mappings()
    ]  # fmt: skip
    return csv_answer([head, *rows], "mappings.csv")


@pages.get("/mappings/<int:mapping_id>.csv")
@requires(P.PACK_READ)
def export_mapping(mapping_id: int) -> Response:
    """Every link of one imported mapping."""
    row = queries.mapping(mapping_id)
    if row is None:
        raise NotThere
    head = [row.from_pack, row.to_pack, _("Strength"), _("Word of the source"), _("Note")]
    rows = [
        [each["from"], each["to"], forms.STRENGTHS[each["strength"]], each["relationship"], each.get("note", "")]
        for each in row.links
    ]  # fmt: skip
    return csv_answer([head, *rows], f"mapping-{row.id}.csv")
