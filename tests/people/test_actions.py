"""Set-up, adding persons, roles and memberships: who may do it to whom, and what the trail keeps."""

from __future__ import annotations

import pytest

from tests.factories.people import PASSWORD, a_member, a_person
from tests.factories.projects import a_project
from workbench.database import db
from workbench.people import actions, queries
from workbench.people.models import Person
from workbench.people.rules import Function, Hub, Permission, Role
from workbench.trail.models import PrivateValue
from workbench.trail.queries import history
from workbench.trail.rules import SYSTEM, salted
from workbench.web.refusals import BadValue, Refused
from workbench.web.transactions import commit

pytestmark = pytest.mark.usefixtures("app")


def add(**changes: object) -> Person:
    wanted = {"name": "Ada", "email": "ada@example.org", "password": PASSWORD, "role": Role.CONTRIBUTOR, "by": SYSTEM}
    return actions.add_person(**{**wanted, **changes})  # type: ignore[arg-type]


def test_set_up_makes_an_admin_once() -> None:
    first = actions.set_up(name="Ada", email="ada@example.org", password=PASSWORD)
    assert first.access is Role.ADMIN
    with pytest.raises(Refused, match="already set up"):
        actions.set_up(name="Eve", email="eve@example.org", password=PASSWORD)


def test_person_added_keeps_the_address_out_of_the_trail() -> None:
    person = add()
    commit()
    (event,) = history("person", person.id)
    private = db.session.query(PrivateValue).one()
    assert (event.act, event.name, event.new["name"], event.new["role"]) == (
        "person_added",
        "Ninefold",
        "Ada",
        "contributor",
    )
    assert event.new["email"] == salted("ada@example.org", private.salt)
    assert (private.seq, private.field, private.value) == (event.seq, "email", "ada@example.org")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "not an address"),
        ("email", ""),
        ("name", "  "),
        ("password", "short"),
        ("password", "x" * 1025),
        ("password", "aaaaaaaaaaaaaaaaaaaa"),
        ("password", "adaadaadaadaadaada"),
        ("password", "ninefoldninefold"),
    ],
)
def test_person_added_needs_sound_values(field: str, value: str) -> None:
    with pytest.raises(BadValue) as refusal:
        add(**{field: value})
    assert refusal.value.field == field


def test_address_is_used_once_whatever_its_case() -> None:
    add()
    with pytest.raises(BadValue, match="already in use"):
        add(email="ADA@example.org")


def test_password_is_compared_in_its_normal_form() -> None:
    person = add(password="Une pause-cafe\u0301 calme")
    actions.confirm_identity(person=person, password="Une pause-café calme")
    with pytest.raises(BadValue, match="password is not right"):
        actions.confirm_identity(person=person, password="Une pause-cafe calme")


def test_nobody_grants_a_role_above_their_own() -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    with pytest.raises(BadValue) as refusal:
        add(by=lead, role=Role.ADMIN)
    assert refusal.value.field == "role"


def test_role_change_ends_the_sessions_and_is_recorded() -> None:
    admin, person = a_person(role=Role.ADMIN), a_person()
    session = person.fs_uniquifier
    actions.change_role(person=person, role=Role.AUDITOR, by=admin)
    event = history("person", person.id)[-1]
    assert (person.access, person.fs_uniquifier == session) == (Role.AUDITOR, False)
    assert (event.act, event.old, event.new) == ("role_changed", {"role": "contributor"}, {"role": "auditor"})


def test_nobody_changes_their_own_role() -> None:
    admin = a_person(role=Role.ADMIN)
    a_person(role=Role.ADMIN)
    with pytest.raises(Refused, match="their own role"):
        actions.change_role(person=admin, role=Role.GUEST, by=admin)


def test_nobody_withdraws_a_role_above_their_own() -> None:
    lead, admin = a_person(role=Role.QUALITY_LEAD), a_person(role=Role.ADMIN)
    with pytest.raises(Refused, match="above their own"):
        actions.change_role(person=admin, role=Role.GUEST, by=lead)


