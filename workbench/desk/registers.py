"""The overviews of the desk: limitations of tools with the paths they killed, and the checklists of every project."""

from __future__ import annotations

from dataclasses import replace

from flask import url_for
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l

from workbench.checklists.queries import installed
from workbench.desk.queries import all_checklists, limitations
from workbench.projects.forms import KINDS_SHORT
from workbench.registers.rules import Column, Overview
from workbench.tools.registers import ALL_LIMITATIONS as OF_TOOLS

ALL_LIMITATIONS = replace(
    OF_TOOLS, rows=limitations, columns=(*OF_TOOLS.columns, Column("killed", _l("Paths it killed")))
)


def _pack(pack_id: str) -> str:
    found = installed(pack_id)
    return found.title.in_(str(get_locale())) if found is not None else pack_id


ALL_CHECKLISTS = Overview(
    key="checklists",
    title=_l("Checklists"),
    purpose=_l("Every checklist of the projects and management systems you may see, the newest first."),
    rows=all_checklists,
    columns=(
        Column("pack_id", _l("Checklist"), said=_pack),
        Column("project", _l("Project")),
        Column("kind", _l("Of"), KINDS_SHORT),
        Column("title", _l("Occasion")),
        Column("answered", _l("Answered")),
        Column("total", _l("Items")),
        Column("nonconform", _l("Nonconformities")),
        Column("started_at", _l("Started")),
        Column("closed_at", _l("Closed")),
    ),
    sort="-started_at",
    address=lambda row: url_for("checklists.show", key=row.project, checklist_id=row.id),
)
OVERVIEWS = (ALL_LIMITATIONS, ALL_CHECKLISTS)
