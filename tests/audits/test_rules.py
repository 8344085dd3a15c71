"""The states of an audit, the score of an area, and what counts as own work, without a database."""

from __future__ import annotations

from datetime import date

import pytest

from workbench.audits.rules import (
    FLOW,
    AreaFacts,
    AuditState,
    belongs_to_area,
    digest_of,
    is_own_work,
    missing_words,
    months_between,
    number_of,
    score,
)
from workbench.flow import TransitionRefused

S = AuditState
LEADS = {
    ("change", S.PLANNED): S.PLANNED, ("change", S.AGREED): S.PLANNED, ("agree", S.PLANNED): S.AGREED,
    ("open", S.AGREED): S.UNDER_WAY, ("conclude", S.UNDER_WAY): S.CONCLUDED, ("report", S.CONCLUDED): S.REPORTED,
    ("close", S.REPORTED): S.CLOSED, ("cancel", S.PLANNED): S.CANCELLED, ("cancel", S.AGREED): S.CANCELLED,
    ("cancel", S.UNDER_WAY): S.CANCELLED,
}


@pytest.mark.parametrize("verb", sorted({verb for verb, _state in LEADS}))
def test_flow_leads_where_the_table_says_and_nowhere_else(verb: str) -> None:
    found = {}
    for state in S:
        try:
            found[verb, state] = FLOW.target(verb, state)
        except TransitionRefused:
            continue
    assert found == {step: target for step, target in LEADS.items() if step[0] == verb}


@pytest.mark.parametrize(
    ("facts", "points"),
    [
        (AreaFacts(), {"importance": 3, "never": 5}),
        (AreaFacts(importance=5, months=5), {"importance": 5}),
        (AreaFacts(months=14, minors=2), {"importance": 3, "since": 2, "minors": 2}),
        (AreaFacts(months=90, majors=1, changes=3), {"importance": 3, "since": 5, "majors": 3, "changes": 2}),
        (AreaFacts(months=0, changes=40, last_majors=1, last_minors=4), {"importance": 3, "changes": 5, "last_majors": 2}),
        (AreaFacts(importance=1, months=0, last_minors=4), {"importance": 1, "last_minors": 1}),
    ],
)
def test_score_is_the_sum_of_its_parts(facts: AreaFacts, points: dict[str, int]) -> None:
    assert {each.name: each.points for each in score(facts)} == points


def test_months_are_whole_ones() -> None:
    days = [date(2026, 3, 30), date(2026, 4, 30), date(2027, 3, 31)]
    assert [months_between(date(2026, 3, 31), each) for each in days] == [-1, 0, 12]


@pytest.mark.parametrize(
    ("act", "is_work"),
    [
        ("need_stated", True), ("gate_decided", True), ("finding_raised", False), ("finding_action_done", True),
        ("audit_planned", False),
        ("evidence_added", False), ("item_answered", False), ("report_built", False),
    ],
)
def test_looking_and_filing_are_no_work_of_the_area(act: str, is_work: bool) -> None:
    assert is_own_work(act) == is_work


def test_internal_auditor_and_nothing_else_does_not_belong_to_the_area() -> None:
    kinds = [["internal_auditor"], [], ["internal_auditor", "sponsor"]]
    assert [belongs_to_area(each) for each in kinds] == [False, True, True]


def test_small_rules() -> None:
    assert (number_of(2026, 3), number_of(2026, 120)) == ("A-2026-03", "A-2026-120")
    assert missing_words({"a": "", "b": "x", "c": []}, ["a", "b", "c", "d"]) == ["a", "c", "d"]
    assert digest_of({"a": 1, "b": 2}) == digest_of({"b": 2, "a": 1})
