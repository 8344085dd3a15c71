"""The blueprint of the sandbox, and what its pages have in common."""

from __future__ import annotations

from flask import Blueprint
from flask_babel import get_locale

from workbench.registers.views import serve
from workbench.trials.registers import REGISTERS

pages = Blueprint("trials", __name__)
PREFIX = "/projects/<key>/sandbox"
serve(pages, *REGISTERS, under=PREFIX)


def language() -> str:
    """The language of the page, en or fr."""
    locale = get_locale()
    return "fr" if locale is not None and locale.language == "fr" else "en"
