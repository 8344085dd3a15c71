"""The blueprint of packs, and what its pages have in common: the pack or draft in the address."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from flask_babel import get_locale

from workbench.checklists.library import Pack
from workbench.standards import queries
from workbench.web.refusals import NotThere

pages = Blueprint("standards", __name__, url_prefix="/packs")


def language() -> str:
    """The language of the page, en or fr."""
    locale = get_locale()
    return str(locale.language) if locale is not None else "en"


def pack_or_404(pack_id: str, version: str = "") -> Pack:
    """The pack in the address, in the version asked for or as it is answered now."""
    found = queries.pack_at(pack_id, version)
    if found is None:
        raise NotThere
    return found


def draft_or_404(draft_id: int) -> Any:
    """The draft in the address."""
    found = queries.draft(draft_id)
    if found is None:
        raise NotThere
    return found
