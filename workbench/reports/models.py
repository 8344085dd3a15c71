"""Built reports and bundles, reports under a name, the company's letterhead, and what is shared with guests."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workbench import clock
from workbench.database import Base, UTCDateTime, Versioned
from workbench.evidence.rules import check_media_type
from workbench.people.models import Person
from workbench.reports.rules import ACCENT, Cadence, SharingState, check_kept, sharing_state


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
    options: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default="{}", info={"check": check_kept})
    media_type: Mapped[str] = mapped_column(
        String(100), default="application/pdf", server_default="application/pdf", info={"check": check_media_type}
    )
    named_id: Mapped[int | None] = mapped_column(ForeignKey("named_report.id"))
    built_by: Mapped[Person | None] = relationship(lazy="raise")


class NamedReport(Versioned, Base):
    """A report with its options under a name, built when somebody asks and, where it has a cadence, by itself."""

    __tablename__ = "named_report"
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    key: Mapped[str] = mapped_column(String(60))
    language: Mapped[str] = mapped_column(String(2))
    options: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, info={"check": check_kept})
    cadence: Mapped[str] = mapped_column(String(20), default=Cadence.NEVER)
    next_on: Mapped[date | None] = mapped_column(Date, index=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    owner: Mapped[Person] = relationship(lazy="raise")


class Letterhead(Versioned, Base):
    """How the company's reports look: one row, kept by the admins. The files lie in the evidence store under their hash."""

    __tablename__ = "letterhead"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    organisation: Mapped[str] = mapped_column(String(200), default="")
    address: Mapped[str] = mapped_column(Text, default="")
    accent: Mapped[str] = mapped_column(String(7), default=ACCENT)
    logo_sha256: Mapped[str] = mapped_column(String(64), default="")
    logo_type: Mapped[str] = mapped_column(String(100), default="")
    word_template_sha256: Mapped[str] = mapped_column(String(64), default="")


class Sharing(Base):
    """A link for a guest to chosen built files. Only the hash of its secret is kept; it ends by its day or by a person."""

    __tablename__ = "sharing"
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    guest: Mapped[str] = mapped_column(String(120))
    reason: Mapped[str] = mapped_column(Text)
    secret_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    ends_at: Mapped[datetime] = mapped_column(UTCDateTime)
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
    made_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    revoked_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    revoked_because: Mapped[str] = mapped_column(Text, default="")
    made_by: Mapped[Person] = relationship(foreign_keys=[made_by_id], lazy="raise")
    revoked_by: Mapped[Person | None] = relationship(foreign_keys=[revoked_by_id], lazy="raise")

    @property
    def state(self) -> SharingState:
        """Open, ended or revoked, as of now."""
        return sharing_state(self.revoked_at is not None, self.ends_at, clock.now())


class SharedFile(Base):
    """One built file that a sharing opens."""

    __tablename__ = "shared_file"
    __table_args__ = (UniqueConstraint("sharing_id", "built_id"),)
    __sealed__ = True
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    sharing_id: Mapped[int] = mapped_column(ForeignKey("sharing.id"), index=True)
    built_id: Mapped[int] = mapped_column(ForeignKey("built_report.id"))


class SharedOpening(Base):
    """One opening by the guest: of the list, or of one file."""

    __tablename__ = "shared_opening"
    __sealed__ = True
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    sharing_id: Mapped[int] = mapped_column(ForeignKey("sharing.id"), index=True)
    built_id: Mapped[int | None] = mapped_column(ForeignKey("built_report.id"))
    opened_at: Mapped[datetime] = mapped_column(UTCDateTime)
    address: Mapped[str] = mapped_column(String(64), default="")
