"""A mapping file that is no mapping says where, what was expected, and what is nearest."""
from __future__ import annotations

import json
from pathlib import Path

import pytest

from sandbox.errors import InputRefused
from sandbox.formats import schema
from sandbox.mapping.faults import MappingFaults
from sandbox.mapping.model import json_schema
from sandbox.mapping.reading import read, text_of

ROOT = Path(__file__).parents[3]
GOOD = (ROOT / "demo" / "mappings" / "supplier-usage.yaml").read_text(encoding="utf-8")
KEYS = "mapping, name, purpose, parameters, sources, steps, targets"
MAP_KEYS = "map, from, lookups, where, fields, checks, why"
NAME = "small letters, digits and _, a letter first, 63 at most"
STEP_KINDS = "one of the keys map, join, aggregate, union, reconcile"


def words_of(text):
    with pytest.raises(MappingFaults) as caught:
        read(text, "m.yaml")
    return str(caught.value).split("\n")


@pytest.mark.parametrize(("text", "said"), [
    ("", "m.yaml:1: the file: the file holds no mapping; expected keys such as mapping, name, sources and steps"),
    ("- a", "m.yaml:1: the file: the file holds no mapping; expected keys such as mapping, name, sources and steps"),
    ("a: &x 1\nb: 2", "m.yaml:1: the file: the anchor &x is not read here; write the value out"),
    ("b: 2\na: *x", "m.yaml:2: the file: the alias *x is not read here; write the value out"),
    ("a: &a [x]\nb: &b [*a, *a]", "m.yaml:1: the file: the anchor &a is not read here; write the value out"),
    ("a: !!python/object/apply:os.system [x]",
     "m.yaml:1: the file: the tag tag:yaml.org,2002:python/object/apply:os.system is not read here; "
     "write the value without it"),
    ("name: a\nmapping: 1\nname: b", "m.yaml:3: the file: the key name stands twice, first on line 1; remove one"),
    ("a: b\nc: \x00", "m.yaml:2: the file: a character that YAML does not know stands here; remove it"),
    ("? [a]\n: b", "m.yaml:1: the file: a key is a list or a mapping; expected a name as key"),
    ("a: 1\n---\nb: 2", "m.yaml:2: the file: a second document begins here; a mapping is one document"),
    ("a: " + "[" * 40 + "]" * 40,
     "m.yaml:1: the file: the file is nested deeper than 12 levels or has over 50000 values"),
    ("a: [" + "1," * 50_001 + "]",
     "m.yaml:1: the file: the file is nested deeper than 12 levels or has over 50000 values"),
    ("a: " + "x" * 1_000_000, "m.yaml:1: the file: the file is larger than 1000000 bytes, the most that is read"),
    ("a: '\ud800'", "m.yaml:1: the file: the file is not UTF-8 text; save it as UTF-8"),
])
def test_what_is_no_yaml_for_us_is_refused_with_its_line(text, said):
    assert words_of(text) == [said]


def test_a_slip_in_yaml_names_its_line():
    [said] = words_of("mapping: 1\nname: [a\nsources: {}\n")
    assert said.startswith("m.yaml:3: the file: this is not YAML: ")


def test_a_step_whose_key_stands_twice_is_named():
    text = GOOD.replace("    from: usage\n", "    from: usage\n    from: lines\n")
    assert words_of(text) == ["m.yaml:13: step usage_clean: the key from stands twice, first on line 12; remove one"]


