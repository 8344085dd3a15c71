"""The check of a mapping finds every fault: names, columns, types, keys; and says what to write instead."""
from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.formula.types import DECIMAL, INT, TEXT
from sandbox.mapping.check import checked
from sandbox.mapping.checked import join_columns, why_of
from sandbox.mapping.faults import Fault, MappingFaults
from workbench.trials.commands.mapping import mapping

ROOT = Path(__file__).parents[3]
FILE = ROOT / "demo" / "mappings" / "supplier-usage.yaml"
GOOD = FILE.read_text(encoding="utf-8")
USAGE, CLIENTS, LINES = "account, sku, units", "account, client_id", "client_id, code, quantity"
RELATIONS = "usage, clients, services, packages, lines"

DAMAGE = ["", " ", "\n", "x", "[", "]", "{", "}", ":", ",", "'", '"', "#", "- ", "usage", "more", "first", "quantity", "id",
          "nothing", "date('2026-01-01')", "text", "\t", "~", "1", "1.5", "*", "&a", "!x", "%", "@", "|", ">"]

SMALL = """mapping: 1
name: small
parameters: {since: date}
sources:
  rows: {table: a.rows, fields: {id: int, kind: text, price: decimal, day: date, paid: bool}}
  more: {table: a.more, fields: {id: int, kind: text, price: decimal(2), note: text}}
  live: {table: b.rows, fields: {id: int, kind: text, price: decimal(2)}}
steps:
  - map: first
    from: rows
    lookups:
      - {in: more, match: {id: id}, take: [note], required: false}
    where: day >= :since
    fields:
      id: {formula: id, type: int}
      kind: {formula: kind, type: text}
      price: {formula: price, type: decimal(2), why: rounded}
    checks: [{name: paid, that: price > 0}]
    why: the first step
  - join: both
    left: first
    right: more
    match: {id: id}
    fields:
      id: {formula: id, type: int}
      kind: {formula: first.kind, type: text}
      price: {formula: more.price, type: decimal(2)}
  - union: all
    of: [first, both]
  - aggregate: sums
    from: all
    by: [id, kind]
    measures: {price: {sum: price}, n: {count: rows}}
targets:
  - {table: b.rows, from: sums, key: [id], missing: keep}
"""


def words_of(text):
    with pytest.raises(MappingFaults) as caught:
        checked(text, "m.yaml")
    return str(caught.value).split("\n")


def outcome_of(text):
    try:
        return checked(text, "m.yaml")
    except MappingFaults as faults:
        return faults


def test_the_example_of_the_design_is_clean():
    found = checked(GOOD, "m.yaml")
    assert found.warnings == ()
    assert found.sha256 == hashlib.sha256(FILE.read_bytes()).hexdigest()
    assert [step.name for step in found.steps] == ["usage_clean", "used", "in_packages", "split", "extra_lines"]
    assert {name: str(kind) for name, kind in found.schema("split").items()} == {
        "client_id": "int", "service": "text", "included": "int", "extra": "int", "entitled": "int", "used": "int",
        "included_used": "int", "extra_used": "int", "over": "int", "unused": "int", "verdict": "text"}
    [target] = found.targets
    assert (target.live, target.key, target.compare, target.missing) == (
        "lines", ("client_id", "code"), ("quantity",), "flag")
    assert found.step("split").extra.columns == ("client_id", "code")
    assert [lookup.name for lookup in found.step("usage_clean").lookups] == ["clients", "services"]
    assert why_of(found, target, ["client_id", "quantity"]) == "what the package does not hold"


def test_what_is_not_written_has_its_meaning():
    found = checked(SMALL.replace("key: [id]", "key: [id, kind]"), "m.yaml")
    [target] = found.targets
    assert (target.compare, {name: str(kind) for name, kind in target.schema.items()}) == (
        ("price",), {"id": "int", "kind": "text", "price": "decimal(2)"})
    assert found.step("sums").measures == {"price": ("sum", "price"), "n": ("count", "")}
    assert why_of(found, target, ["price"]) == ""


