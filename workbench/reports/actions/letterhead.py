"""What happens to the letterhead: an admin says anew how the company's reports look."""

from __future__ import annotations

import re
from pathlib import Path

from flask_babel import gettext as _

from workbench.database import db
from workbench.evidence import store
from workbench.people.models import Person
from workbench.reports import logos
from workbench.reports.formats import docx
from workbench.reports.models import Letterhead
from workbench.reports.queries.letterhead import letterhead
from workbench.trail.actions import record
from workbench.web.refusals import BadValue

_COLOUR = re.compile(r"#[0-9a-f]{6}")
FIELDS = ("organisation", "address", "accent", "logo_sha256", "logo_type")


def change_letterhead(
    *, organisation: str, address: str, accent: str, home: Path, by: Person, logo: bytes = b"", without_logo: bool = False
) -> Letterhead:
    """Say how the company's reports look. An empty name stands for the one of the settings; without a new `logo` the old stays.

    Raises BadValue for a colour that is none and for a logo that may not stand on a report. Where nothing changes, no
    entry is written.
    """
    if not _COLOUR.fullmatch(accent.lower()):
        raise BadValue("accent", _("“%(text)s” is not a colour; write it such as #14595a.", text=accent[:40]))
    kind = logos.logo_type(logo) if logo else ""
    row = _row()
    before = {name: getattr(row, name) for name in FIELDS}
    row.organisation, row.address, row.accent = organisation, address, accent.lower()
    if logo:
        row.logo_sha256, row.logo_type = store.keep(logo, home=home), kind
    elif without_logo:
        row.logo_sha256 = row.logo_type = ""
    after = {name: getattr(row, name) for name in FIELDS if getattr(row, name) != before[name]}
    if after or row.version == 1:
        evidence = [row.logo_sha256] if "logo_sha256" in after and row.logo_sha256 else []
        record("letterhead_changed", row, by=by, before={name: before[name] for name in after}, after=after, evidence=evidence)
    return row


def set_word_template(*, data: bytes, home: Path, by: Person) -> Letterhead:
    """Write Word documents with this template from now on; without `data`, with ours again.

    Raises BadValue for the field "word_template", naming the part and the tag, where reports could not be written with it.
    """
    if data:
        docx.check_template(data)
    row = _row()
    before = row.word_template_sha256
    row.word_template_sha256 = store.keep(data, home=home) if data else ""
    if row.word_template_sha256 != before:
        after = {"word_template_sha256": row.word_template_sha256}
        record("letterhead_changed", row, by=by, before={"word_template_sha256": before}, after=after, evidence=[
            each for each in after.values() if each
        ])
    return row


def _row() -> Letterhead:
    row = letterhead()
    if row is None:
        row = Letterhead()
        db.session.add(row)
        db.session.flush()
    return row
