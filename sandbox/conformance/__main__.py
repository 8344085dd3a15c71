"""Writes the expected rows of every case anew from the oracle: `python -m sandbox.conformance`, then look at the diff."""
from __future__ import annotations

import json
from pathlib import Path

from sandbox.conformance import cases, expected_of

if __name__ == "__main__":
    for case in cases():
        text = json.dumps(expected_of(case), ensure_ascii=False, indent=1) + "\n"
        (Path(__file__).parent / f"{case.name}.json").write_text(text, encoding="utf-8")
