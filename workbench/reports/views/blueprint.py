"""The address that the pages of a project's reports share."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("reports", __name__, url_prefix="/projects/<key>/reports")