def test_a_bare_name_of_a_join_is_that_of_the_only_side_or_of_a_matched_pair():
    left, right = {"id": INT, "code": TEXT, "n": INT}, {"id": INT, "code": TEXT, "price": DECIMAL}
    assert join_columns("l", left, "r", right, {"id": "id"}) == {
        "l.id": ("left", "id"), "l.code": ("left", "code"), "l.n": ("left", "n"), "r.id": ("right", "id"),
        "r.code": ("right", "code"), "r.price": ("right", "price"), "id": ("left", "id"), "n": ("left", "n"),
        "price": ("right", "price")}


@pytest.mark.parametrize(("old", "new", "said"), [
    ("units: text}, contract: freeze, mask: {contact: drop}", "units: text, contact: text}, mask: {contact: drop}",
     ["m.yaml:5: source usage, mask, contact: the column contact is dropped on the way in and named in fields; remove "
      "one of the two"]),
    ("mask: {contact: drop}", "mask: {acount: hash}",
     ["m.yaml:5: source usage, mask, acount: the masked column acount is not named in fields; expected drop, or a field "
      "of that name; the nearest is account"]),
    ("client_id: int}}       #", "client_id: int}, mask: {client_id: hash}}  #",
     ["m.yaml:6: source clients, mask, client_id: the column client_id is int; a masked column is a text; expected "
      "client_id: text"]),
    ("fields: {account: text, sku: text, units", "fields: {Sku: text, account: text, sku: text, _line: int, units",
     ["m.yaml:5: source usage, field sku: the columns Sku and sku differ only by case; rename one in the export, or "
      "leave it out",
      "m.yaml:5: source usage, field _line: the column _line is made by the sandbox; a mapping does not read it"]),
    ("from: usage\n", "from: usages\n",
     [f"m.yaml:12: step usage_clean, from: there is no source or step usages; expected one of {RELATIONS}; the nearest "
      "is usage"]),
    ("from: usage\n", "from: split\n",
     ["m.yaml:12: step usage_clean, from: the step split stands further down; a step reads sources and earlier steps "
      f"only; expected one of {RELATIONS}"]),
    ("from: usage\n", "from: usage_clean\n",
     ["m.yaml:12: step usage_clean, from: the step usage_clean stands further down; a step reads sources and earlier "
      f"steps only; expected one of {RELATIONS}"]),
    ("aggregate: used", "aggregate: lines",
     ["m.yaml:21: step lines: there is a source lines already; give the step another name",
      "m.yaml:34: step split, side used, from: there is no source or step used; expected one of usage, clients, services, "
      "packages, lines, usage_clean, in_packages; the nearest is usage"]),
    ("aggregate: used", "aggregate: usage_clean",
     ["m.yaml:21: step usage_clean: there is a step usage_clean already; give the step another name",
      "m.yaml:34: step split, side used, from: there is no source or step used; expected one of usage, clients, services, "
      "packages, lines, usage_clean, in_packages; the nearest is usage"]),
    ("{in: clients,  match: {account: account}", "{in: clients, match: {acount: acc}",
     [f"m.yaml:14: step usage_clean, lookup clients, match, acount: usage has no column acount; expected one of {USAGE}; "
      "the nearest is account",
      f"m.yaml:14: step usage_clean, lookup clients, match, acount: clients has no column acc; expected one of {CLIENTS}; "
      "the nearest is account"]),
    ("{in: clients,  match: {account: account}", "{in: clients, match: {account: client_id}",
     ["m.yaml:14: step usage_clean, lookup clients, match, account: usage.account is text and clients.client_id is int; "
      "they never match; expected two columns of one type"]),
    ("take: [client_id]", "take: [account, client_id]",
     ["m.yaml:14: step usage_clean, lookup clients, take: there is a column account here already; rename one of them "
      "in a map step before this one"]),
    ("take: [service]", "take: [servic]",
     ["m.yaml:15: step usage_clean, lookup services, take: services has no column servic; expected one of sku, "
      "service; the nearest is service"]),
    ("measures: {units: {sum: units}}", "measures: {units: {sum: service}}",
     ["m.yaml:24: step used, measure units: service is text; only numbers are added up; expected a column of type int or "
      "decimal",
      "m.yaml:34: step split, side used, quantity: units is text; quantities are whole numbers; expected a column of "
      "type int"]),
    ("measures: {units: {sum: units}}", "measures: {service: {sum: units}, units: {min: units, max: units}, z: {count: x}}",
     ["m.yaml:24: step used, measure service: the measure service has the name of a column of by; give it another name",
      "m.yaml:24: step used, measure units: the measure names 2 of sum, min, max and count; expected exactly one of them",
      "m.yaml:24: step used, measure z: usage_clean has no column x; expected one of client_id, service, units"]),
    ("by: [client_id, service]\n    measures", "by: [client_id, client_id, service]\n    measures",
     ["m.yaml:23: step used, by: the column client_id stands twice in by; remove one"]),
    ("right: packages", "right: lines",
     ["m.yaml:27: step in_packages, right: both sides are lines; put a map step between, so that each has its name",
      f"m.yaml:28: step in_packages, match, code: lines has no column package; expected one of {LINES}"]),
    ("service: code, quantity: quantity", "quantity: quantity",
     [f"m.yaml:36: step split, side extra: lines has no column service; expected one of {LINES}"]),
    ("service: code, quantity: quantity", "service: quantity, quantity: code",
     ["m.yaml:36: step split, side extra, quantity: code is text; quantities are whole numbers; expected a column of type "
      "int",
      "m.yaml:37: step split, by: service is not of one type: text in used, text in included, int in extra; expected "
      "one type on every side"]),
    ("table: psa.lines, from", "table: psa.line, from",
     ["m.yaml:46: target psa.line, table: no source has the table psa.line; expected exactly one source, the live side; "
      "the nearest is psa.lines"]),
    ("table: catalogue.packages", "table: psa.lines",
     ["m.yaml:46: target psa.lines, table: the sources packages, lines have the table psa.lines; expected exactly one "
      "source, the live side"]),
    ("key: [client_id, code], compare: [quantity]", "key: [client, code], compare: [quantity, code, quantity]",
     ["m.yaml:46: target psa.lines, compare: the column quantity stands twice in compare; remove one",
      "m.yaml:46: target psa.lines, key: extra_lines has no column client; expected one of client_id, code, quantity; "
      "the nearest is client_id",
      f"m.yaml:46: target psa.lines, key: lines has no column client; expected one of {LINES}; the nearest is "
      "client_id",
      "m.yaml:46: target psa.lines, compare: the column code is part of the key; it cannot be compared as well"]),
    ("fields: {client_id: int, code: text, quantity: int}", "fields: {client_id: int, code: text, quantity: decimal}",
     ["m.yaml:32: step in_packages, field units: FORMULA",
      "m.yaml:36: step split, side extra, quantity: quantity is decimal(4); quantities are whole numbers; expected a "
      "column of type int",
      "m.yaml:46: target psa.lines, compare: extra_lines.quantity is int and lines.quantity is decimal(4); expected one "
      "kind on both sides"]),
])
def test_a_fault_of_the_example_is_said_in_words(old, new, said):
    assert GOOD.count(old) >= 1
    lines = [line for line in words_of(GOOD.replace(old, new, 1)) if not line.startswith("    ")]
    shown = [line if not want.endswith("FORMULA") else line[:len(want) - 7] + "FORMULA"
             for line, want in zip(lines, said, strict=True)]
    assert shown == said


