"""The reference run: the files of the conformance suite are what it gives, and what it gives is right by hand."""
from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.conformance import Case, cases, expected_of, in_order
from sandbox.engines.oracle import run
from sandbox.engines.oracle_targets import COUNTED
from sandbox.errors import InputRefused
from sandbox.mapping.check import checked

CASES = {case.name: case for case in cases()}
NUMBERS = ("used", "included", "extra", "entitled", "included_used", "extra_used", "over", "unused")


def test_the_cases_are_these():
    assert list(CASES) == ["aggregates", "checks", "formulas", "joins", "keys", "lookup-twice", "lookups", "names", "reading",
                           "reconciling", "supplier-usage", "unions"]


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_the_expected_rows_are_what_the_oracle_gives(case: Case):
    assert expected_of(case) == case.expected
    for target in case.expected.get("targets", []):
        kinds = [row["_kind"] for row in target["diff"]]
        assert {kind: kinds.count(kind) for kind in COUNTED if kind != "unchanged"} == {
            kind: count for kind, count in target["counts"].items() if kind != "unchanged"}


def counts_of(case, number=0):
    return [case.expected["targets"][number]["counts"][kind] for kind in COUNTED]


def diff_of(case, number=0):
    return [(row["_kind"], *row["key"], *row["_changed"]) for row in case.expected["targets"][number]["diff"]]


def test_the_example_bills_what_packages_do_not_hold():
    case = CASES["supplier-usage"]
    # 19 used of S3 = 10 in P1 + 9 extra; 5 of S5 as on the line; client 2 uses 4 of the 2 that P2 holds.
    assert diff_of(case) == [("flagged", 1, "P1"), ("flagged", 2, "P2"), ("create", 2, "S3"), ("flagged", 3, "S4")]
    assert counts_of(case) == [1, 0, 0, 2, 0, 3]
    assert case.expected["refused"] == in_order([
        ["usage_clean", "clients", "lookup", "usage:6"], ["usage_clean", "services", "lookup", "usage:7"],
        ["usage_clean", "not-negative", "check", "usage:8"], ["usage_clean", "units", "field", "usage:9"],
        ["usage_clean", "not-negative", "check", "usage:10"], ["usage_clean", "clients", "lookup", "usage:11"],
        ["usage_clean", "clients", "lookup", "usage:12"], ["usage_clean", "services", "lookup", "usage:12"]])
    assert case.expected["coverage"] == {"usage_clean.clients": {"matched": 8, "unmatched": 3},
                                         "usage_clean.services": {"matched": 9, "unmatched": 2}}


def test_keys_that_are_empty_or_stand_twice_take_no_part():
    case = CASES["keys"]
    assert [row for row in case.expected["refused"] if row[2] == "target" and row[0] == "b.gone"] == in_order([
        ["b.gone", "key-twice", "target", "rows:3"], ["b.gone", "key-twice", "target", "rows:4"],
        ["b.gone", "key-empty", "target", "rows:5"], ["b.gone", "key-empty", "target", "rows:6"],
        ["b.gone", "key-empty", "target", "rows:10"], ["b.gone", "live-key-twice", "target", "rows:7"],
        ["b.gone", "live-key-twice", "target", "live:4"], ["b.gone", "live-key-twice", "target", "live:5"],
        ["b.gone", "live-key-empty", "target", "live:10"], ["b.gone", "live-key-twice", "target", "live:11"],
        ["b.gone", "live-key-twice", "target", "live:12"]])
    assert [row for row in diff_of(case) if row[0] != "refused"] == [
        ("update", 5, "x", "n"), ("update", 6, "x", "n"), ("withdraw", 8, "x"), ("withdraw", 8, "y"),
        ("withdraw", 10, "X"), ("create", 10, "x")]
    assert counts_of(case) == [1, 2, 3, 1, 11, 0]
    assert (counts_of(case, 1)[3], counts_of(case, 2)[5]) == (2, 1)


def test_every_verdict_of_a_reconciliation_adds_up():
    case = CASES["reconciling"]
    result = run(checked(case.mapping), case.tables)
    rows = {row.values["client"]: [row.values[name] for name in NUMBERS] + [row.values["verdict"]]
            for row in result.relations["split"]}
    assert rows == {
        1: [9, 3, 2, 5, 3, 2, 4, 0, "over"], 2: [0, 0, 0, 0, 0, 0, 0, 0, "equal"],
        3: [7, 0, 0, 0, 0, 0, 7, 0, "not_in_contract"], 5: [0, 2, 0, 2, 0, 0, 0, 2, "unused"],
        8: [12, 10, 5, 15, 10, 2, 0, 3, "unused"], 9: [1, 1, 0, 1, 1, 0, 0, 0, "equal"],
        11: [0, 0, 4, 4, 0, 0, 0, 4, "unused"], 12: [1, 0, 0, 0, 0, 0, 1, 0, "over"]}
    assert [row for row in case.expected["refused"] if row[0] == "split"] == in_order([
        ["split", "used", "side", "used:6"], ["split", "used", "side", "used:7"], ["split", "used", "side", "used:8"],
        ["split", "used", "side", "used:9"], ["split", "used", "field", None], ["split", "entitled", "field", None]])
    assert [row.fake for row in result.relations["split"] if row.values["client"] == 3] == [True]


