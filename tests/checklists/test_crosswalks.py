"""Packs against their trees, in groups, in one language, and the crosswalks between them."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.checklists.test_library import STANDARD, a_pack, faults_of
from workbench.checklists import library
from workbench.checklists.commands import packs
from workbench.checklists.store import PackInvalid, Text


def test_packs_check_counts_clauses_by_kind(tmp_path: Path) -> None:
    told = STANDARD
    for ref, kind in (("4", "chapter"), ("4.1", "control")):
        told = told.replace(f'ref = "{ref}"\n', f'ref = "{ref}"\nkind = "{kind}"\n')
    result = CliRunner().invoke(packs, ["check", str(a_pack(tmp_path, told))])
    assert result.output.startswith("tiny  edition 2026  2 clauses (1 chapter, 1 control)  1 item  sha256 ")


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        ("id,kind,parent\n4,chapter,\n4.1,clause,4\n", []),
        ("id,kind,parent\n4,chapter,\n4.1,clause,\n", ['clauses[2] "4.1": tree.csv has it as clause; correct kind or parent']),
        ("id,kind,parent\n4,chapter,\n", ['clauses[2] "4.1": tree.csv does not know it; remove the clause or correct tree.csv']),
        ("id,kind,parent\n4,chapter,\n4.1,clause,4\n5,chapter,\n", ['"5" of tree.csv is not among the clauses; add the clause']),
    ],
)  # fmt: skip
def test_examine_compares_a_pack_with_its_tree(tmp_path: Path, tree: str, expected: list[str]) -> None:
    folder = a_pack(tmp_path)
    (folder / "tree.csv").write_text(tree, encoding="utf-8")
    prefix = f"{folder / 'pack.toml'}: "
    assert [str(fault).removeprefix(prefix) for fault in library.examine(folder)[1]] == expected


GROUPING = """
[[groupings]]
key = "place"
title = { en = "Place", fr = "Lieu" }
[[groupings.groups]]
key = "all"
title = { en = "All", fr = "Tous" }
refs = ["4.1"]
"""


def test_groupings_hold_every_bearing_clause_once(tmp_path: Path) -> None:
    pack = library.load(a_pack(tmp_path, STANDARD + GROUPING))
    assert pack.groupings == (
        library.Grouping("place", Text("Place", "Lieu"), (library.Group("all", Text("All", "Tous"), ("4.1",)),)),
    )
    assert faults_of(a_pack(tmp_path, STANDARD + GROUPING.replace('["4.1"]', '["9"]'))) == [
        'groupings[1] "place", "all": "9" is not among the clauses; add the clause or correct refs',
        'groupings[1] "place": clause "4.1" is in 0 of its groups; put it in exactly one',
    ]
    assert faults_of(a_pack(tmp_path, STANDARD + GROUPING.replace('["4.1"]', '["4.1", "4.1"]'))) == [
        'groupings[1] "place": clause "4.1" is in 2 of its groups; put it in exactly one',
    ]


SMALL = """
[pack]
id = "small"
kind = "standard"
edition = "1"
version = "1.0"
languages = ["en", "fr"]
wording = "others"
title.en = "Small"
source.en = "Theirs."
notice.en = "Theirs."
[[clauses]]
ref = "AC-2(1)"
title.en = "Accounts"
bearing = true
[[items]]
key = "AC-2(1)-1"
clause = "AC-2(1)"
question.en = "Are accounts known?"
expected_evidence.en = ["list"]
"""


def test_pack_that_is_not_shipped_may_speak_one_language_only() -> None:
    pack = library.read(SMALL.encode(), "small.toml")
    item = pack.item("AC-2(1)-1")
    assert (item.question.in_("fr"), item.question.fr, item.guidance, item.documented_information) == (
        "Are accounts known?", "", None, None,
    )  # fmt: skip
    assert [each.in_("fr") for each in item.expected_evidence] == ["list"]
    assert (pack.wording, pack.clause("AC-2(1)").title_origin) == ("others", "ours")
    french = library.read(SMALL.replace(".en =", ".fr =").replace('["en", "fr"]', '["fr"]').encode(), "small.toml")
    assert french.item("AC-2(1)-1").question.in_("en") == "Are accounts known?"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('question.en = "Are', 'question.fr = "Are',
         'items[1] "AC-2(1)-1": "question.en" is missing; write the question in English'),
        ('wording = "others"', 'wording = "iso"', '[pack]: "wording" is "iso"; use one of: own, others'),
        ('kind = "standard"', 'kind = "gates"', '[pack]: "kind" is "gates"; use one of: standard'),
        ('languages = ["en", "fr"]', "languages = []", '[pack]: "languages" is empty; use one of: en, fr'),
        ("bearing = true", 'bearing = true\nkind = "rule"', 'clauses[1] "AC-2(1)": "kind" is "rule"; use one of: chapter, '
         "clause, theme, control, group, practice, domain, objective, element, principle, level"),
        ('clause = "AC-2(1)"', 'clause = "AC-3"', 'items[1] "AC-2(1)-1": its clause "AC-3" is not among the clauses; add the '
         "clause or correct the item"),
    ],
)  # fmt: skip
def test_read_names_the_fault_of_a_pack_that_is_not_shipped(old: str, new: str, expected: str) -> None:
    assert SMALL.count(old) == 1
    with pytest.raises(PackInvalid) as caught:
        library.read(SMALL.replace(old, new).encode(), "small.toml")
    assert f"small.toml: {expected}" in [str(fault) for fault in caught.value.faults]


def test_mapping_need_not_cover_every_clause_but_its_links_lead_somewhere(tmp_path: Path) -> None:
    folder = a_pack(tmp_path)
    file = folder / "crosswalk_iso9001_2015_tiny.toml"
    file.write_text(
        '[crosswalk]\nkind = "mapping"\nfrom = "iso9001_2015"\nto = "tiny"\nversion = "1.0"\n'
        'source = { en = "ours", fr = "nous" }\n'
        '[[links]]\nfrom = "4.1"\nto = "4.1"\nstrength = "direct"\n'
        '[[links]]\nfrom = "4.1"\nto = "4.1"\nstrength = "strong"\n',
        encoding="utf-8",
    )
    assert [str(fault) for fault in library.examine(folder)[1]] == [
        f'{file}: links[2] "4.1": "strength" is "strong"; use one of: identical, equivalent, direct, partial, weak',
        f'{file}: links[2] "4.1": its link to "4.1" stands above already; remove one',
    ]


def test_neighbours_are_found_both_ways_and_through_the_next_edition() -> None:
    found = library.neighbours("iso20000_1_2018", "8.5.1")
    there = {(each.pack_id, each.clause): each for each in found}
    assert there["iso9001_2015", "8.5.6"] == library.Neighbour("iso9001_2015", "8.5.6", "equivalent")
    assert there["itil", "itil.change_enablement"].strength == "direct"
    assert there["cobit2019", "BAI06"].via == ()
    assert [each.pack_id for each in found if each.pack_id == "iso20000_1_2018"] == []
    assert len(there) == len(found)
    order = [library.STRENGTHS.index(each.strength) for each in found]
    assert order == sorted(order)
    back = {(each.pack_id, each.clause) for each in library.neighbours("itil", "itil.change_enablement")}
    assert ("iso20000_1_2018", "8.5.1") in back


def test_neighbour_through_an_edition_is_as_weak_as_the_weakest_link() -> None:
    for ref in ("8.5.6", "10.3"):
        for each in library.neighbours("iso9001_2015", ref):
            assert len(each.via) <= 1
    moved = {(each.pack_id, each.clause): each for each in library.neighbours("iso9001_2015", "10.3")}
    assert moved["iso9001_2026", "10.1"].strength == "identical"
    assert moved["iso27001_2022", "10.1"].strength == "identical"


def test_every_shipped_crosswalk_is_sound() -> None:
    assert {(each.from_pack, each.to_pack, each.kind) for each in library.crosswalks()} == {
        ("iso9001_2015", "iso9001_2026", "transition"), ("iso9001_2015", "iso20000_1_2018", "mapping"),
        ("iso9001_2015", "iso27001_2022", "mapping"), ("iso9001_2026", "iso20000_1_2018", "mapping"),
        ("iso9001_2026", "iso27001_2022", "mapping"), ("iso20000_1_2018", "iso27001_2022", "mapping"),
        ("itil", "iso20000_1_2018", "mapping"), ("cobit2019", "iso20000_1_2018", "mapping"), ("cobit2019", "itil", "mapping"),
    }  # fmt: skip
