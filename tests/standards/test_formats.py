"""Packs out and in again: TOML, workbook and OSCAL give back what they were given."""

from __future__ import annotations

import json
import string
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories.standards import DATA, LIBRARY
from workbench.checklists import library
from workbench.checklists.library import Clause, Group, Grouping, Item, Pack, Ref
from workbench.checklists.store import Text
from workbench.standards.formats import mapping, oscal_own, sheet, toml
from workbench.standards.formats.base import alike, plain_id, plain_ref
from workbench.standards.formats.reading import Wishes, read
from workbench.standards.formats.wording import REMARKS, said

MOMENT = datetime(2026, 3, 1, 12, tzinfo=UTC)
STANDARDS = [each for each in library.pack_ids() if each != "lifecycle_gates"]


def file(name: str) -> bytes:
    return (DATA / name).read_bytes()


def same(first: Pack, second: Pack) -> bool:
    """Whether two packs say the same; the digest is that of bytes."""
    return replace(first, digest="") == replace(second, digest="")


@pytest.mark.parametrize("pack_id", STANDARDS)
def test_shipped_pack_comes_back_from_every_format(pack_id: str) -> None:
    pack = library.pack(pack_id)
    canonical = toml.write(toml.document(pack))
    walks = [walk for walk in library.crosswalks() if pack_id in (walk.from_pack, walk.to_pack)]
    for name, data in (
        ("pack.toml", canonical), ("pack.xlsx", sheet.write(pack, walks)), ("pack.json", oscal_own.write(pack, MOMENT)),
    ):  # fmt: skip
        found = read(data, name)
        assert found.pack is not None
        assert (same(found.pack, pack), found.body == canonical) == (True, True)


def test_gates_come_back_from_toml_and_workbook(tmp_path: Path) -> None:
    pack = library.pack("lifecycle_gates")
    folder = tmp_path / "lifecycle_gates"
    folder.mkdir()
    (folder / "pack.toml").write_bytes(toml.write(toml.document(pack)))
    assert same(library.load(folder), pack)
    with pytest.raises(oscal_own.NoCatalogue):
        oscal_own.write(pack, MOMENT)


def test_edited_pack_with_cells_that_look_like_formulas_comes_back() -> None:
    pack = library.pack("msp_principles")
    nasty = ("=1+1", "+1", "-1", "@x", "\tx", "'=1", '"quoted"', "_x000D_", "a\r\nb", " edge ", "https://example.org")
    items = tuple(
        replace(item, question=Text(words, item.question.fr)) for words, item in zip(nasty, pack.items, strict=False)
    )
    edited = replace(pack, items=(*items, *pack.items[len(items) :]), version="1.1")
    found = read(sheet.write(edited), "edited.xlsx").pack
    assert found is not None
    assert [item.question.en for item in found.items][: len(nasty)] == list(nasty)
    assert same(found, edited)


def test_text_too_long_for_a_cell_is_refused_by_name() -> None:
    pack = library.pack("msp_principles")
    long = replace(pack.items[0], question=Text("a" * 32_768, "b"))
    with pytest.raises(sheet.TextTooLong) as told:
        sheet.write(replace(pack, items=(long, *pack.items[1:])))
    assert str(told.value) == "items, question.en of row 2 has 32,768 characters; a cell holds 32,767"


WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=20).filter(lambda each: each.strip())
BOTH = st.builds(Text, WORDS, WORDS)


