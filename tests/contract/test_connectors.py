"""Every connector folder: a README, a sample that parses, valid records, and not one connection opened."""
from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import sandbox.connectors
from sandbox.connectors import discover

FOLDERS = sorted(path.parent for path in Path(sandbox.connectors.__file__).parent.glob("*/__init__.py"))
ROOT = Path(sandbox.connectors.__file__).parents[2]

# Runs in a process of its own, since the guard cannot be taken off again: any socket made ends it.
READ_WITHOUT_NETWORK = """
import json, sys
from pathlib import Path

def guard(event, arguments):
    if event.startswith("socket."):
        raise SystemExit(f"{event} was called")

from sandbox.connectors import discover
connector = discover()[sys.argv[1]]
sys.addaudithook(guard)
print(json.dumps([[table.name, list(table.columns), [[record.line, *table.values(record)] for record in table.records],
                   len(table.refused)] for path in sys.argv[2:] for table in connector.read(Path(path))]))
"""


def samples(folder):
    return sorted((folder / "sample").iterdir())


def test_every_folder_is_discovered():
    assert sorted(discover()) == [folder.name for folder in FOLDERS]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_connector_describes_itself(folder):
    connector = discover()[folder.name]
    assert (folder / "README.md").read_text(encoding="utf-8").startswith(f"# {connector.NAME}\n")
    assert {path.suffix for path in samples(folder)} <= set(connector.READS)
    assert len(samples(folder)) > 0


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_samples_parse_to_valid_records_without_a_network(folder):
    done = subprocess.run([sys.executable, "-c", READ_WITHOUT_NETWORK, folder.name, *map(str, samples(folder))],
                          capture_output=True, text=True, cwd=ROOT, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    for name, columns, records, refused in json.loads(done.stdout):
        lines = [record[0] for record in records]
        assert (name, refused, len(records) > 0) == (name, 0, True)
        assert {len(record) for record in records} == {len(columns) + 1}
        assert lines == sorted(set(lines))
        assert {type(cell) for record in records for cell in record[1:]} == {str}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_reading_leaves_the_sample_as_it_was(folder):
    before = [(path.read_bytes(), path.stat().st_mtime_ns) for path in samples(folder)]
    for path in samples(folder):
        discover()[folder.name].read(path)
    assert [(path.read_bytes(), path.stat().st_mtime_ns) for path in samples(folder)] == before


def test_the_csv_sample_is_read_as_french_exports_are_written():
    [table] = discover()["csv"].read(FOLDERS[0] / "sample" / "usage-cp1252.csv")
    assert [(record.line, record.cells["client"]) for record in table.records] == [
        (2, "Bakery Noé"), (4, "Café de la Gare")]
    assert dict(table.settings) == {"delimiter": ";", "decimal": ".", "encoding": "cp1252", "header_row": 1}
