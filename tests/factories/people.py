"""Persons and memberships, plainly made."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from argon2 import PasswordHasher
from flask_security.utils import get_hmac

from workbench import clock
from workbench.database import db
from workbench.people.actions import add_member
from workbench.people.models import Membership, Person
from workbench.people.rules import Function, Hub, Role
from workbench.projects.models import Project
from workbench.trail.actions import record
from workbench.trail.rules import SYSTEM

PASSWORD = "a calm and exact sentence"
_number = itertools.count(1)


_HASHER = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


def _hashed(password: str) -> str:
    """The stored form of a password, with little work asked: the real amount makes each signature of a test slow."""
    return _HASHER.hash(get_hmac(password))


def a_person(*, role: Role = Role.CONTRIBUTOR, name: str = "", language: str = "en", password: str = "") -> Person:
    """A person; with `password` they can sign in on the page (hashing takes time, so only then)."""
    number = next(_number)
    person = Person(
        name=name or f"Person {number}",
        email=f"person{number}@example.test",
        role=role,
        language=language,
        password=_hashed(password) if password else "!",
        fs_uniquifier=f"uniquifier-{number}",
        created_at=clock.now(),
    )
    db.session.add(person)
    record("person_added", person, by=SYSTEM)
    return person


def a_member(
    project: Project,
    person: Person,
    *,
    role: Role = Role.CONTRIBUTOR,
    hub: Hub = Hub.ADMINISTRATION,
    functions: Sequence[Function] = (),
) -> Membership:
    """That person on the project's team."""
    return add_member(
        project_id=project.id,
        project_key=project.key,
        person=person,
        role=role,
        hub=hub,
        functions=functions,
        by=SYSTEM,
    )
