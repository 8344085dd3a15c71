"""The table of grants, read as an auditor would read it."""

from __future__ import annotations

import pytest

from workbench.people.rules import (
    EVERYWHERE,
    FUNCTION_GRANTS,
    GRANTS,
    GRANTS_ANYWHERE,
    RANK,
    Function,
    Permission,
    Role,
    granted,
)

P = Permission
NOBODY_ELSE: frozenset[Function] = frozenset()


def test_every_role_stands_in_every_table() -> None:
    assert (set(GRANTS), set(GRANTS_ANYWHERE), set(RANK)) == (set(Role), set(Role), set(Role))


def test_every_permission_is_granted_to_somebody() -> None:
    tables = [*GRANTS.values(), *GRANTS_ANYWHERE.values(), *FUNCTION_GRANTS.values()]
    assert set().union(*tables) == set(Permission)


@pytest.mark.parametrize("role", [Role.PROJECT_MANAGER, Role.CONTRIBUTOR, Role.GUEST])
def test_outsider_has_no_rights_on_a_project(role: Role) -> None:
    assert granted(role, None, NOBODY_ELSE) == frozenset()


@pytest.mark.parametrize("role", sorted(EVERYWHERE))
def test_three_roles_read_every_project(role: Role) -> None:
    assert P.PROJECT_READ in granted(role, None, NOBODY_ELSE)


def test_admin_cannot_answer_decide_or_sign_whatever_else_they_hold() -> None:
    everything = granted(Role.ADMIN, Role.PROJECT_MANAGER, frozenset(Function))
    assert everything == {P.PROJECT_READ, P.TRAIL_READ}


def test_auditor_reads_audits_and_reports_but_changes_nothing_of_the_project() -> None:
    assert granted(Role.AUDITOR, None, NOBODY_ELSE) == {
        P.PROJECT_READ, P.ANSWER_GIVE, P.FINDING_RAISE, P.FINDING_CHECK, P.AUDIT_READ, P.AUDIT_CONDUCT, P.EVIDENCE_ADD,
        P.REPORT_BUILD, P.TRAIL_READ,
    }


def test_project_manager_does_not_decide_gates() -> None:
    assert P.GATE_DECIDE not in granted(Role.PROJECT_MANAGER, Role.PROJECT_MANAGER, NOBODY_ELSE)


def test_sponsor_decides_gates_whatever_the_role_on_the_project_is() -> None:
    rights = granted(Role.GUEST, Role.GUEST, frozenset({Function.SPONSOR}))
    assert rights == {P.PROJECT_READ, P.GATE_DECIDE, P.GATE_WAIVE, P.TRIAL_DISPOSE}


def test_role_of_the_membership_counts_on_a_project_not_the_one_of_the_installation() -> None:
    assert granted(Role.PROJECT_MANAGER, Role.GUEST, NOBODY_ELSE) == {P.PROJECT_READ}
