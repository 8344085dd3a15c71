"""The blueprint of the sandbox, and what its pages have in common."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l

from workbench.registers.views import serve
from workbench.trials.registers import REGISTERS

pages = Blueprint("trials", __name__)
PREFIX = "/projects/<key>/sandbox"
serve(pages, *REGISTERS, under=PREFIX)
# The parts of the sandbox: what the tab is called, and its first page.
PARTS = (
    (_l("Package or extra"), "trials.index"),
    (_l("Mirror"), "trials.mirror"),
    (_l("Mappings"), "trials.mappings"),
    (_l("Names"), "trials.crosswalks"),
    (_l("Runs of mappings"), "trials.mapping_runs"),
    (_l("Plans"), "trials.plans"),
    (_l("What tools can do"), "trials.knowledge"),
)


@pages.context_processor
def _parts() -> dict[str, Any]:
    return {"sandbox_parts": PARTS}


def language() -> str:
    """The language of the page, en or fr."""
    locale = get_locale()
    return "fr" if locale is not None and locale.language == "fr" else "en"
