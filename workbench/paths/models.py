"""Step 4: the ways forward."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workbench.database import Base, Versioned
from workbench.paths.rules import PathState


class Path(Versioned, Base):
    """A way forward, what it costs, how to go back, and why it was chosen or rejected."""

    __tablename__ = "path"
    __table_args__ = (UniqueConstraint("project_id", "code"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    code: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text, default="")
    needs_covered: Mapped[str] = mapped_column(String(500), default="")
    cost: Mapped[str] = mapped_column(String(200), default="")
    way_back: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(String(20), default=PathState.OPEN)
    reason: Mapped[str] = mapped_column(Text, default="")
