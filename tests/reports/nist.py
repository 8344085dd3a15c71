"""NIST's own schema of OSCAL assessment results, held against what the export writes."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema

FILE = Path(__file__).parent / "data" / "nist_oscal_ar_1.0.6.schema.json"


@cache
def _validator() -> jsonschema.Draft7Validator:
    text = FILE.read_text(encoding="utf-8")
    # Python's expressions know no \p{…}: letters and digits are said in its own words.
    return jsonschema.Draft7Validator(json.loads(text.replace(r"\\p{L}", r"[^\\W\\d_]").replace(r"\\p{N}", r"\\d")))


def faults(document: dict[str, Any]) -> list[str]:
    """What the schema says against a document, with the place of each."""
    return [f"{each.json_path}: {each.message[:200]}" for each in _validator().iter_errors(document)]
