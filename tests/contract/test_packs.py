"""Every shipped pack keeps the promises of docs/formats/pack.md."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass

import pytest

from workbench.checklists import library
from workbench.checklists.library import PACKS, Pack
from workbench.checklists.store import REQUIREMENT_VOICE, Text

SHIPPED = library.pack_ids()
STANDARDS = tuple(pack_id for pack_id in SHIPPED if library.pack(pack_id).kind == "standard")


def texts(value: object) -> Iterator[Text]:
    """Every Text anywhere inside a pack."""
    if isinstance(value, Text):
        yield value
    elif isinstance(value, tuple):
        for entry in value:
            yield from texts(entry)
    elif isinstance(value, dict):
        yield from texts(tuple(value.values()))
    elif is_dataclass(value):
        yield from texts(tuple(getattr(value, field.name) for field in fields(value)))


@pytest.fixture(params=SHIPPED)
def pack(request: pytest.FixtureRequest) -> Pack:
    return library.pack(request.param)


def test_shipped_packs_are_the_three_of_the_first_release() -> None:
    assert {"iso9001_2015", "iso9001_2026", "lifecycle_gates"} <= set(SHIPPED)


def test_pack_has_no_fault(pack: Pack) -> None:
    assert [str(fault) for fault in library.examine(PACKS / pack.id)[1]] == []


def test_pack_refs_and_keys_are_unique(pack: Pack) -> None:
    refs, keys = [clause.ref for clause in pack.clauses], [item.key for item in pack.items]
    assert (len(refs), len(keys)) == (len(set(refs)), len(set(keys)))


def test_pack_states_own_wording_edition_source_and_notice(pack: Pack) -> None:
    assert (pack.wording, pack.languages) == ("own", ("en", "fr"))
    assert [part for part in (pack.edition, pack.version, pack.source.en, pack.notice.en) if not part.strip()] == []


def test_pack_digest_is_the_sha256_of_its_file(pack: Pack) -> None:
    data = (PACKS / pack.id / "pack.toml").read_bytes()
    assert pack.digest == hashlib.sha256(data).hexdigest() == library.load(PACKS / pack.id).digest
    assert b"\r" not in data


def test_pack_speaks_both_languages_everywhere(pack: Pack) -> None:
    assert [text for text in texts(pack) if not text.en.strip() or not text.fr.strip()] == []


def test_pack_translates_every_question(pack: Pack) -> None:
    assert [item.key for item in pack.items if item.question.en == item.question.fr] == []


def test_pack_holds_no_sentence_of_a_standard(pack: Pack) -> None:
    files = [file.read_text("utf-8") for file in sorted((PACKS / pack.id).iterdir())]
    assert [REQUIREMENT_VOICE.findall(file) for file in files] == [[] for _ in files]


@pytest.mark.parametrize("pack_id", STANDARDS)
def test_standard_asks_about_every_requirement_bearing_clause(pack_id: str) -> None:
    pack = library.pack(pack_id)
    asked = {item.clause for item in pack.items}
    assert [clause.ref for clause in pack.clauses if clause.bearing and clause.ref not in asked] == []
    parents = {clause.parent for clause in pack.clauses}
    assert [clause.ref for clause in pack.clauses if clause.bearing == (clause.ref in parents)] == []


@pytest.mark.parametrize("pack_id", [each for each in STANDARDS if each.startswith("iso")])
def test_iso_refs_name_their_parent(pack_id: str) -> None:
    expected = [(c.ref, c.ref.rpartition(".")[0] or None) for c in library.pack(pack_id).clauses]
    assert [(clause.ref, clause.parent) for clause in library.pack(pack_id).clauses] == expected


@pytest.mark.parametrize("pack_id", STANDARDS)
def test_standard_items_are_questions_with_evidence_and_numbered_by_clause(pack_id: str) -> None:
    pack = library.pack(pack_id)
    assert [i.key for i in pack.items if not i.question.en.endswith("?") or not i.question.fr.endswith("\u00a0?")] == []
    assert [item.key for item in pack.items if not 2 <= len(item.expected_evidence) <= 4] == []
    numbered = [f"{c.ref}-{n}" for c in pack.clauses for n in range(1, len(pack.items_of_clause(c.ref)) + 1)]
    assert [item.key for item in pack.items] == numbered


@pytest.mark.parametrize(
    ("pack_id", "clauses", "bearing", "items"), [("iso9001_2015", 91, 65, 106), ("iso9001_2026", 79, 59, 117)]
)
def test_iso9001_is_whole(pack_id: str, clauses: int, bearing: int, items: int) -> None:
    pack = library.pack(pack_id)
    counts = (len(pack.clauses), sum(clause.bearing for clause in pack.clauses), len(pack.items))
    assert counts == (clauses, bearing, items)


def test_iso9001_2026_grades_every_clause() -> None:
    assert [clause.ref for clause in library.pack("iso9001_2026").clauses if clause.grade is None] == []


def test_lifecycle_gates_has_its_139_items_in_nine_steps() -> None:
    pack = library.pack("lifecycle_gates")
    keys = ["observe", "research", "consult", "identify", "experiment", "integrate", "familiarise", "inform", "adopt"]
    assert [(step.number, step.key, step.gate) for step in pack.steps] == [
        (number, key, f"G{number}") for number, key in enumerate(keys, start=1)
    ]
    counts = [15, 13, 14, 16, 17, 17, 15, 14, 18]
    assert [len(pack.items_of_step(number)) for number in range(1, 10)] == counts
    assert [item.key for item in pack.items] == [
        f"G{g}-{n:02}" for g, c in enumerate(counts, 1) for n in range(1, c + 1)
    ]


def test_lifecycle_gates_refs_are_well_formed() -> None:
    pack = library.pack("lifecycle_gates")
    shapes = {
        "iso9001_2015": r"\d+(\.\d+)*",
        "iso20000_1_2018": r"\d+(\.\d+)*",
        "iso27001_2022": r"(A\.)?\d+(\.\d+)*",
        "cobit2019": r"(EDM|APO|BAI|DSS|MEA)\d\d",
        "itil": r"itil\.[a-z_]+",
    }
    refs = [ref for item in pack.items for ref in item.refs]
    assert [ref for ref in refs if not re.fullmatch(shapes[ref.standard], ref.clause)] == []
    assert [item.key for item in pack.items if not item.refs] == []


def test_lifecycle_gates_decisions_have_words() -> None:
    pack = library.pack("lifecycle_gates")
    assert [step.key for step in pack.steps if not all(pack.decision(key).fr for key in step.decisions)] == []
    assert pack.decision("pass_with_conditions") == Text("pass with conditions", "passer avec réserves")


def test_crosswalk_covers_both_editions() -> None:
    walk = library.crosswalk("iso9001_2015", "iso9001_2026")
    assert walk is not None
    reached = {link.to_clause for link in walk.links}
    assert [clause.ref for clause in library.pack("iso9001_2026").clauses if clause.ref not in reached] == []
    assert len(walk.links) == 92