@pytest.mark.parametrize(("old", "new", "said"), [
    ("mapping: 1", "mapping: 2", ["m.yaml:1: mapping: '2' is not known here; expected 1"]),
    ("mapping: 1\n", "", ["m.yaml:1: the file: the key mapping is missing"]),
    ("name: supplier-usage-to-contract-lines", "name: Über uns",
     ["m.yaml:2: name: 'Über uns' is not a name of a mapping; expected small letters, digits and -, 100 at most"]),
    ("purpose:", "purpos:",
     [f"m.yaml:3: the file: the key purpos is not known here; expected one of {KEYS}; the nearest is purpose"]),
    ("contract: freeze", "contract: frozen",
     ["m.yaml:5: source usage, contract: 'frozen' is not known here; expected freeze or allow or discard; "
      "the nearest is freeze"]),
    ("table: supplier.usage", "table: Supplier usage",
     ["m.yaml:5: source usage, table: 'Supplier usage' is not a table; expected a name such as lines, or two with a "
      "point between such as psa.lines"]),
    ("  usage:  ", "  Usage:  ", [f"m.yaml:5: source Usage: 'Usage' is not a name; expected {NAME}"]),
    ("quantity: int}}", "quantity: integer}}",
     ["m.yaml:9: source lines, field quantity: 'integer' is not a type; expected text, int, date, bool, decimal or "
      "decimal(0) to decimal(9); the nearest is int"]),
    ("from: usage\n", "form: usage\n",
     ["m.yaml:11: step usage_clean: the key from is missing",
      f"m.yaml:12: step usage_clean: the key form is not known here; expected one of {MAP_KEYS}; the nearest is from"]),
    ("take: [client_id], required: true", "take: client_id, required: yes",
     ["m.yaml:14: step usage_clean, lookup clients, take: 'client_id' cannot stand here; expected a list",
      "m.yaml:14: step usage_clean, lookup clients, required: 'yes' cannot stand here; expected true or false"]),
    ("formula: int(units)", "formula: ''", ["m.yaml:19: step usage_clean, field units, formula: this is empty; expected a text"]),
    ("formula: int(units)", "formula: [a]",
     ["m.yaml:19: step usage_clean, field units, formula: this cannot stand here; expected a text"]),
    ("formula: int(units)", "formula: ~",
     ["m.yaml:19: step usage_clean, field units, formula: nothing cannot stand here; expected a text"]),
    ("formula: int(units)", "formula: " + "9" * 4001,
     ["m.yaml:19: step usage_clean, field units, formula: the text has 4001 characters; expected 4000 at most"]),
    ("name: not-negative", "name: Not negative",
     ["m.yaml:20: step usage_clean, check not negative, name: 'Not negative' is not a name of a check; expected small "
      "letters, digits and -, a letter first, 63 at most".replace("check not", "check Not")]),
    ("level: error", "levels: error",
     ["m.yaml:20: step usage_clean, check not-negative: the key levels is not known here; expected one of name, that, "
      "level, why; the nearest is level"]),
    ("  - join: in_packages", "  - jion: in_packages",
     [f"m.yaml:25: step number 3: the step does not say what it does; expected {STEP_KINDS}; the nearest is join"]),
    ("  - aggregate: used", "  - aggregate: used\n    map: used",
     [f"m.yaml:21: step used: a step is of one kind, this one is of 2: map, aggregate; expected {STEP_KINDS}"]),
    ("by: [client_id, service]\n    measures", "by: []\n    measures",
     ["m.yaml:23: step used, by: this is empty; expected one or more"]),
    ("{from: used, quantity: units}", "{from: used, quantities: units}",
     ["m.yaml:34: step split, side used: the key quantity is missing",
      "m.yaml:34: step split, side used: the key quantities is not known here; expected one of from, quantity, where, "
      "service; the nearest is quantity"]),
    ("missing: flag", "missing: delete",
     ["m.yaml:46: target psa.lines, missing: 'delete' is not known here; expected withdraw or keep or flag"]),
])
def test_a_fault_of_shape_is_said_in_words(old, new, said):
    assert GOOD.count(old) >= 1
    assert words_of(GOOD.replace(old, new, 1)) == said


def test_what_stands_in_place_of_the_steps_is_named():
    rest = GOOD[GOOD.index("targets:"):]
    head = GOOD[:GOOD.index("steps:")]
    assert words_of(f"{head}steps: 3\n{rest}") == ["m.yaml:10: steps: this is not a list; expected a list of steps"]
    assert words_of(f"{head}steps: []\n{rest}") == [
        "m.yaml:10: steps: there is no step; expected a list with one step or more"]
    assert words_of(head + rest) == ["m.yaml:1: the file: the key steps is missing"]


def test_all_faults_are_told_at_once_in_the_order_of_the_file():
    text = GOOD.replace("missing: flag", "missing: x").replace("purpose:", "porpoise:").replace("level: error", "level: e")
    assert [line.split(":")[1] for line in words_of(text)] == ["3", "20", "46"]


def test_plain_words_are_texts_whatever_yaml_makes_of_them():
    text = GOOD.replace("formula: int(units)", "formula: no").replace("purpose: Bill", "purpose: 010 Bill").replace(
        "account: text, sku", "on: text, sku")
    spec = read(text).spec
    assert (spec.steps[0].fields["units"].formula, spec.purpose[:8], list(spec.sources["usage"].fields)) == (
        "no", "010 Bill", ["on", "sku", "units"])


def test_bytes_that_are_no_text_are_refused_with_their_line():
    with pytest.raises(InputRefused) as caught:
        text_of(b"a: b\nc: \xe9\n", "m.yaml")
    assert str(caught.value) == "m.yaml:2: the file is not UTF-8 text; save it as UTF-8"
    with pytest.raises(InputRefused) as caught:
        text_of(b"x" * 1_000_001, "m.yaml")
    assert str(caught.value) == "m.yaml: 1000001 bytes; at most 1000000 are read"
    assert text_of("name: Noé\r\n".encode(), "m.yaml") == "name: Noé\r\n"


def test_the_schema_file_is_that_of_the_models():
    assert json.loads(json.dumps(json_schema())) == schema("mapping")
