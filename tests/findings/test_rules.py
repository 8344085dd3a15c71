"""The states of a finding, what stands in the way of closing, and the ages."""

from __future__ import annotations

from datetime import date
from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.findings import rules
from workbench.findings.rules import FLOW, NONCONFORMITIES, OPEN, FindingKind, FindingState, Treatment
from workbench.flow import TransitionRefused
from workbench.people.rules import Permission as P

VERBS = ("correct", "explain", "act", "resume", "send_back", "close", "dispose", "reopen", "withdraw")
# What each verb does to each state, written by hand beside the table: {state: {verb: state after}}.
ARROWS = {
    "raised": {"correct": "corrected", "dispose": "closed", "withdraw": "withdrawn"},
    "corrected": {"explain": "cause_known", "withdraw": "withdrawn"},
    "cause_known": {"act": "acted", "withdraw": "withdrawn"},
    "acted": {"resume": "cause_known", "send_back": "cause_known", "close": "closed", "withdraw": "withdrawn"},
    "closed": {"reopen": "raised"},
    "withdrawn": {},
}


@st.composite
def treatments(draw: st.DrawFn) -> Treatment:
    """Anything that may have been done; what is planned is among what is open."""
    planned = draw(st.tuples(st.integers(0, 2), st.integers(0, 2)))
    return Treatment(
        kind=draw(st.sampled_from(list(FindingKind))), corrections_done=draw(st.integers(0, 2)),
        is_cause_stated=draw(st.booleans()), correctives_done=draw(st.integers(0, 2)),
        actions_open=sum(planned) + draw(st.integers(0, 1)), corrections_planned=planned[0], correctives_planned=planned[1],
        is_effective=draw(st.booleans()), is_disposed=draw(st.booleans()),
    )


TREATMENTS = treatments()


def walked(verbs: tuple[str, ...]) -> str:
    state: FindingState = FindingState.RAISED
    for verb in verbs:
        try:
            state = FindingState(FLOW.target(verb, state))
        except TransitionRefused:
            return "refused"
    return state.value


def expected(verbs: tuple[str, ...]) -> str:
    state = "raised"
    for verb in verbs:
        if verb not in ARROWS[state]:
            return "refused"
        state = ARROWS[state][verb]
    return state


def test_flow_leads_every_sequence_of_verbs_where_the_arrows_say() -> None:
    sequences = [verbs for length in range(1, 5) for verbs in product(VERBS, repeat=length)]
    assert [each for each in sequences if walked(each) != expected(each)] == []
    assert walked(("correct", "explain", "act", "close", "reopen", "correct")) == "corrected"


def test_flow_gives_judging_to_those_who_check() -> None:
    needed = {each.verb: each.needs for each in FLOW.transitions}
    treats = {"correct", "explain", "act", "resume"}
    assert needed == {each: P.FINDING_TREAT if each in treats else P.FINDING_CHECK for each in VERBS}


@given(TREATMENTS)
def test_nonconformity_lacks_nothing_only_with_proof(seen: Treatment) -> None:
    proven = (
        seen.corrections_done > 0 and seen.is_cause_stated and seen.correctives_done > 0 and seen.is_effective
        and not seen.actions_open
    )
    if seen.kind in NONCONFORMITIES:
        assert (rules.lacking(seen) == ()) is proven
    else:
        assert (rules.lacking(seen) == ()) is (seen.is_disposed and not seen.actions_open)


@given(TREATMENTS)
def test_nothing_is_judged_before_every_action_is_done(seen: Treatment) -> None:
    state = rules.standing(seen)
    if state is FindingState.ACTED:
        assert set(rules.lacking(seen)) <= {"effectiveness"}
    assert state in OPEN


@given(st.lists(TREATMENTS, min_size=2, max_size=6))
def test_what_is_recorded_always_has_a_way_along_the_arrows(seen: list[Treatment]) -> None:
    """More done moves on; a new action moves back one state, never further."""
    for before, after in pairwise(seen):
        start, end = rules.standing(before), rules.standing(after)
        if OPEN.index(end) >= OPEN.index(start):
            assert rules.moved(start, end) is end
    assert rules.moved(FindingState.ACTED, FindingState.CAUSE_KNOWN) is FindingState.CAUSE_KNOWN


@pytest.mark.parametrize(
    ("days", "name"), [(0, "0-30"), (30, "0-30"), (31, "31-60"), (60, "31-60"), (61, "61-90"), (90, "61-90"), (91, ">90")]
)
def test_age_falls_into_its_band(days: int, name: str) -> None:
    assert rules.band(days) == name


def test_ageing_chart_is_laid_out_by_its_tallest_bar() -> None:
    chart = rules.ageing({("0-30", "minor"): 4, (">90", "major"): 2}, ("major", "minor"))
    alone = rules.ageing({("0-30", "minor"): 1}, ("minor",))  # the names of the bands do not lie on one another
    assert [each[1] for each in alone.groups] == [44, 136, 228, 320]
    first, last = chart.groups[0][2], chart.groups[-1][2]
    assert [(each.kind, each.count, each.height) for each in first] == [("major", 0, 0), ("minor", 4, 120)]
    assert (last[0].height, last[0].y, chart.most, [name for name, _middle, _bars in chart.groups]) == (
        60, 80, 4, ["0-30", "31-60", "61-90", ">90"],
    )


@pytest.mark.parametrize(("days", "middle"), [([], None), ([5], 5), ([9, 1, 4], 4), ([1, 2, 4, 9], 3)])
def test_median_of_days(days: list[int], middle: int | None) -> None:
    assert rules.median(days) == middle


def test_check_day_counts_from_the_last_action() -> None:
    assert rules.check_day(date(2026, 2, 10), 30) == date(2026, 3, 12)
