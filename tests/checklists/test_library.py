"""The pack loader: what a sound pack becomes, and the exact words for every way a pack can be wrong."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from click.testing import CliRunner

from workbench.checklists import library
from workbench.checklists.commands import packs
from workbench.checklists.store import PackInvalid, Text, UnknownPack

STANDARD = """
[pack]
id = "tiny"
kind = "standard"
edition = "2026"
version = "1.0"
languages = ["en", "fr"]
wording = "own"
title = { en = "Tiny", fr = "Minuscule" }
source = { en = "ours", fr = "nous" }
notice = { en = "Buy it.", fr = "Achetez-la." }

[[clauses]]
ref = "4"
title = { en = "Context", fr = "Contexte" }
title_origin = "ours"
title_fr_origin = "ours"
bearing = false

[[clauses]]
ref = "4.1"
parent = "4"
title = { en = "Place", fr = "Lieu" }
title_origin = "ours"
title_fr_origin = "ours"
bearing = true

[[items]]
key = "4.1-1"
clause = "4.1"
question.en = "Is the place known?"
question.fr = "Le lieu est-il connu ?"
guidance = { en = "A map.", fr = "Un plan." }
expected_evidence = { en = ["map", "address"], fr = ["plan", "adresse"] }
documented_information = { kind = "none", en = "Nothing asked.", fr = "Rien de demandé." }
"""
GATES = """
[pack]
id = "tiny"
kind = "gates"
edition = "one step"
version = "1.0"
languages = ["en", "fr"]
wording = "own"
title = { en = "Tiny", fr = "Minuscule" }
source = { en = "ours", fr = "nous" }
notice = { en = "Ours.", fr = "À nous." }
[vocabularies.mandatory]
yes = { en = "blocks", fr = "bloque" }
conditional = { en = "may block", fr = "peut bloquer" }
[vocabularies.origin]
ours = { en = "ours", fr = "nous" }
[vocabularies.evidence]
record = { en = "record", fr = "enregistrement" }
[vocabularies.roles]
sponsor = { en = "sponsor", fr = "commanditaire" }
[vocabularies.decisions]
pass = { en = "pass", fr = "passer" }
[vocabularies.rules]
[[steps]]
number = 1
key = "observe"
gate = "G1"
title = { en = "Observe", fr = "Observer" }
purpose = { en = "See.", fr = "Voir." }
pdca = "plan"
bpm_phases = []
itil_ci_steps = []
itil5_lifecycle = []
decisions = ["pass", "back_to_S1"]
[[items]]
key = "G1-01"
step = 1
question = { en = "Seen.", fr = "Vu." }
mandatory = "yes"
role = "sponsor"
evidence = ["record"]
refs = [{ standard = "iso9001_2015", clause = "4.1" }]
origin = "ours"
"""


def a_pack(tmp_path: Path, content: str | bytes = STANDARD) -> Path:
    folder = tmp_path / "tiny"
    folder.mkdir(exist_ok=True)
    (folder / "README.md").write_text("# Tiny\n", encoding="utf-8")
    (folder / "pack.toml").write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def faults_of(folder: Path) -> list[str]:
    """The faults as printed, without the path of the file."""
    with pytest.raises(PackInvalid) as caught:
        library.load(folder)
    prefix = f"{folder / 'pack.toml'}: "
    lines = [str(fault) for fault in caught.value.faults]
    assert [line[: len(prefix)] for line in lines] == [prefix] * len(lines)
    return [line[len(prefix) :] for line in lines]


def test_load_returns_the_parsed_item(tmp_path: Path) -> None:
    pack = library.load(a_pack(tmp_path))
    assert pack.item("4.1-1") == library.Item(
        key="4.1-1",
        clause="4.1",
        step=None,
        question=Text("Is the place known?", "Le lieu est-il connu ?"),
        guidance=Text("A map.", "Un plan."),
        expected_evidence=(Text("map", "plan"), Text("address", "adresse")),
        documented_information=library.DocumentedInformation("none", Text("Nothing asked.", "Rien de demandé.")),
        mandatory="yes",
        condition=None,
        role=None,
        evidence_kinds=(),
        refs=(),
        origin="ours",
    )
    assert [(clause.ref, clause.parent, clause.bearing) for clause in pack.clauses] == [
        ("4", None, False),
        ("4.1", "4", True),
    ]
    assert pack.items_of_clause("4.1") == pack.items


def test_load_pins_the_bytes_of_the_file(tmp_path: Path) -> None:
    folder = a_pack(tmp_path)
    before = library.load(folder).digest
    assert before == hashlib.sha256(STANDARD.encode()).hexdigest()
    a_pack(tmp_path, STANDARD + "# a comment\n")
    assert library.load(folder).digest == hashlib.sha256((STANDARD + "# a comment\n").encode()).hexdigest()


def test_gate_item_carries_step_role_and_evidence(tmp_path: Path) -> None:
    pack = library.load(a_pack(tmp_path, GATES))
    item = pack.item("G1-01")
    assert (item.step, item.role, item.evidence_kinds) == (1, "sponsor", ("record",))
    assert item.expected_evidence == (Text("record", "enregistrement"),)
    assert item.refs == (library.Ref("iso9001_2015", "4.1"),)
    assert pack.items_of_step(1) == (item,)
    assert [pack.decision(key).in_("fr") for key in pack.step(1).decisions] == ["passer", "renvoyer à l’étape 1"]


def test_text_speaks_french_on_request_and_english_otherwise() -> None:
    text = Text("yes", "oui")
    assert [text.in_(language) for language in ("en", "fr", "fr_CA", "de")] == ["yes", "oui", "oui", "yes"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('question.fr = "Le lieu est-il connu ?"\n', "", [
            'items[1] "4.1-1": "question.fr" is missing; write the question in French',
        ]),
        ('question.fr = "Le lieu est-il connu ?"', 'question.fr = " "', [
            'items[1] "4.1-1": "question.fr" is empty; write the question in French',
        ]),
        ('guidance = { en = "A map.", fr = "Un plan." }\n', "", [
            'items[1] "4.1-1": "guidance" is missing; write the guidance in English and French',
        ]),
        ('guidance = { en = "A map.", fr = "Un plan." }', 'guidance = "A map."', [
            'items[1] "4.1-1": "guidance" is a string, expected a table; correct guidance',
        ]),
        ('fr = "Un plan." }', 'fr = "Un plan.", de = "Karte." }', [
            'items[1] "4.1-1": "guidance.de" is in a language packs do not speak; write en and fr, and remove it',
        ]),
        ("bearing = false", 'bearing = "no"', [
            'clauses[1] "4": "bearing" is a string, expected true or false; correct bearing',
        ]),
        ('clause = "4.1"', 'clause = "4.2"', [
            'clauses[2] "4.1": it bears requirements, but no item asks about it; add an item with clause = "4.1"',
            'items[1] "4.1-1": its clause "4.2" is not among the clauses; add the clause or correct the item',
        ]),
        ('parent = "4"', 'parent = "5"', [
            'clauses[2] "4.1": its parent "5" is not among the clauses above it; put the parent first',
        ]),
        ('ref = "4"\n', 'ref = "4.1"\n', [
            'clauses[2] "4.1": "4.1" is already used by clauses[1]; give each its own',
            'clauses[2] "4.1": its parent "4" is not among the clauses above it; put the parent first',
        ]),
        ('wording = "own"', 'wording = "iso"', ['[pack]: "wording" is "iso"; use one of: own']),
        ('edition = "2026"\n', "", ['[pack]: "edition" is missing; add edition as a string']),
        ('edition = "2026"', "edition = 2026", [
            '[pack]: "edition" is a whole number, expected a string; correct edition',
        ]),
        ('edition = "2026"', 'edtion = "2026"', [
            '[pack]: "edition" is missing; add edition as a string',
            '[pack]: "edtion" is not a key of the format; remove it or correct its spelling',
        ]),
        ('languages = ["en", "fr"]', 'languages = ["en"]', ['[pack]: "languages" is en; every pack speaks en and fr']),
        ('languages = ["en", "fr"]', 'languages = ["en", "fr", "de"]', [
            '[pack]: "languages" is "de"; use one of: en, fr',
        ]),
        ('id = "tiny"', 'id = "small"', [
            '[pack]: "id" is "small", but the folder is called "tiny"; give both the same name',
        ]),
        ('key = "4.1-1"', 'key = "first"', [
            'items[1] "first": "key" is "first", which has the wrong shape; use a clause or gate, a hyphen and a '
            "number, such as 8.5.6-1, at most 60 characters",
        ]),
        ('fr = ["plan", "adresse"]', 'fr = ["plan"]', [
            'items[1] "4.1-1": "expected_evidence" has 2 entries in English and 1 in French; give each entry in '
            "both languages, in the same order",
        ]),
        ('kind = "none"', 'kind = "keep"', [
            'items[1] "4.1-1", documented_information: "kind" is "keep"; use one of: none, maintain, retain, '
            "maintain_and_retain, available, as_determined, control, amend, consider",
        ]),
    ],
)  # fmt: skip
def test_load_names_the_fault_of_a_broken_standard(tmp_path: Path, old: str, new: str, expected: list[str]) -> None:
    assert STANDARD.count(old) == 1
    assert faults_of(a_pack(tmp_path, STANDARD.replace(old, new))) == expected


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('role = "sponsor"', 'role = "boss"', ['items[1] "G1-01": "role" is "boss"; use one of: sponsor']),
        ("step = 1\n", "step = 2\n", [
            'items[1] "G1-01": its step 2 is not among the steps; add the step or correct the item',
        ]),
        ('mandatory = "yes"', 'mandatory = "conditional"', [
            'items[1] "G1-01": "condition" and mandatory = "conditional" belong together; give both or neither',
        ]),
        ('"back_to_S1"', '"back_to_S0"', [
            'steps[1] "observe": "decisions" is "back_to_S0"; use one of: pass, back_to_S1, back_to_S2, '
            "back_to_S3, back_to_S4, back_to_S5, back_to_S6, back_to_S7, back_to_S8, back_to_S9",
        ]),
        (', clause = "4.1" }', " }", ['items[1] "G1-01", refs: "clause" is missing; add clause as a string']),
        ('refs = [{ standard = "iso9001_2015", clause = "4.1" }]', 'refs = ["4.1"]', [
            'items[1] "G1-01", refs: is a string, expected a table; see docs/formats/pack.md',
            'items[1] "G1-01", refs: "standard" is missing; add standard as a string',
            'items[1] "G1-01", refs: "clause" is missing; add clause as a string',
        ]),
    ],
)  # fmt: skip
def test_load_names_the_fault_of_a_broken_gate_pack(tmp_path: Path, old: str, new: str, expected: list[str]) -> None:
    assert GATES.count(old) == 1
    assert faults_of(a_pack(tmp_path, GATES.replace(old, new))) == expected


def test_load_names_a_key_used_twice(tmp_path: Path) -> None:
    item = STANDARD[STANDARD.index("[[items]]") :]
    assert faults_of(a_pack(tmp_path, STANDARD + item)) == [
        'items[2] "4.1-1": "4.1-1" is already used by items[1]; give each its own'
    ]


def test_load_names_the_line_of_a_syntax_error(tmp_path: Path) -> None:
    assert faults_of(a_pack(tmp_path, '[pack]\nid = "tiny"\nkind standard\n')) == [
        "is not TOML: Expected '=' after a key in a key/value pair (at line 3, column 6); correct the syntax there"
    ]


def test_load_names_the_line_that_is_not_utf8(tmp_path: Path) -> None:
    latin = STANDARD.replace("demandé", "demand\xe9").encode("latin-1")
    line = STANDARD[: STANDARD.index("demandé")].count("\n") + 1
    assert faults_of(a_pack(tmp_path, latin)) == [f"line {line}: is not UTF-8; save the file as UTF-8"]


def test_load_names_a_missing_file(tmp_path: Path) -> None:
    assert faults_of(tmp_path / "tiny") == ["the file does not exist; a pack is a folder that holds pack.toml"]


def test_load_lists_every_fault_at_once(tmp_path: Path) -> None:
    broken = STANDARD.replace('edition = "2026"\n', "").replace('title_origin = "ours"\n', "")
    assert faults_of(a_pack(tmp_path, broken)) == [
        '[pack]: "edition" is missing; add edition as a string',
        'clauses[1] "4": "title_origin" is missing; add title_origin as a string',
        'clauses[2] "4.1": "title_origin" is missing; add title_origin as a string',
    ]


def test_pack_refuses_an_unknown_name() -> None:
    with pytest.raises(UnknownPack) as caught:
        library.pack("iso9001_1987")
    assert str(caught.value) == (f'no pack is called "iso9001_1987"; there are: {", ".join(library.pack_ids())}')


def test_examine_finds_a_reference_that_leads_nowhere_and_a_missing_readme(tmp_path: Path) -> None:
    folder = a_pack(tmp_path, GATES.replace('clause = "4.1" }', 'clause = "4.99" }'))
    (folder / "README.md").unlink()
    assert [str(fault) for fault in library.examine(folder)[1]] == [
        f"{folder / 'README.md'}: the file does not exist; say what the pack is",
        f'{folder / "pack.toml"}: items[1] "G1-01": iso9001_2015 has no clause "4.99"; correct the reference',
    ]


def test_examine_finds_the_voice_of_a_standard(tmp_path: Path) -> None:
    folder = a_pack(tmp_path, STANDARD.replace("Is the place known?", "The place SHALL be known."))
    line = STANDARD[: STANDARD.index("Is the place")].count("\n") + 1
    assert [str(fault) for fault in library.examine(folder)[1]] == [
        f'{folder / "pack.toml"}: line {line}: "SHALL" is how a standard speaks; ask in your own words'
    ]


def test_crosswalk_says_where_a_clause_went() -> None:
    walk = library.crosswalk("iso9001_2015", "iso9001_2026")
    assert walk is not None
    assert [(link.to_clause, link.relation) for link in walk.onward("6.1.2")] == [
        ("6.1.2", "changed"),
        ("6.1.3", "moved"),
    ]
    assert [(link.to_clause, link.relation) for link in walk.onward("10.3")] == [("10.1", "moved")]
    assert library.crosswalk("iso9001_2026", "iso9001_2015") is None


def test_crosswalk_names_loose_ends_and_clauses_left_out(tmp_path: Path) -> None:
    folder = a_pack(tmp_path)
    (folder / "crosswalk_tiny_tiny.toml").write_text(
        '[crosswalk]\nfrom = "tiny"\nto = "tiny"\nversion = "1.0"\nsource = { en = "ours", fr = "nous" }\n'
        '[[links]]\nfrom = "4"\nto = "9"\nrelation = "same"\nconfidence = "certain"\n',
        encoding="utf-8",
    )
    file = folder / "crosswalk_tiny_tiny.toml"
    assert [str(fault) for fault in library.examine(folder)[1]] == [
        f'{file}: links[1] "4": "confidence" is "certain"; use one of: high, medium, low',
        f'{file}: links[1] "4": tiny has no clause "9"; correct the link',
        f'{file}: clause "4.1" of tiny has no link; add one',
    ]


def test_packs_check_prints_a_line_for_each_sound_pack(tmp_path: Path) -> None:
    folder = a_pack(tmp_path)
    result = CliRunner().invoke(packs, ["check", str(folder)])
    digest = hashlib.sha256(STANDARD.encode()).hexdigest()
    assert (result.exit_code, result.output) == (0, f"tiny  edition 2026  2 clauses  1 item  sha256 {digest}\n")


def test_packs_check_lists_every_fault_and_fails(tmp_path: Path) -> None:
    folder = a_pack(tmp_path, STANDARD.replace('edition = "2026"\n', "").replace("bearing = true", "bearing = 1"))
    result = CliRunner().invoke(packs, ["check", str(folder), str(tmp_path / "absent")])
    file = folder / "pack.toml"
    assert (result.exit_code, result.stdout, result.stderr.splitlines()) == (
        1,
        "",
        [
            f'{file}: [pack]: "edition" is missing; add edition as a string',
            f'{file}: clauses[2] "4.1": "bearing" is a whole number, expected true or false; correct bearing',
            f"{tmp_path / 'absent' / 'pack.toml'}: the file does not exist; a pack is a folder that holds pack.toml",
            f"{tmp_path / 'absent' / 'README.md'}: the file does not exist; say what the pack is",
            "Error: 4 faults found.",
        ],
    )
