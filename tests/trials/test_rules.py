"""Which rows need a decision, and how they are named."""

from __future__ import annotations

import pytest

from tests.sandbox.cases import FEBRUARY, JANUARY, LIST, counted, reconciled
from workbench.trials.rules import (
    Kind,
    client_key,
    digest,
    file_name,
    is_live_unchanged,
    refused_key,
    row_key,
    service_key,
    unexplained,
)
from workbench.trials.rules.plans import Wanted, key_text, row_name, rows_named


def test_unexplained_rows_of_case_a_are_none():
    assert unexplained(reconciled(counted(JANUARY), prices=LIST).as_json()) == []


def test_unexplained_rows_of_case_b_are_what_is_over_and_the_unknown_service():
    found = unexplained(reconciled(counted(FEBRUARY), prices=LIST).as_json())
    assert [(each.key, each.kind, each.why) for each in found] == [
        ("row|Bakery Noé|S3", Kind.OVER, "19 used = 10 in package P1 + 7 extra + 2 not billed"),
        ("row|Bakery Noé|S6", Kind.NOT_IN_CONTRACT, "2 used = 2 not in contract"),
        ("service|S6", Kind.UNKNOWN_SERVICE, "in no package and on no contract line"),
    ]


def test_unexplained_names_clients_of_one_side_and_each_refused_record_once():
    usage = [("Studio Halloy", "S1", 1), ("Studio Halloy", "S2", "-3"), ("Studio Halloy", "", "x")]
    found = unexplained(reconciled(usage, prices=LIST).as_json())
    assert [(each.key, each.what) for each in found if each.kind is not Kind.NOT_IN_CONTRACT] == [
        ("client|Studio Halloy", "Studio Halloy"), ("client|Bakery Noé", "Bakery Noé"),
        ("refused|usage.csv|3", "usage.csv:3"), ("refused|usage.csv|4", "usage.csv:4"),
    ]
    assert found[-1].why == "a quantity is a whole number, 0 or more; a service is missing"


def test_keys_stay_apart_where_names_hold_bars():
    assert row_key("A|B", "C") == "row|A\\|B|C"
    keys = {row_key("A|B", "C"), row_key("A", "B|C"), row_key("A\\", "B|C"), client_key("A"), service_key("A")}
    assert len(keys) == 5


def test_keys_fit_their_column_and_stay_apart_when_cut():
    keys = {row_key("x" * 400, "S1"), row_key("x" * 400, "S2"), refused_key("y" * 400, 3)}
    assert ({len(key) for key in keys}, len(keys)) == ({300}, 3)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("usage 2026.csv", "usage 2026.csv"), ("../../etc/passwd", "passwd"), ("C:\\exports\\usage.csv", "usage.csv"),
        ("..", "unnamed"), ("", "unnamed"), ("a\x00b\u202e.csv", "ab.csv"), ("é" * 300 + ".csv", "é" * 93 + ".csv"),
        (".hidden.csv", "hidden.csv"),
    ],
)
def test_file_name_can_stand_in_a_folder(given, kept):
    assert file_name(given) == kept


def test_digest_does_not_depend_on_the_order_of_keys():
    assert digest({"a": 1, "b": "é"}) == digest({"b": "é", "a": 1})


def test_live_is_changed_where_one_source_is():
    same, other = {"sha256": "a", "after": "a"}, {"sha256": "a", "after": ""}
    assert (is_live_unchanged({"usage": same}), is_live_unchanged({"usage": same, "prices": other})) == (True, False)


def test_a_row_in_an_address_is_read_back_and_anything_else_is_left_out():
    names = [row_name("psa.lines", [7, None, True, "a,\"b\""]), "[1]", "x", '["psa.lines"]', '["psa.lines", 7]']
    assert rows_named(names) == (("psa.lines", ("7", "", "true", 'a,"b"')),)
    assert [key_text(value) for value in (None, True, 7, "x")] == ["", "true", "7", "x"]


def test_a_filter_on_a_value_asks_for_no_kind_by_itself():
    """Else rows in doubt would count as chosen by their kind."""
    wanted = [Wanted("t", kind, "price", "1", is_compared=True) for kind in ("", "withdraw")]
    assert [one.among for one in wanted] == [("create", "update"), ()]
    assert [one.only for one in wanted] == [
        (("table", "t"), ("price", "1")), (("table", "t"), ("kind", "withdraw"), ("price", "1"))]
