"""Where a row comes from, in the person's language."""

from __future__ import annotations

from flask_babel import gettext as _


def origin_said(origin: str) -> str:
    """A source row such as `usage:14`; a made-up one, which stands in no file and has a negative line, by its number."""
    source, _colon, line = origin.rpartition(":")
    if not line.startswith("-"):
        return origin
    return str(_("%(source)s: fake record %(number)s", source=source, number=line[1:]))
