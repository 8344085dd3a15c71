"""Writing a mapping and reading it again loses nothing; the difference of two versions is told part by part."""
from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.mapping.difference import difference
from sandbox.mapping.model import (
    AggregateStep,
    CheckSpec,
    FieldSpec,
    JoinStep,
    LookupSpec,
    MappingSpec,
    MapStep,
    Measure,
    Quantity,
    ReconcileStep,
    SourceSpec,
    TargetSpec,
    UnionStep,
)
from sandbox.mapping.reading import read
from sandbox.mapping.writing import as_yaml

ROOT = Path(__file__).parents[3]
GOOD = (ROOT / "demo" / "mappings" / "supplier-usage.yaml").read_text(encoding="utf-8")

odd = "aZ0 '\"\\:#-?{}[],&*!|>%@`~=.\n\t\r\0\x85\xa0\u2028\u2029\ufeffé日😀"
signs = st.sampled_from(odd) | st.characters(exclude_categories=["Cs"])
texts, some_text = st.text(signs, max_size=12), st.text(signs, min_size=1, max_size=12)
names = st.sampled_from(["a", "b", "c", "on", "yes", "no", "null", "x1", "true"])
tables = st.sampled_from(["psa.lines", "lines", "a.b", "no"])
kinds = st.sampled_from(["text", "int", "decimal", "decimal(2)", "date", "bool"])
columns = st.lists(some_text, min_size=1, max_size=3)
fields = st.dictionaries(names, st.builds(FieldSpec, formula=some_text, type=kinds, why=texts), min_size=1, max_size=3)
checks = st.lists(st.builds(CheckSpec, name=st.sampled_from(["c", "d-e"]), that=some_text,
                            level=st.sampled_from(["error", "warning"]), why=texts), max_size=2)
where = st.none() | some_text
match = st.dictionaries(some_text, some_text, min_size=1, max_size=2)
lookups = st.lists(st.builds(LookupSpec, in_=names, match=match, take=columns, required=st.booleans()), max_size=2)
measures = st.dictionaries(names, st.sampled_from(["sum", "min", "max", "count"]).flatmap(
    lambda kind: st.builds(Measure, **{kind: some_text})), min_size=1, max_size=2)
sides = st.builds(Quantity, from_=names, quantity=some_text, where=where, service=where)
steps = st.one_of(
    st.builds(MapStep, map=names, from_=names, lookups=lookups, where=where, fields=fields, checks=checks, why=texts),
    st.builds(JoinStep, join=names, left=names, right=names, match=match, keep=st.sampled_from(["matched", "left"]),
              where=where, fields=fields, checks=checks, why=texts),
    st.builds(AggregateStep, aggregate=names, from_=names, by=columns, measures=measures, checks=checks, why=texts),
    st.builds(UnionStep, union=names, of=st.lists(names, min_size=2, max_size=3), why=texts),
    st.builds(ReconcileStep, reconcile=names, used=sides, included=sides, extra=sides, by=columns, why=texts),
)
sources = st.dictionaries(names, st.builds(
    SourceSpec, table=tables, fields=st.dictionaries(some_text, kinds, min_size=1, max_size=3),
    contract=st.sampled_from(["freeze", "allow", "discard"]),
    mask=st.dictionaries(some_text, st.sampled_from(["drop", "hash", "shape"]), max_size=2)), min_size=1, max_size=2)
targets = st.lists(st.builds(TargetSpec, table=tables, from_=names, key=columns, compare=st.lists(some_text, max_size=2),
                             missing=st.sampled_from(["withdraw", "keep", "flag"])), max_size=2)
specs = st.builds(MappingSpec, mapping=st.just(1), name=st.sampled_from(["a", "on", "1", "a-b"]), purpose=texts,
                  parameters=st.dictionaries(names, kinds, max_size=2), sources=sources,
                  steps=st.lists(steps, min_size=1, max_size=3), targets=targets)


@settings(max_examples=40, deadline=None)
@given(specs, specs)
def test_any_mapping_is_written_and_read_the_same(spec, other):
    text = as_yaml(spec)
    again = read(text).spec
    assert again == spec
    assert as_yaml(again) == text
    assert yaml.safe_load(text) == spec.model_dump(by_alias=True, exclude_defaults=True)
    assert difference(spec, again) == []
    assert (difference(spec, other) == []) is (spec == other)