def test_last_admin_stays() -> None:
    admin, other = a_person(role=Role.ADMIN), a_person(role=Role.ADMIN)
    actions.change_role(person=other, role=Role.GUEST, by=admin)
    other.role = Role.ADMIN
    admin.active = False
    with pytest.raises(Refused, match="last admin"):
        actions.change_role(person=other, role=Role.GUEST, by=admin)


def test_member_gets_rights_and_a_change_ends_the_sessions() -> None:
    project, person, lead = a_project(), a_person(), a_person(role=Role.QUALITY_LEAD)
    session = person.fs_uniquifier
    assert queries.rights_on(person, project.key).permissions == frozenset()
    a_member(project, person, role=Role.GUEST)
    db.session.flush()
    assert queries.rights_on(person, project.key).permissions == {Permission.PROJECT_READ}
    assert person.fs_uniquifier == session
    wanted = {"role": Role.CONTRIBUTOR, "hub": Hub.SALES, "functions": [Function.SALES_LEAD]}
    member = actions.add_member(project_id=project.id, project_key=project.key, person=person, by=lead, **wanted)
    event = history("membership", member.id)[-1]
    assert (event.act, event.old["role"], event.new["role"]) == ("member_changed", "guest", "contributor")
    assert (member.held, person.fs_uniquifier == session) == ({Function.SALES_LEAD}, False)


def test_installation_role_is_not_a_role_on_a_project() -> None:
    project, person = a_project(), a_person()
    with pytest.raises(BadValue) as refusal:
        a_member(project, person, role=Role.ADMIN)
    assert refusal.value.field == "role"


def test_nobody_changes_or_removes_their_own_membership() -> None:
    project, manager = a_project(), a_person()
    member = a_member(project, manager, role=Role.PROJECT_MANAGER)
    with pytest.raises(Refused):
        actions.add_member(
            project_id=project.id,
            project_key=project.key,
            person=manager,
            role=Role.PROJECT_MANAGER,
            hub=Hub.SALES,
            functions=[Function.SPONSOR],
            by=manager,
        )
    with pytest.raises(Refused):
        actions.remove_member(member=member, project_key=project.key, by=manager)


def test_member_removed_loses_rights_and_sessions_and_the_trail_remembers() -> None:
    project, person, lead = a_project(), a_person(), a_person(role=Role.QUALITY_LEAD)
    member = a_member(project, person, functions=[Function.SPONSOR])
    session = person.fs_uniquifier
    actions.remove_member(member=member, project_key=project.key, by=lead)
    commit()
    event = history("membership", member.id)[-1]
    assert queries.rights_on(person, project.key).permissions == frozenset()
    assert person.fs_uniquifier != session
    assert (event.act, event.old) == (
        "member_removed",
        {"role": "contributor", "hub": "administration", "functions": ["sponsor"]},
    )


def test_preference_is_kept_and_recorded() -> None:
    person = a_person()
    actions.set_preference(person=person, language="fr")
    actions.set_preference(person=person, theme="dark")
    assert (person.language, person.theme) == ("fr", "dark")
    assert [each.act for each in history("person", person.id)] == ["person_added", "preference_set", "preference_set"]


def test_name_longer_than_its_column_is_refused() -> None:
    with pytest.raises(BadValue) as refusal:
        actions.add_person(name="x" * 121, email="ada@example.test", password=PASSWORD, role=Role.GUEST, by=SYSTEM)
    assert (refusal.value.field, refusal.value.message) == ("name", "A name has at most 120 characters.")


def test_project_manager_names_no_sponsor() -> None:
    manager = a_person(role=Role.PROJECT_MANAGER)
    project = a_project(by=manager)
    wish = {"project_id": project.id, "project_key": project.key, "role": Role.CONTRIBUTOR, "hub": Hub.SALES, "by": manager}
    with pytest.raises(BadValue) as refusal:
        actions.add_member(person=a_person(), functions=[Function.SPONSOR], **wish)
    assert refusal.value.field == "functions"
    assert actions.add_member(person=a_person(), functions=[Function.SALES_LEAD], **wish).held == {Function.SALES_LEAD}