@pytest.mark.parametrize(("old", "new", "said"), [
    ("of: [first, both]", "of: [first, first]",
     ["m.yaml:29: step all, of: first stands twice in of; its rows would be there twice"]),
    ("of: [first, both]", "of: [first, more]",
     ["m.yaml:29: step all, of: more and first differ: first has no note; expected the same columns of the same "
      "types"]),
    ("price: {formula: more.price, type: decimal(2)}", "total: {formula: more.price, type: decimal(2)}",
     ["m.yaml:29: step all, of: both and first differ: both has no price, first has no total; expected the same columns "
      "of the same types"]),
    ("price: {formula: more.price, type: decimal(2)}", "price: {formula: more.price, type: decimal(3)}",
     ["m.yaml:29: step all, of: both and first differ: price is decimal(3) in both and decimal(2) in first; expected "
      "the same columns of the same types"]),
    ("from: all\n    by: [id, kind]\n    measures: {price: {sum: price}", "from: rows\n    by: [id, kind]\n    measures: "
     "{price: {min: price}, paid: {max: paid}",
     ["m.yaml:33: step sums, measure paid: paid is bool; true and false have no order; expected text, int, decimal or "
      "date"]),
    ("checks: [{name: paid, that: price > 0}]", "checks: [{name: paid, that: price > 0}, {name: paid, that: id > 0}]",
     ["m.yaml:18: step first, check paid: the check paid stands twice in this step; give one another name"]),
    ("targets:\n", "targets:\n  - {table: b.rows, from: all, key: [id]}\n",
     ["m.yaml:36: target b.rows: the table b.rows is a target already; a table has one target"]),
    ("first.kind", "kind",
     ["m.yaml:26: step both, field kind: both sides have a column kind; write first.kind or more.kind",
      "    kind", "    ^^^^"]),
])
def test_a_fault_of_unions_measures_checks_and_joins_is_said_in_words(old, new, said):
    assert SMALL.count(old) == 1
    assert words_of(SMALL.replace(old, new)) == said