@st.composite
def packs(draw: st.DrawFn) -> Pack:
    """Any small pack."""
    letters = st.text(string.ascii_letters + string.digits, min_size=1, max_size=5)
    refs = draw(st.lists(letters, min_size=1, max_size=4, unique_by=str.lower))
    clauses, items = list[Clause](), list[Item]()
    for number, ref in enumerate(refs):
        parent = draw(st.sampled_from([None, *refs[:number]]))
        asked = draw(st.integers(0, 2))
        note, kind = draw(st.none() | BOTH), draw(st.sampled_from(("", *library.CLAUSE_KINDS)))
        clauses.append(Clause(ref, parent, draw(BOTH), "ours", "ours", asked > 0, None, note, kind))
        for each in range(asked):
            pieces = tuple(draw(st.lists(BOTH, max_size=3)))
            pointers = draw(st.sampled_from([(), (Ref("iso9001_2015", "4.1"),)]))
            items.append(Item(
                f"{ref}-{each}", ref, None, draw(BOTH), draw(st.none() | BOTH), pieces, None, "yes", None, None, (),
                pointers, "ours",
            ))  # fmt: skip
    bearing = tuple(clause.ref for clause in clauses if clause.bearing)
    groupings = draw(st.sampled_from([(), (Grouping("g", Text("g", "g"), (Group("a", Text("a", "b"), bearing),)),)]))
    return Pack(
        "any", "standard", draw(BOTH), "1", "1.0", ("en", "fr"), "own", draw(BOTH), draw(BOTH), "", tuple(clauses),
        tuple(items), (), {}, groupings,
    )  # fmt: skip


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(packs())
def test_any_pack_comes_back_from_every_format(pack: Pack) -> None:
    for name, data in (
        ("any.toml", toml.write(toml.document(pack))), ("any.xlsx", sheet.write(pack)),
        ("any.json", oscal_own.write(pack, MOMENT)),
    ):  # fmt: skip
        found = read(data, name).pack
        assert found is not None
        assert same(found, pack)


def test_catalogue_has_the_shape_of_oscal_and_stable_uuids() -> None:
    schema = json.loads(file("oscal_catalog.schema.json"))
    pack = library.pack("iso27001_2022")
    first, second = (json.loads(oscal_own.write(pack, MOMENT)) for _ in range(2))
    jsonschema.validate(first, schema)
    assert first == second
    ids = [node["id"] for node in _nodes(first["catalog"])]
    assert (len(ids), len(set(ids))) == (139, 139)


def _nodes(table: dict[str, Any]) -> list[dict[str, Any]]:
    inner = [*table.get("groups", []), *table.get("controls", [])]
    return [*inner, *(each for node in inner for each in _nodes(node))]


def test_library_becomes_a_pack_with_french_groups_and_remarks() -> None:
    found = read(LIBRARY.read_bytes(), "library.yaml")
    pack = found.pack
    assert pack is not None
    assert (pack.id, pack.version, pack.languages, pack.wording) == ("kitchen_rules", "3", ("en", "fr"), "others")
    assert (found.nodes, found.assessable, [item.key for item in pack.items]) == (3, 2, ["1.1-1", "fridge-door-1"])
    assert pack.notice == Text("Example House, free to use", "Maison Exemple, libre d’usage")
    first = pack.items[0]
    assert first.question == Text("Cups are washed by whoever used them.", "Chacun lave sa tasse.")
    assert first.guidance is not None
    assert first.guidance.en == (
        "Look into the sink.\n\nQuestions of the library:\n– Is the sink empty? (yes / no)\n\n"
        "Suggested measures:\n– M.1 Cleaning plan"
    )
    assert first.expected_evidence == (Text("an empty sink", "un évier vide"), Text("a full rack", "un égouttoir plein"))
    assert pack.clause("fridge-door").title.en == "Rule § 2 The door of the fridge is closed after each use."
    assert [(group.key, group.refs) for group in pack.groupings[0].groups] == [
        ("b", ("1.1",)), ("f", ("1.1", "fridge-door")),
    ]  # fmt: skip
    assert {remark.code: (remark.count, remark.examples) for remark in found.remarks} == {
        "mapping_backwards": (1, ("ISO 9001:2015 -> Kitchen rules",)), "measure": (1, ("M.1",)), "field": (1, ("weight",)),
        "language": (1, ("de",)), "score": (1, ()), "group_description": (1, ("For everybody",)),
    }  # fmt: skip
    assert {remark.code for remark in found.remarks} <= set(REMARKS)


