"""Every format has a schema that is valid, and a page that names each of its columns or keys."""
from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from sandbox.formats import schema

ROOT = Path(__file__).parents[2]
FORMATS = sorted(path.stem for path in (ROOT / "sandbox" / "formats").glob("*.json"))


def keys_of(node):
    """The names of all properties of a schema, at any depth."""
    if isinstance(node, list):
        return {key for one in node for key in keys_of(one)}
    if not isinstance(node, dict):
        return set()
    own = set(node.get("properties", {}))
    return own.union(*(keys_of(value) for value in node.values()))


def test_the_formats_are_these():
    assert FORMATS == [
        "clients", "comparison", "connection", "contracts", "crosswalk", "mapping", "offers", "overlay",
        "packages", "plan", "prices", "reconciliation", "rest", "settings", "trial", "usage"
    ]


@pytest.mark.parametrize("name", FORMATS)
def test_a_schema_is_valid_and_its_page_names_every_key(name):
    Draft202012Validator.check_schema(schema(name))
    page = (ROOT / "docs" / "formats" / f"{name}.md").read_text(encoding="utf-8")
    assert page.startswith(f"# {name}\n")
    assert [key for key in sorted(keys_of(schema(name))) if not re.search(rf'[`"\[]{key}[`"\]]', page)] == []


def test_the_example_of_the_page_is_of_the_format():
    page = (ROOT / "docs" / "formats" / "reconciliation.md").read_text(encoding="utf-8")
    [example] = re.findall(r"```json\n(.*?)```", page, flags=re.DOTALL)
    Draft202012Validator(schema("reconciliation")).validate(json.loads(example))
