"""The overlay: marked fakes and edits on top of a copy that stays as it was; an edit that no longer fits is named."""
from __future__ import annotations

import hashlib
import re

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.errors import InputRefused
from sandbox.mirror.browsing import identifying_columns
from sandbox.mirror.overlay import CellEdit, FakeRow, Withdrawn, applied, edits_as_json, edits_from, marked
from sandbox.receiving.writing import TableWriter

COLUMNS = ("id", 'the "name"', "town")
ROWS = [["1", "Bakery Noé", "Brugge"], ["2", "", "Gent"], ["3", "Café", "Gent"]]


def mirrored(folder, rows=ROWS):
    folder.mkdir(exist_ok=True)
    with TableWriter(folder, "clients", COLUMNS) as writer:
        for line, row in enumerate(rows, start=2):
            writer.add(line, row)
        return writer.finish({}).path


def rows_of(path):
    with duckdb.connect() as connection:
        found = connection.execute("SELECT * FROM read_parquet(?)", [str(path)])
        return [entry[0] for entry in found.description], [list(row) for row in found.fetchall()]


def test_edits_are_laid_over_the_copy_and_marked(tmp_path):
    path = mirrored(tmp_path / "mirror")
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    edits = [
        CellEdit({"id": "2"}, 'the "name"', "Garage", ""), CellEdit({"id": "2"}, "town", "Aalst", "Gent"),
        Withdrawn({"id": "3"}), FakeRow({"id": "9", 'the "name"': "[FAKE] Anna"}, 1), FakeRow({"id": "8"}, 2),
    ]
    done = applied(path, COLUMNS, edits, tmp_path / "out.parquet")
    assert (done.fakes, done.edits, done.withdrawn, done.orphaned) == (2, 2, 1, ())
    assert rows_of(done.path) == (["_line", *COLUMNS, "_fake", "_edited"], [
        [-2, "8", "", "", True, False], [-1, "9", "[FAKE] Anna", "", True, False],
        [2, "1", "Bakery Noé", "Brugge", False, False], [3, "2", "Garage", "Aalst", False, True]])
    assert hashlib.sha256(path.read_bytes()).hexdigest() == before


@pytest.mark.parametrize(("rows", "line", "masked", "expected"), [
    (ROWS, 2, (), ("id",)), (ROWS, 2, ("id",), ('the "name"',)),
    ([["1", "a", "x"], ["1", "b", "x"], ["2", "a", "x"]], 2, (), ("id", 'the "name"')),
    # A name that is alone by chance does not tell the other rows apart; where nothing does, it is what there is.
    ([["1", "a", "x"], ["1", "b", "y"], ["2", "a", "x"], ["1", "a", "y"]], 3, (), COLUMNS),
    ([["1", "a", "x"], ["1", "b", "y"], ["1", "a", "x"]], 3, (), ('the "name"',)),
    ([["1", "a", ""], ["1", "a", ""]], 2, (), ()), ([["1", "", "x"]], 2, (), ("id",)),
])
def test_the_fewest_columns_that_tell_a_row_from_all_others(tmp_path, rows, line, masked, expected):
    assert identifying_columns(mirrored(tmp_path / "mirror", rows), COLUMNS, line, masked=masked) == expected


def test_an_edit_that_no_longer_fits_is_named_and_not_applied(tmp_path):
    path = mirrored(tmp_path / "mirror", [*ROWS, ["3", "again", "Gent"]])
    edits = [
        CellEdit({"id": "7"}, "town", "x", "y"), CellEdit({"id": "1"}, "town", "x", "Gent"), Withdrawn({"id": "3"}),
        CellEdit({"id": "1"}, "twon", "x", "y"), CellEdit({"idd": "1"}, "town", "x", "y"), Withdrawn({"id": "2"}),
        CellEdit({"id": "2"}, "town", "x", "Gent"), FakeRow({"id": "1"}, 1), FakeRow({"nmae": "1"}, 2), Withdrawn({}),
    ]
    done = applied(path, COLUMNS, edits, tmp_path / "out.parquet", key=["id"])
    assert [(orphan.number, orphan.why) for orphan in done.orphaned] == [
        (0, "the row with id = 7 is gone"), (1, 'town is "Brugge" now, and the edit was made on "Gent"'),
        (2, "2 rows have the key id = 3"), (3, 'the table has no column "twon"; the nearest is town'),
        (4, 'the table has no column "idd"; the nearest is id'), (6, "an earlier edit withdrew the row"),
        (7, "a mirrored row has its key now (line 2)"), (8, 'the table has no column "nmae"'), (9, "it names no row")]
    assert (done.fakes, done.edits, done.withdrawn) == (0, 0, 1)
    assert [row[0] for row in rows_of(done.path)[1]] == [2, 4, 5]


@pytest.mark.parametrize(("edits", "said"), [
    ([FakeRow({"town": "Anna"}, 1)], 'fake record 1: its town "Anna" must carry the mark [FAKE], so that nobody takes it for '
                                     "real"),
    ([FakeRow({}, 1)], 'fake record 1: its town "" must carry the mark [FAKE], so that nobody takes it for real'),
    ([FakeRow({"town": "[FAKE]"}, 0)], "fake record 0: each has a number of its own, 1 or more"),
    ([FakeRow({"town": "[FAKE]"}, 3)] * 2, "fake record 3: each has a number of its own, 1 or more"),
])
def test_a_fake_without_its_mark_is_refused(tmp_path, edits, said):
    with pytest.raises(InputRefused, match=f"^{re.escape(said)}$"):
        applied(mirrored(tmp_path / "mirror"), COLUMNS, edits, tmp_path / "out.parquet", name_column="town")
    assert (marked("Anna"), marked("A [FAKE] B"), marked("")) == ("[FAKE] Anna", "A [FAKE] B", "[FAKE]")


def test_edits_come_back_from_their_document():
    edits = (FakeRow({"id": "9"}, 1), CellEdit({"id": "2"}, "town", "Aalst", ""), Withdrawn({"id": "3"}))
    assert edits_from(edits_as_json(edits)) == edits
    with pytest.raises(InputRefused, match=r"^overlay: edits\[1\]: .*"):
        edits_from({"overlay": 1, "edits": [{"kind": "fake", "number": 0, "cells": {}}]})


TEXT = st.sampled_from(["", "a", "b'", '"c', "é"])


@settings(max_examples=20, deadline=None)
@given(rows=st.lists(st.tuples(TEXT, TEXT), max_size=5),
       edits=st.lists(st.tuples(st.integers(0, 5), st.sampled_from(COLUMNS[1:]), TEXT, TEXT), max_size=8))
def test_every_edit_is_applied_or_orphaned_as_a_plain_walk_says(tmp_path_factory, rows, edits):
    folder = tmp_path_factory.mktemp("overlay")
    path = mirrored(folder / "mirror", [[str(number), *row] for number, row in enumerate(rows)])
    wanted, orphans = [[str(number), *row] for number, row in enumerate(rows)], 0
    for number, column, value, was in edits:
        place = COLUMNS.index(column)
        if number < len(wanted) and wanted[number][place] == was:
            wanted[number][place] = value
        else:
            orphans += 1
    done = applied(path, COLUMNS, [CellEdit({"id": str(n)}, c, v, w) for n, c, v, w in edits], folder / "out.parquet")
    assert [row[1:4] for row in rows_of(done.path)[1]] == wanted
    assert (done.edits, len(done.orphaned)) == (len(edits) - orphans, orphans)
