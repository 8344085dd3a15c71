"""Named reads about the letterhead."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from workbench.database import db
from workbench.evidence import store
from workbench.reports.models import Letterhead


def letterhead() -> Letterhead | None:
    """The one row; None where nobody said anything yet."""
    return db.session.scalars(select(Letterhead).order_by(Letterhead.id).limit(1)).first()


def word_template(home: Path) -> bytes:
    """The company's own Word template; empty where there is none, or where the stored file is not sound any more."""
    row = letterhead()
    if row is None or not row.word_template_sha256:
        return b""
    try:
        return store.read(row.word_template_sha256, home=home)
    except (store.Missing, store.Damaged):
        return b""


def logo(row: Letterhead | None, *, home: Path) -> bytes:
    """The bytes of the logo, hashed anew; empty where there is none, or where the stored file is not sound any more."""
    if row is None or not row.logo_sha256:
        return b""
    try:
        return store.read(row.logo_sha256, home=home)
    except (store.Missing, store.Damaged):
        return b""