def test_all_faults_are_found_and_each_carries_its_parts():
    text = SMALL.replace("from: rows\n", "from: row\n").replace("by: [id, kind]", "by: [id, knd]")
    with pytest.raises(MappingFaults) as caught:
        checked(text, "m.yaml")
    assert caught.value.faults == (
        Fault(10, "first", "step first, from", 0, 0, "there is no source or step row", "one of rows, more, live", "rows"),
        Fault(32, "sums", "step sums, by", 0, 0, "all has no column knd", "one of id, kind, price", "kind"))


def test_a_formula_is_shown_with_a_mark_under_the_character():
    fault = Fault(7, "a", "step a, field b", 4, 3, "no column cde", "", "cd", "1 +\ncde * 2")
    assert fault.in_words("m.yaml") == (
        "m.yaml:7: step a, field b: no column cde; the nearest is cd\n    cde * 2\n    ^^^")
    with pytest.raises(MappingFaults) as caught:
        checked(SMALL.replace("{formula: kind, type", "{formula: trim(knid), type"), "m.yaml")
    [found] = caught.value.faults
    assert (found.line, found.step, found.place, found.position, found.length, found.nearest, found.formula) == (
        16, "first", "step first, field kind", 5, 4, "kind", "trim(knid)")
    assert str(caught.value).split("\n")[1:] == ["    trim(knid)", "         ^^^^"]


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_any_damage_to_a_file_ends_in_faults_or_in_a_mapping(data):
    text = data.draw(st.sampled_from([GOOD, SMALL]))
    start = data.draw(st.integers(0, len(text)))
    length, new = data.draw(st.integers(0, 40)), data.draw(st.sampled_from(DAMAGE) | st.text(max_size=6))
    found = outcome_of(text[:start] + new + text[start + length:])
    if isinstance(found, MappingFaults):
        known = range(1, text.count("\n") + new.count("\n") + 3)
        assert [fault for fault in found.faults if fault.line not in known or not fault.message] == []
    else:
        assert len(found.steps) == len(found.spec.steps)


def test_what_nobody_reads_is_a_warning():
    text = SMALL.replace("  live:", "  spare: {table: a.spare, fields: {id: int}}\n  live:").replace(
        "from: sums, key: [id]", "from: all, key: [id]")
    assert checked(text, "m.yaml").warnings == (
        "m.yaml:7: source spare: no step and no target reads it",
        "m.yaml:31: step sums: no later step and no target reads it")


def test_the_command_says_what_is_wrong_and_how(tmp_path):
    run, file = CliRunner().invoke, tmp_path / "small.yaml"
    file.write_text(SMALL, encoding="utf-8")
    clean = run(mapping, ["check", str(file)])
    assert (clean.exit_code, clean.output) == (0, "small: no fault in 3 sources, 4 steps, 1 target\n")
    file.write_text(SMALL.replace("missing: keep", "missing: kept"), encoding="utf-8")
    faulty = run(mapping, ["check", str(file)])
    assert (faulty.exit_code, faulty.output) == (
        1, "small.yaml:35: target b.rows, missing: 'kept' is not known here; expected withdraw or keep or flag; the "
           "nearest is keep\n")
    [fault] = json.loads(run(mapping, ["check", str(file), "--format", "json"]).output)["faults"]
    assert (fault["line"], fault["place"], fault["nearest"]) == (35, "target b.rows, missing", "keep")
    file.write_bytes(b"\xff")
    unreadable = run(mapping, ["check", str(file)])
    assert (unreadable.exit_code, unreadable.output) == (
        2, "Error: small.yaml:1: the file is not UTF-8 text; save it as UTF-8\n")