def test_the_example_is_written_in_the_order_of_the_format():
    spec = read(GOOD).spec
    assert as_yaml(spec).split("\n")[:9] == [
        "mapping: 1", "name: supplier-usage-to-contract-lines",
        "purpose: Bill what the supplier counts, without billing twice what the package already holds", "sources:",
        "  usage:", "    table: supplier.usage", "    fields: {account: text, sku: text, units: text}",
        "    mask: {contact: drop}", "  clients:"]


@pytest.mark.parametrize(("changes", "said"), [
    ([("int(units)", "units")], ["step usage_clean: field units is now `units` (was `int(units)`)"]),
    ([("type: int, why: \"the portal exports numbers as text\"", "type: decimal(2)")],
     ["step usage_clean: field units, type is now `decimal(2)` (was `int`)",
      "step usage_clean: field units, why is now empty (was `the portal exports numbers as text`)"]),
    ([("missing: flag", "missing: keep")], ["target psa.lines: missing is now `keep` (was `flag`)"]),
    ([("      service:   {formula: service,   type: text}\n", "      amount: {formula: '1', type: int}\n")],
     ["step usage_clean: field amount is new: `1`", "step usage_clean: field service is gone: `service`"]),
    ([("checks: [{name: not-negative, that: \"units >= 0\", level: error}]", "checks: []")],
     ["step usage_clean: check not-negative is gone"]),
    ([("    where: \"extra_used + over > 0\"\n", "")], ["step extra_lines: where is gone: `extra_used + over > 0`"]),
    ([("required: true", "required: false")], ["step usage_clean: lookup clients, required is now `false` (was `true`)"]),
    ([("contract: freeze", "contract: allow"), ("units: text}", "units: int}")],
     ["source usage: field units is now `int` (was `text`)", "source usage: contract is now `allow` (was `freeze`)"]),
    ([("key: [client_id, code]", "key: [client_id]")],
     ["target psa.lines: key is now `client_id` (was `client_id`, `code`)"]),
    ([("service: code, quantity", "service: client_id, quantity")],
     ["step split: side extra, service is now `client_id` (was `code`)"]),
    ([("map: usage_clean", "map: cleaned"), ("from: usage_clean", "from: cleaned")],
     ["step usage_clean is now called cleaned"]),
    ([("join: in_packages", "join: packaged"), ("from: in_packages", "from: packaged"), ("missing: flag", "missing: keep")],
     ["step in_packages is now called packaged", "target psa.lines: missing is now `keep` (was `flag`)"]),
    ([("purpose: Bill what the supplier counts, without billing twice what the package already holds\n", "")],
     ["purpose is now empty (was `Bill what the supplier counts, without billing twice what the package already holds`)"]),
    ([("mapping: 1\n", "mapping: 1\nparameters: {period: date}\n")], ["parameter period is new: `date`"]),
])
def test_a_change_is_told_in_a_sentence(changes, said):
    text = GOOD
    for old, new in changes:
        assert text.count(old) >= 1
        text = text.replace(old, new, 1)
    assert [change.words for change in difference(read(GOOD).spec, read(text).spec)] == said


def test_a_change_carries_what_a_page_needs_to_say_it_in_another_language():
    new = read(GOOD.replace("int(units)", "units")).spec
    [change] = difference(read(GOOD).spec, new)
    assert (change.place, change.kind, change.before, change.after) == (
        ("steps", "usage_clean", "fields", "units", "formula"), "changed", "int(units)", "units")


def test_steps_in_another_order_are_told_as_moved():
    first, second = GOOD.index("  - aggregate: used"), GOOD.index("  - join: in_packages")
    third = GOOD.index("  - reconcile: split")
    text = GOOD[:first] + GOOD[second:third] + GOOD[first:second] + GOOD[third:]
    [change] = difference(read(GOOD).spec, read(text).spec)
    assert (change.kind, change.words) == (
        "moved", "the steps now stand in the order usage_clean, in_packages, used, split, extra_lines "
                 "(was usage_clean, used, in_packages, split, extra_lines)")
