"""Persons and their memberships on projects."""

from __future__ import annotations

from datetime import datetime

from flask_security.core import UserMixin
from sqlalchemy import JSON, Boolean, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workbench.database import Base, UTCDateTime, Versioned
from workbench.people.rules import LONGEST_NAME, Function, Hub, Role


class Person(Versioned, Base, UserMixin):
    """Somebody who signs in, with one access role for the installation."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(LONGEST_NAME))
    email: Mapped[str] = mapped_column(String(254), unique=True)
    password: Mapped[str] = mapped_column(String(255))
    role: Mapped[str] = mapped_column(String(30))
    language: Mapped[str] = mapped_column(String(2), default="")
    theme: Mapped[str] = mapped_column(String(5), default="")
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    memberships: Mapped[list[Membership]] = relationship(back_populates="person", lazy="raise", viewonly=True)

    roles = ()  # type: ignore[assignment]  # Flask-Security asks for role rows; ours are the table in rules.py

    @property
    def access(self) -> Role:
        """The access role as the table knows it."""
        return Role(self.role)


class Membership(Versioned, Base):
    """A person's role, hub and functions on one project."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("project_id", "person_id"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    role: Mapped[str] = mapped_column(String(30))
    hub: Mapped[str] = mapped_column(String(30), default=Hub.ADMINISTRATION)
    functions: Mapped[list[str]] = mapped_column(JSON, default=list)
    person: Mapped[Person] = relationship(back_populates="memberships", lazy="raise")

    @property
    def held(self) -> frozenset[Function]:
        """The functions as the table knows them."""
        return frozenset(Function(each) for each in self.functions)
