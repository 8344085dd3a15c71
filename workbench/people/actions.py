"""What happens to persons: set-up, adding, roles, memberships, preferences."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Sequence

from email_validator import EmailNotValidError, validate_email
from flask_babel import gettext as _
from flask_security import hash_password, verify_password

from workbench import clock
from workbench.database import db
from workbench.people import queries
from workbench.people.models import Membership, Person
from workbench.people.rules import (
    FUNCTION_GRANTS,
    LONGEST_NAME,
    MAXIMUM_PASSWORD,
    MINIMUM_PASSWORD,
    ON_PROJECTS,
    RANK,
    Function,
    Hub,
    Role,
)
from workbench.trail.actions import record
from workbench.trail.rules import SYSTEM, Actor
from workbench.web.refusals import BadValue, Refused
from workbench.web.transactions import pause


def set_up(*, name: str, email: str, password: str) -> Person:
    """Make the first person, an admin. Refused once anybody is there."""
    if queries.anybody_there():
        raise Refused(_("The installation is already set up. Ask an admin to add you."))
    return add_person(name=name, email=email, password=password, role=Role.ADMIN, by=SYSTEM)


def add_person(*, name: str, email: str, password: str, role: Role, by: Actor, language: str = "") -> Person:
    """Add a person who can sign in. Raises BadValue naming the field; nobody grants above their own role."""
    address = _address(email)
    if queries.person_with_email(address) is not None:
        raise BadValue(
            "email", _("%(address)s is already in use; each person has an address of their own.", address=address)
        )
    if not name.strip():
        raise BadValue("name", _("A name is needed: it is printed on decisions and reports."))
    if len(name.strip()) > LONGEST_NAME:
        raise BadValue("name", _("A name has at most %(most)s characters.", most=LONGEST_NAME))
    if isinstance(by, Person) and RANK[role] > RANK[by.access]:
        raise BadValue("role", _("Nobody grants a role above their own."))
    person = Person(
        name=name.strip(),
        email=address,
        password=hash_password(checked_password(password, name, address)),
        role=role,
        language=language,
        fs_uniquifier=secrets.token_hex(32),
        created_at=clock.now(),
    )
    db.session.add(person)
    record("person_added", person, by=by, after={"name": person.name, "role": role}, private={"email": address})
    return person


def _address(email: str) -> str:
    try:
        return validate_email(email.strip(), check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError as error:
        raise BadValue("email", _("“%(email)s” is not an e-mail address.", email=email.strip())) from error


def checked_password(password: str, name: str = "", email: str = "") -> str:
    """The password in NFKC. Raises BadValue where it is too short, too long, or a plain repetition (trust.md §3)."""
    normal = unicodedata.normalize("NFKC", password)
    if not MINIMUM_PASSWORD <= len(normal) <= MAXIMUM_PASSWORD:
        raise BadValue(
            "password",
            _(
                "A password has %(least)s to %(most)s characters; a sentence is a good one.",
                least=MINIMUM_PASSWORD,
                most=MAXIMUM_PASSWORD,
            ),
        )
    folded = normal.casefold()
    known = [
        each for each in (name.casefold(), email.casefold(), email.casefold().partition("@")[0], "ninefold") if each
    ]
    if len(set(folded)) < 5 or any(
        folded.replace(" ", "") == (each * 40)[: len(folded.replace(" ", ""))] for each in known
    ):
        raise BadValue("password", _("This password is easy to guess: it repeats a few characters or your own name."))
    return normal


def set_password(*, person: Person, password: str, by: Actor) -> None:
    """Give a person a new password, their own or one an admin hands over; every session of theirs ends."""
    person.password = hash_password(checked_password(password, person.name, person.email))
    end_sessions(person)
    record("password_set", person, by=by)


def change_role(*, person: Person, role: Role, by: Person) -> None:
    """Give a person another access role; their sessions end. Not one's own, not above one's own, never the last admin."""
    if person.id == by.id:
        raise Refused(_("Nobody changes their own role; ask another admin."))
    if max(RANK[role], RANK[person.access]) > RANK[by.access]:
        raise Refused(_("Nobody grants or withdraws a role above their own."))
    if person.access is Role.ADMIN and role is not Role.ADMIN and queries.admins_left(without=person.id) == 0:
        raise Refused(_("This is the last admin; name another one first."))
    before = person.role
    person.role = role
    end_sessions(person)
    record("role_changed", person, by=by, before={"role": before}, after={"role": role})


def end_sessions(person: Person) -> None:
    """Make every session of this person invalid: they sign in again with the rights they now have."""
    person.fs_uniquifier = secrets.token_hex(32)


def set_preference(*, person: Person, language: str | None = None, theme: str | None = None) -> None:
    """Keep the person's language or theme."""
    before = {"language": person.language, "theme": person.theme}
    person.language = person.language if language is None else language
    person.theme = person.theme if theme is None else theme
    record(
        "preference_set", person, by=person, before=before, after={"language": person.language, "theme": person.theme}
    )


def add_member(
    *, project_id: int, project_key: str, person: Person, role: Role, hub: Hub, functions: Sequence[Function], by: Actor
) -> Membership:
    """Put a person on a project's team, or change what they are there; their sessions end when rights change."""
    if role not in ON_PROJECTS:
        raise BadValue("role", _("On a project a person is a project manager, a contributor or a guest."))
    member = queries.membership(project_id, person.id)
    before = {} if member is None else {"role": member.role, "hub": member.hub, "functions": list(member.functions)}
    if before and isinstance(by, Person) and person.id == by.id:
        raise Refused(_("Nobody changes their own rights on a project; ask the quality lead."))
    deciding = {each for each in functions if each in FUNCTION_GRANTS}
    if deciding and isinstance(by, Person) and RANK[by.access] < RANK[Role.QUALITY_LEAD]:
        raise BadValue("functions", _("Sponsor and change authority decide gates, so the quality lead names them."))
    if member is None:
        member = Membership(project_id=project_id, person_id=person.id)
        db.session.add(member)
    member.role, member.hub, member.functions = role, hub, sorted(functions)
    if before:
        end_sessions(person)
    after = {"person": person.name, "role": role, "hub": hub, "functions": sorted(functions)}
    record(
        "member_added" if not before else "member_changed",
        member,
        by=by,
        project=project_key,
        before=before,
        after=after,
        also=[person],
    )
    return member


def remove_member(*, member: Membership, project_key: str, by: Person) -> None:
    """Take a person off a project's team. The trail keeps what they were."""
    if member.person_id == by.id:
        raise Refused(_("Nobody removes themselves; ask the quality lead."))
    before = {"role": member.role, "hub": member.hub, "functions": list(member.functions)}
    person = queries.person(member.person_id)
    record("member_removed", member, by=by, project=project_key, before=before)
    if person is not None:
        end_sessions(person)
    db.session.delete(member)


def confirm_identity(*, person: Person, password: str) -> None:
    """Ask a signer for their password again (21 CFR Part 11 §11.200 as the yardstick). Raises BadValue."""
    pause()  # deriving the hash takes a tenth of a second on purpose
    if not verify_password(unicodedata.normalize("NFKC", password), person.password):
        raise BadValue("password", _("The password is not right; a signature needs it each time."))
