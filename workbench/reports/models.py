"""Built reports and bundles: what was built, from which state of the trail, and the hash of the file."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workbench.database import Base, UTCDateTime
from workbench.people.models import Person


class BuiltReport(Base):
    """One built file. Its bytes lie in the evidence store under `sha256`; `checkpoint_size` is the log it was built from."""

    __tablename__ = "built_report"
    __sealed__ = True
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    key: Mapped[str] = mapped_column(String(60))
    language: Mapped[str] = mapped_column(String(2))
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(Integer)
    filename: Mapped[str] = mapped_column(String(200))
    checkpoint_size: Mapped[int] = mapped_column(Integer)
    built_at: Mapped[datetime] = mapped_column(UTCDateTime)
    built_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    built_by: Mapped[Person | None] = relationship(lazy="raise")
