"""Who has to agree, what a plan may not hold, what looks like a secret, which windows clash, when a review is due."""

from __future__ import annotations

import io
import itertools
import zipfile
from datetime import UTC, date, datetime

import pytest

from workbench.changes.rules import (
    PlanFindings,
    Slot,
    Terms,
    Verdict,
    Vote,
    amount,
    conflicts,
    is_period,
    looks_like_secret,
    months_around,
    outcome,
    plan_scan,
    review_due,
    terms,
    working_days_after,
)
from workbench.people.rules import Function, Hub
from workbench.risks.rules import Level

OWNER, TECHNICAL, AUTHOR, OUTSIDER = 1, 2, 3, 4
HUBS = {OWNER: Hub.ADMINISTRATION, TECHNICAL: Hub.TECHNICAL, AUTHOR: Hub.ADMINISTRATION, OUTSIDER: Hub.SALES}
EVENTS = {
    "approve a": (OWNER, True), "approve b": (TECHNICAL, True), "reject a": (OWNER, False), "reject b": (TECHNICAL, False),
    "change content": None, "new plan": None, "author approves": (AUTHOR, True), "outsider approves": (OUTSIDER, True),
}
TWO_HUBS = Terms(2, frozenset({Hub.ADMINISTRATION, Hub.TECHNICAL}))
SEQUENCES = [each for length in range(5) for each in itertools.product(EVENTS, repeat=length)]


def told(events: tuple[str, ...]) -> tuple[list[Vote], str]:
    """The votes of a sequence in their order, and what the request says at its end."""
    content = plan = 1
    votes = []
    for event in events:
        what = EVENTS[event]
        if what is not None:
            votes.append(Vote(what[0], HUBS[what[0]], frozenset(), what[1], f"1:{content}:{plan}"))
        content += event == "change content"
        plan += event == "new plan"
    return votes, f"1:{content}:{plan}"


def expected(events: tuple[str, ...]) -> Verdict:
    """Said another way: what was signed since the last change, the first answer of each of the two who are asked."""
    last = max((place + 1 for place, each in enumerate(events) if each in ("change content", "new plan")), default=0)
    first: dict[str, str] = {}
    for event in events[last:]:
        verb, who = event.split(" ", 1)
        if who in ("a", "b"):
            first.setdefault(who, verb)
    if "reject" in first.values():
        return Verdict.REJECTED
    return Verdict.AUTHORISED if first == {"a": "approve", "b": "approve"} else Verdict.PENDING


def test_every_sequence_of_four_answers_is_judged() -> None:
    judged = {}
    for events in SEQUENCES:
        votes, given_on = told(events)
        judged[events] = outcome({OWNER, TECHNICAL, AUTHOR}, votes, given_on=given_on, authors={AUTHOR}, terms=TWO_HUBS)
    assert len(judged) == 1 + 8 + 64 + 512 + 4096
    assert judged == {events: expected(events) for events in SEQUENCES}


def test_no_sequence_authorises_with_a_rejection_without_quorum_or_by_the_author() -> None:
    for events in SEQUENCES:
        votes, given_on = told(events)
        if outcome({OWNER, TECHNICAL, AUTHOR}, votes, given_on=given_on, authors={AUTHOR}, terms=TWO_HUBS) is Verdict.AUTHORISED:
            now = [each for each in votes if each.given_on == given_on]
            firsts = {each.person_id: each.approves for each in reversed(now) if each.person_id in (OWNER, TECHNICAL)}
            assert firsts == {OWNER: True, TECHNICAL: True}


def test_yes_takes_every_function_of_the_risk() -> None:
    asked = terms("normal", Level.HIGH, 2)
    votes = [
        Vote(OWNER, Hub.ADMINISTRATION, frozenset({Function.CHANGE_AUTHORITY}), True, "x"),
        Vote(TECHNICAL, Hub.TECHNICAL, frozenset(), True, "x"),
    ]
    sponsor = Vote(OUTSIDER, Hub.SALES, frozenset({Function.SPONSOR}), True, "x")
    everybody = {OWNER, TECHNICAL, OUTSIDER}
    assert outcome(everybody, votes, given_on="x", authors=(), terms=asked) is Verdict.PENDING
    assert outcome(everybody, [*votes, sponsor], given_on="x", authors=(), terms=asked) is Verdict.AUTHORISED