def test_mapping_keeps_the_word_of_its_source_and_counts_loose_ends() -> None:
    found = read(LIBRARY.read_bytes(), "library.yaml")
    assert found.pack is not None
    tied = mapping.tied(found.mappings[0], found.pack, library.pack("iso9001_2015"))
    assert tied.links == (
        {"from": "1.1", "to": "7.1.3", "strength": "direct", "relationship": "subset", "note": "a kitchen is infrastructure"},
    )
    assert [said(each.as_json()) for each in tied.remarks] == [
        "1 × ends of links that are no clause of their pack, such as: iso9001_2015 99.9"
    ]


def test_catalogue_of_others_becomes_a_pack() -> None:
    found = read(file("catalog.json"), "catalog.json", Wishes(pack_id="keys", version="7"))
    pack = found.pack
    assert pack is not None
    assert (pack.id, pack.version, found.nodes, found.assessable) == ("keys", "7", 4, 3)
    first = pack.item("ws-1-1")
    assert first.question.en == (
        "The keys are counted:\na. by [persons];\nb. [Selection (one or more): every day; every [period]]."
    )
    assert first.guidance == Text(
        "Look at the board.\n\nAssessment objectives:\nthe keys are all there\n\nInterview:\n– the caretaker", ""
    )
    assert first.expected_evidence == (Text("key board", ""), Text("key book", ""))
    assert pack.clause("ws-1.1").title.en == "WS-1(1) Spare keys"
    assert {remark.code: remark.count for remark in found.remarks} == {
        "prop": 1, "link": 1, "unknown_param": 1, "withdrawn": 1, "resource": 1,
    }  # fmt: skip


def test_profile_is_resolved_against_a_catalogue_and_against_an_imported_pack() -> None:
    profile, catalog = file("profile.json"), file("catalog.json")
    found = read(profile, "profile.json", Wishes(catalog=catalog, catalog_name="catalog.json"))
    assert found.pack is not None
    assert [clause.ref for clause in found.pack.clauses] == ["ws", "ws-1", "ws-1.1"]
    assert found.pack.item("ws-1-1").question.en == (
        "The keys are counted:\na. by the night watch;\nb. [Selection (one or more): every day; every [period]].\n"
        "and the door is tried."
    )
    told = {remark.code: remark.examples for remark in found.remarks}
    assert (told["unknown_control"], told["unknown_part"]) == (("ws-7",), ("ws-1: by-id ws-1_none",))
    kept = read(catalog, "catalog.json").pack
    again = read(profile, "profile.json", Wishes(shelf=lambda name: kept if name == "catalog.json" else None))
    assert again.pack is not None
    assert [clause.ref for clause in again.pack.clauses] == ["ws", "ws-1", "ws-1.1"]
    assert {remark.code: remark.count for remark in again.remarks} == {"unknown_control": 1, "set_parameter": 2, "alter": 1}


@pytest.mark.parametrize(
    ("wished", "ref"),
    [("A.5.1", "A.5.1"), ("AC-2(1)", "AC-2(1)"), ("Règle § 2", "Regle_2"), ("§", "n7be1f2ff"), ("x" * 40, f"{'x' * 25}_2aaa9c66")],
)
def test_ref_is_plain_and_short(wished: str, ref: str) -> None:
    found = plain_ref(wished)
    assert (found[:3], len(found) <= 34, found == plain_ref(wished)) == (ref[:3] if wished != "§" else found[:3], True, True)


def test_spellings_of_one_number_are_alike() -> None:
    assert (alike("AC-2(1)"), alike("ac-2.1"), alike("AC-21")) == ("ac.2.1", "ac.2.1", "ac.21")
    assert (plain_id("ISO/IEC 27001:2022"), plain_id("3CF v2")) == ("iso_iec_27001_2022", "p_3cf_v2")
