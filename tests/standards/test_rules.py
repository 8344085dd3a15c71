"""Versions of packs, and what a draft's tables become."""

from __future__ import annotations

import pytest

from tests.factories.standards import a_body
from workbench.checklists import library
from workbench.standards.rules import (
    Part,
    difference,
    empty_body,
    hanging_on,
    is_version,
    moved,
    next_key,
    next_version,
    version_key,
    with_entry,
    without_entry,
)  # fmt: skip

TREE = {
    "pack": {"id": "x"},
    "clauses": [{"ref": "4"}, {"ref": "4.1", "parent": "4"}, {"ref": "5"}],
    "items": [{"key": "4.1-1", "clause": "4.1"}, {"key": "4.1-3", "clause": "4.1"}, {"key": "5-1", "clause": "5"}],
    "groupings": [{"key": "g", "groups": [{"key": "a", "refs": ["4.1", "5"]}]}],
}


def test_versions_are_compared_by_their_numbers() -> None:
    assert sorted(["1.10", "1.9", "2", "1"], key=version_key) == ["1", "1.9", "1.10", "2"]
    assert version_key("1.0") == version_key("1")
    assert [next_version(each) for each in ("1.0", "2", "1.2.9", "draft")] == ["1.1", "2.1", "1.2.10", "1.0"]
    assert [is_version(each) for each in ("1", "1.2.3.4", "1.", "v1", "1.2.3.4.5", "9" * 21)] == [True, True] + [False] * 4


def test_question_gets_the_next_number_of_its_clause_and_stands_behind_it() -> None:
    assert (next_key(TREE, "4.1"), next_key(TREE, "4")) == ("4.1-4", "4-1")
    made = with_entry(TREE, Part.ITEMS, {"key": "4.1-4", "clause": "4.1"})
    assert [each["key"] for each in made["items"]] == ["4.1-1", "4.1-3", "4.1-4", "5-1"]


def test_new_number_of_a_clause_is_taken_over_wherever_the_old_one_stood() -> None:
    made = with_entry(TREE, Part.CLAUSES, {"ref": "4.2", "parent": "4"}, "4.1")
    assert [each["ref"] for each in made["clauses"]] == ["4", "4.2", "5"]
    assert [each["clause"] for each in made["items"]] == ["4.2", "4.2", "5"]
    assert made["groupings"][0]["groups"][0]["refs"] == ["4.2", "5"]
    assert TREE["items"][0] == {"key": "4.1-1", "clause": "4.1"}  # type: ignore[index]


def test_clause_that_is_removed_leaves_the_groupings() -> None:
    assert hanging_on(TREE, "4") == ["4.1"]
    assert hanging_on(TREE, "5") == ["5-1"]
    made = without_entry(TREE, Part.CLAUSES, "5")
    assert ([each["ref"] for each in made["clauses"]], made["groupings"][0]["groups"][0]["refs"]) == (["4", "4.1"], ["4.1"])


@pytest.mark.parametrize(
    ("name", "by", "expected"),
    [("4.1", -1, ["4.1", "4", "5"]), ("4", -1, ["4", "4.1", "5"]), ("5", 1, ["4", "4.1", "5"])],
)
def test_moving_swaps_two_lines_and_stops_at_the_ends(name: str, by: int, expected: list[str]) -> None:
    assert [each["ref"] for each in moved(TREE, Part.CLAUSES, name, by)["clauses"]] == expected


def test_empty_body_names_the_pack() -> None:
    body = empty_body("our_list", {"en": "Our list"})
    assert (body["pack"]["id"], body["pack"]["title"], body["items"]) == ("our_list", {"en": "Our list"}, [])


def test_difference_names_what_is_new_gone_and_reworded() -> None:
    old = library.read(a_body(questions=2), "a")
    new = library.read(a_body(questions=3, first="Is it signed?").replace(b'key = "1-2"', b'key = "1-9"'), "b")
    found = difference(old, new)
    assert [each.key for each in found.added] == ["1-9", "1-3"]
    assert [each.key for each in found.removed] == ["1-2"]
    said = [(before.question.en, after.question.en) for before, after in found.reworded]
    assert said == [("Is it written down?", "Is it signed?")]
    assert (found.clauses_added, found.clauses_removed, found.clauses_changed, found.is_empty) == ((), (), (), False)
    assert difference(old, old).is_empty