def test_what_is_fake_or_masked_stays_so():
    case = CASES["unions"]
    everyone, told, counted = case.expected["targets"]
    assert [(row["_kind"], *row["key"], row["_fake"], row["_masked"]) for row in everyone["diff"]] == [
        ("update", 2, True, True), ("create", 3, False, True), ("create", 11, False, True), ("update", 12, False, True),
        ("withdraw", 13, True, True)]
    assert {row["_masked"] for row in told["diff"]} == {False}
    assert [row["_why"] for row in counted["diff"] if row["_kind"] == "refused"] == ["key-empty"]
    assert {row["_masked"] for row in counted["diff"]} == {True}


def received(rows, columns):
    return [dict(zip(columns, row, strict=True), _line=line) for line, row in enumerate(rows, start=2)]


few = st.sampled_from(["1", "2", "3", ""])
counts = st.sampled_from(["0", "1", "5", "12", "", "-1", "x"])
triples = st.lists(st.tuples(few, st.sampled_from(["S1", "S2", ""]), counts), max_size=8)


@settings(max_examples=60, deadline=None)
@given(triples, triples)
def test_the_difference_applied_to_the_live_rows_gives_the_staged_ones(staged, live):
    case, columns = CASES["keys"], ("id", "part", "n")
    tables = {"rows": received(staged, columns), "live": received([(*row, "") for row in live], (*columns, "note")),
              "kept": [], "flagged": []}
    [result, *_] = run(checked(case.mapping), tables).targets
    twice = {row.key for row in result.diff if row.kind == "refused"}
    table = {(row.values["id"], row.values["part"]): row.values["n"] for row in result.live}
    for row in result.diff:
        if row.kind in ("create", "update"):
            assert (row.key in table, row.live and row.live["n"]) == (row.kind == "update", table.get(row.key))
            table[row.key] = row.trial["n"]
        elif row.kind == "withdraw":
            del table[row.key]
    wanted = {(row.values["id"], row.values["part"]): row.values["n"] for row in result.staged}
    assert {key: n for key, n in table.items() if key not in twice} == {
        key: n for key, n in wanted.items() if key not in twice}


@settings(max_examples=60, deadline=None)
@given(triples, triples, triples)
def test_what_is_used_and_what_is_entitled_add_up_for_any_quantities(used, included, extra):
    case, columns = CASES["reconciling"], ("client", "service", "n")
    tables = {"used": received(used, columns), "included": received(included, columns), "live": [],
              "extra": received([(*row, "true") for row in extra], ("client", "what", "n", "on_bill"))}
    rows = [row.values for row in run(checked(case.mapping), tables).relations["split"]]
    assert [row["included_used"] + row["extra_used"] + row["over"] for row in rows] == [row["used"] for row in rows]
    assert [row["included_used"] + row["extra_used"] + row["unused"] for row in rows] == [
        row["included"] + row["extra"] for row in rows]
    good = [int(n) for client, service, n in used if client and service and n.isdigit()]
    assert sum(row["used"] for row in rows) == sum(good)
    assert min([0, *(row[name] for row in rows for name in NUMBERS)]) == 0


def test_a_lookup_key_that_stands_twice_stops_the_run():
    assert CASES["lookup-twice"].expected == {"stops": "step out, lookup names: 2 stands twice in names, line 3 and line 4"}


def test_parameters_are_read_by_their_type_and_all_are_given():
    case = CASES["formulas"]
    said = []
    for values in ({"floor": "2"}, {"floor": "2", "since": "2026-01-15", "flor": "1"}):
        with pytest.raises(InputRefused) as caught:
            run(checked(case.mapping), case.tables, values)
        said.append(str(caught.value))
    assert said == ["the parameter since (date) has no value", "the mapping has no parameter flor; it has floor, since"]
    with pytest.raises(InputRefused) as caught:
        run(checked(case.mapping), case.tables, {"floor": "two", "since": "2026-01-15"})
    assert str(caught.value).startswith("parameter floor: ")
