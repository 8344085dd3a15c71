"""The blueprint that every page of oversight is served from."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("oversight", __name__)
