"""Every connector folder: a README, a sample that is received as valid tables, settings that are checked, no connection."""
from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

import sandbox.connectors
from sandbox.connectors import connector_for, discover, receive_file
from sandbox.errors import InputRefused

FOLDERS = sorted(path.parent for path in Path(sandbox.connectors.__file__).parent.glob("*/__init__.py"))
FILES = [folder for folder in FOLDERS if discover()[folder.name].READS]
ROOT = Path(sandbox.connectors.__file__).parents[2]

# Runs in a process of its own, since the guard cannot be taken off again: any socket made ends it.
RECEIVE_WITHOUT_NETWORK = """
import json, sys, tempfile
from pathlib import Path

def guard(event, arguments):
    if event.startswith("socket."):
        raise SystemExit(f"{event} was called")

import duckdb
from sandbox.connectors import discover, proposed, receive_tables
discover()
sys.addaudithook(guard)
found = []
for path in map(Path, sys.argv[1:]):
    with tempfile.TemporaryDirectory() as folder:
        for table in receive_tables(path, proposed(path)["settings"], Path(folder)):
            shape = duckdb.execute("DESCRIBE FROM read_parquet(?)", [str(table.path)]).fetchall()
            rows = duckdb.execute("FROM read_parquet(?)", [str(table.path)]).fetchall()
            found.append([table.name, list(table.columns), [row[:2] for row in shape], rows, table.rows,
                          table.refused_count, [path.name for path in Path(folder).iterdir()]])
print(json.dumps(found))
"""


def samples(folder):
    return sorted((folder / "sample").iterdir())


def test_every_folder_is_discovered():
    assert sorted(discover()) == [folder.name for folder in FOLDERS]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_connector_describes_itself(folder):
    connector = discover()[folder.name]
    assert (folder / "README.md").read_text(encoding="utf-8").startswith(f"# {connector.NAME}\n")
    assert len(samples(folder)) > 0
    Draft202012Validator.check_schema(connector.SETTINGS)


@pytest.mark.parametrize("folder", FILES, ids=lambda folder: folder.name)
def test_the_ending_and_the_content_name_the_connector(folder):
    connector = discover()[folder.name]
    assert {path.suffix for path in samples(folder)} <= set(connector.READS)
    assert [connector_for(path).NAME for path in samples(folder)] == [folder.name] * len(samples(folder))


@pytest.mark.parametrize("folder", FILES, ids=lambda folder: folder.name)
def test_samples_become_tables_of_text_without_a_network(folder):
    done = subprocess.run([sys.executable, "-c", RECEIVE_WITHOUT_NETWORK, *map(str, samples(folder))],
                          capture_output=True, text=True, cwd=ROOT, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    for path, (name, columns, shape, rows, count, refused, files) in zip(
            samples(folder), json.loads(done.stdout), strict=True):
        lines = [row[0] for row in rows]
        assert (name, refused, files) == (path.name, 0, ["received-1.parquet"])
        assert shape == [["_line", "BIGINT"], *([column, "VARCHAR"] for column in columns)]
        assert (lines, len(rows) > 0) == (sorted(set(lines)), True)
        assert (len(rows), {type(cell) for row in rows for cell in row[1:]}) == (count, {str})


@pytest.mark.parametrize("folder", FILES, ids=lambda folder: folder.name)
def test_receiving_leaves_the_sample_as_it_was(folder, tmp_path):
    before = [(path.read_bytes(), path.stat().st_mtime_ns) for path in samples(folder)]
    for path in samples(folder):
        discover()[folder.name].receive(path, discover()[folder.name].proposed(path, {})["settings"], tmp_path)
    assert [(path.read_bytes(), path.stat().st_mtime_ns) for path in samples(folder)] == before


@pytest.mark.parametrize("folder", FILES, ids=lambda folder: folder.name)
def test_an_unknown_setting_is_refused_with_the_nearest(folder, tmp_path):
    path = samples(folder)[0]
    known = ", ".join(sorted(discover()[folder.name].SETTINGS["properties"]))
    with pytest.raises(InputRefused) as refusal:
        receive_file(path, {"decimals": ","}, tmp_path)
    assert str(refusal.value) == f"{path.name}: unknown setting decimals; the nearest is decimal; known: {known}"


@pytest.mark.parametrize("folder", FILES, ids=lambda folder: folder.name)
def test_a_missing_file_is_named(folder, tmp_path):
    name = f"absent{discover()[folder.name].READS[0]}"
    with pytest.raises(InputRefused) as refusal:
        receive_file(tmp_path / name, {}, tmp_path)
    assert str(refusal.value) == f"{name}: cannot be read (No such file or directory)"


@pytest.mark.parametrize(("name", "data", "message"), [
    ("a.dat", b"x", "a.dat: no connector reads .dat; known: .csv, .json, .jsonl, .ndjson, .ods, .parquet, .pq, .tab, "
                    ".toml, .tsv, .txt, .xls, .xlsm, .xlsx"),
    ("a.xlsx", b"id;x", "a.xlsx: its content is not what the ending .xlsx says; export it again"),
    ("a.parquet", b"ARROW1\0\0x", "a.parquet: an Arrow file; Arrow is not read here, write the table as Parquet"),
])
def test_a_file_that_nothing_reads_is_refused(tmp_path, name, data, message):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(InputRefused) as refusal:
        receive_file(tmp_path / name, {}, tmp_path)
    assert str(refusal.value) == message


def test_the_csv_sample_is_read_as_french_exports_are_written():
    folder = next(folder for folder in FOLDERS if folder.name == "csv")
    [table] = discover()["csv"].read(folder / "sample" / "usage-cp1252.csv")
    assert [(record.line, record.cells["client"]) for record in table.records] == [
        (2, "Bakery Noé"), (4, "Café de la Gare")]
    assert dict(table.settings) == {"delimiter": ";", "decimal": ".", "encoding": "cp1252", "header_row": 1}
