"""Runs of a mapping over snapshots."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Date, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workbench.database import Base, UTCDateTime


class MappingRun(Base):
    """One run of one version of a mapping: the recipe, and what came out. Never changes.

    `recipe` is {"inputs": {source of the mapping: {"snapshot": id} | {"crosswalk": id, "at": newest decision id} |
    {"file": name, "sha256": …}}, "overlay": [ids of edits], "parameters": {…}}; `result` is `run.json` of the run's folder
    (docs/formats/trial.md), which lies under `run_id` in the project's part of the sandbox.
    """

    __tablename__ = "mapping_run"
    __table_args__ = (UniqueConstraint("project_id", "number"),)
    __sealed__ = True
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    number: Mapped[int] = mapped_column(Integer)
    title: Mapped[str] = mapped_column(String(200))
    period_on: Mapped[date | None] = mapped_column(Date)
    version_id: Mapped[int] = mapped_column(ForeignKey("mapping_version.id"), index=True)
    again_of_id: Mapped[int | None] = mapped_column(ForeignKey("mapping_run.id"))  # whose recipe was run again
    run_id: Mapped[str] = mapped_column(String(64))
    recipe: Mapped[dict[str, Any]] = mapped_column(JSON)
    result: Mapped[dict[str, Any]] = mapped_column(JSON)
    result_sha256: Mapped[str] = mapped_column(String(64))
    drift: Mapped[list[Any]] = mapped_column(JSON)  # what differs in the inputs from the run whose recipe this is
    engine: Mapped[str] = mapped_column(String(30))
    is_live_unchanged: Mapped[bool] = mapped_column(Boolean)
    note: Mapped[str] = mapped_column(Text, default="")
    run_at: Mapped[datetime] = mapped_column(UTCDateTime)
    run_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
