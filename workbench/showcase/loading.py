"""Loads the demo projects: each diary told through the subjects' own actions, the invoicing one in both languages."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from flask_babel import force_locale

from workbench import clock, layout
from workbench.config import LANGUAGES, Settings
from workbench.people.actions import add_person
from workbench.people.models import Person
from workbench.people.queries import person_with_email
from workbench.people.rules import Role
from workbench.projects.queries import project_with_key
from workbench.showcase.acts import perform
from workbench.showcase.records import Act, Diary, acts_of, diary, moments
from workbench.showcase.telling import Story
from workbench.trail.rules import SYSTEM, Actor
from workbench.web import transactions

KEYS = {"en": "INV-1", "fr": "FAC-1"}
CLOSED = "MAIL-1"  # stands closed after a relapse and its cure; told in English only
SYSTEM_KEY = "QMS-1"  # the management system: its audit, its review, a checklist that comes again; told in English only
BESIDE = {CLOSED: "mail", SYSTEM_KEY: "system"}  # those in English only, by the folder they are told in
BETWEEN = timedelta(seconds=90)  # from an act in the one project to the same act in the other
_PASSWORD = re.compile(r"^Password of everybody below: (\S+)$", re.MULTILINE)


class NotLoadable(Exception):
    """The demo cannot be loaded into this data folder; the message says why and what to do."""


@dataclass(frozen=True)
class Tale:
    """A project to tell: its key, the language it is told in, its acts, and where their files lie."""

    key: str
    language: str
    acts: tuple[Act, ...]
    files: Path | None = None


def tales(languages: Sequence[str]) -> list[Tale]:
    """The projects told in these languages."""
    found = [Tale(KEYS[each], each, diary().acts) for each in languages]
    if "en" in languages:
        for key, name in BESIDE.items():
            folder = layout.DEMO / name
            found.append(Tale(key, "en", acts_of(folder), folder / "files"))
    return found


@dataclass(frozen=True)
class Loaded:
    """What loading did: the keys of the projects that were made, and of those that were there already."""

    made: tuple[str, ...]
    there: tuple[str, ...]
    sign_in: Path


def folder(settings: Settings) -> Path:
    """Where everything that the demo makes lies."""
    return settings.home / "demo"


def sign_in_file(settings: Settings) -> Path:
    """The file that says who can sign in, and how; readable by its owner only."""
    return folder(settings) / "sign-in.txt"


def load(settings: Settings, languages: Sequence[str] = LANGUAGES) -> Loaded:
    """Load the demo projects of each language, within an app context, in one transaction; what is there stays as it is."""
    asked = tales(languages)
    there = tuple(each.key for each in asked if project_with_key(each.key) is not None)
    wanted = [each for each in asked if each.key not in there]
    if wanted:
        _tell(settings, wanted, language=languages[0] if len(languages) == 1 else "")
        transactions.commit()
    return Loaded(tuple(each.key for each in wanted), there, sign_in_file(settings))


def _tell(settings: Settings, wanted: Sequence[Tale], *, language: str) -> None:
    """Walk through the diaries once, in the order of their days, so that the trail grows as it would have grown.

    The clock is held at the time of each act while its entry is written, and runs again afterwards: the demo tells of
    weeks and months, and decisions that all bear the minute of loading would tell nothing.
    """
    today, told = clock.today(), diary()
    when = {each.key: moments(each.acts, today) for each in wanted}
    try:
        clock.fix(min(each[0] for each in when.values()) - timedelta(hours=1))
        password = _password(settings, told)
        people = _cast(told, password, language=language)
        steps = []
        for number, each in enumerate(wanted):
            story = Story(
                each.key, each.language, settings.home, settings.keys, today, password, people, files=each.files
            )
            steps += [
                (moment + number * BETWEEN, story, act) for moment, act in zip(when[each.key], each.acts, strict=True)
            ]
        for moment, story, act in sorted(steps, key=lambda step: step[0]):
            clock.fix(moment)
            with force_locale(story.language):
                perform(story, act)
    finally:
        clock.fix(settings.fixed_now)


def _password(settings: Settings, told: Diary) -> str:
    """The password of the cast: the one in the sign-in file, else a new one, kept there."""
    file = sign_in_file(settings)
    if file.exists():
        return password_of(settings)
    if person_with_email(told.cast[0].email) is not None:
        raise NotLoadable(
            f"The persons of the demo are there, but {file} with their password is not. Put the file back, or load the "
            "demo into another data folder (NINEFOLD_HOME)."
        )
    password = "-".join(secrets.token_hex(3) for _part in range(4))
    file.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(_how_to_sign_in(told, password))
    return password


def password_of(settings: Settings) -> str:
    """The password that the sign-in file names. Raises NotLoadable where it names none."""
    found = _PASSWORD.search(sign_in_file(settings).read_text(encoding="utf-8"))
    if found is None:
        raise NotLoadable(f"{sign_in_file(settings)} does not say the password of the demo's persons.")
    return found.group(1)


def _how_to_sign_in(told: Diary, password: str) -> str:
    lines = [f"{each.name:<16} {each.email:<22} {each.does}" for each in told.cast]
    return "\n".join(["How to sign in to the demo", f"Password of everybody below: {password}", "", *lines, ""])


def _cast(told: Diary, password: str, *, language: str) -> dict[str, Person]:
    """The persons, shared by all projects; the admin comes first and adds the others."""
    found: dict[str, Person] = {}
    by: Actor = SYSTEM
    for each in told.cast:
        person = person_with_email(each.email) or add_person(
            name=each.name, email=each.email, password=password, role=Role(each.role), by=by, language=language
        )
        found[each.key] = person
        by = found[told.cast[0].key]
    return found
