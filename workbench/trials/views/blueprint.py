"""The blueprint of the sandbox, and what its pages have in common."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l

from workbench.registers.views import serve
from workbench.trials.forms import sayings
from workbench.trials.registers import REGISTERS
from workbench.web import errors
from workbench.web.refusals import BadValue, Refused

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

for _name in ("said", "place_said", "expected_said", "origin_said"):
    pages.add_app_template_filter(getattr(sayings, _name), _name)


@pages.errorhandler(Refused)
def _refused(error: Refused) -> errors.Page:
    """A refusal, often in the words of the sandbox, as the app shows it elsewhere."""
    return errors.page(error.code, sayings.said(error.message), missing=tuple(map(sayings.said, error.details)))


@pages.errorhandler(BadValue)
def _bad_value(error: BadValue) -> errors.Page:
    """A value that no form could show beside its field."""
    return errors.page(422, sayings.said(error.message))


@pages.context_processor
def _parts() -> dict[str, Any]:
    return {"sandbox_parts": PARTS}


def language() -> str:
    """The language of the page, en or fr."""
    locale = get_locale()
    return "fr" if locale is not None and locale.language == "fr" else "en"