def test_standard_change_takes_one_approval_and_others_at_least_two() -> None:
    assert (terms("standard", Level.LOW, 3), terms("normal", None, 1)) == (Terms(1), TWO_HUBS)


def test_plan_scan_counts_fake_rows_and_cells_in_the_clear() -> None:
    plan = (
        "client;contact;phone;account\n"
        "[FAKE] Bakery;a***@bakery.fr;;\n"
        "Forge;ann@forge.fr;+33 6 12 34 56 78;FR76 3000 6000 0112 3456 7890 189\n"
        "Mill;bob@example.com;17;C-007\n"
        "Weaver;[fake];06.12.34.56.78;FR76 3000 6000 0112 3456 7890 188\n"
    )
    assert plan_scan(plan.encode()) == PlanFindings(fake_rows=2, unmasked_cells=4)
    assert plan_scan(b"client,quantity\nForge,17\n") == PlanFindings(0, 0)


def test_plan_scan_reads_office_files_and_knows_what_it_cannot_read() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("xl/sharedStrings.xml", "<sst><si><t>[FAKE] Bakery</t></si><si><t>ann@forge.fr</t></si></sst>")
    assert plan_scan(stream.getvalue()) == PlanFindings(1, 1)
    assert [plan_scan(each) for each in (b"%PDF-1.7\n", b"PK\x03\x04broken", b"\x00\x01")] == [None, None, None]


@pytest.mark.parametrize("text", [
    "password=winter", "Password: hunter22", "Bearer abcdefghijklmnop", "-----BEGIN RSA PRIVATE KEY-----", "api_key = x",
    "d41d8cd98f00b204e9800998ecf8427e", "kept as AbCd1234EfGh5678IjKl", "https://robot:s3cret@psa.example.test/v1",
    "ghp_16C7e42F292c6912E7710c838347Ae178B4a", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEYab",
])
def test_secret_is_seen(text: str) -> None:
    assert looks_like_secret(text) is True


@pytest.mark.parametrize("text", [
    "vault entry 12", "the password is kept by the technical lead", "token: vault entry 12", "every first Monday, 06:00 UTC",
    "https://api.example.test/v2/usage/clients-of-the-month", "customer-invoice-export-2026-05", "InvoiceExportJobMonthly2026",
    "550e8400-e29b-41d4-a716-446655440000", "100 calls a minute", "00000000000000000000",
    "anticonstitutionnellement et intergouvernementalisation", "z" * 5000,
])
def test_plain_text_is_no_secret(text: str) -> None:
    assert looks_like_secret(text) is False


def slot(number: int, start: int, end: int, *tools: int) -> Slot:
    day = datetime(2026, 5, 4, tzinfo=UTC)
    return Slot(number, day.replace(hour=start), day.replace(hour=end), frozenset(tools))


def test_windows_clash_where_they_overlap_on_the_same_tool() -> None:
    slots = [slot(1, 8, 12, 1, 2), slot(2, 11, 13, 2, 3), slot(3, 12, 14, 1), slot(4, 11, 12, 9), slot(5, 12, 13, 3)]
    assert conflicts(slots) == {
        1: {2: frozenset({2})}, 2: {1: frozenset({2}), 5: frozenset({3})}, 5: {2: frozenset({3})},
    }


def test_working_days_leave_out_the_week_end() -> None:
    friday = date(2026, 5, 8)
    assert [working_days_after(friday, count) for count in (0, 1, 5)] == [friday, date(2026, 5, 11), date(2026, 5, 15)]


@pytest.mark.parametrize(("kind", "due"), [
    ("emergency", date(2026, 5, 15)), ("normal", date(2026, 6, 7)), ("standard", None),
])
def test_review_is_due_by_the_type(kind: str, due: date | None) -> None:
    assert review_due(kind, date(2026, 5, 8)) == due


def test_months_and_amounts_are_read() -> None:
    assert [is_period(each) for each in ("2026-05", "2026-13", "5/2026")] == [True, False, False]
    assert [str(amount(each)) for each in ("1 234,50", "12", "x", "NaN")] == ["1234.50", "12", "None", "None"]
    assert months_around(date(2026, 12, 1)) == ("2026-11", "2027-01")
