"""What a stranger, a careless export or an unlucky moment may bring: never a silent wrong answer, never something left over."""
from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import duckdb
import pytest

from sandbox.connectors import receive_file
from sandbox.errors import InputRefused, RunStopped
from sandbox.http.addresses import place_of
from sandbox.mirror.overlay import FakeRow, Withdrawn, applied
from sandbox.plan.checking import check_plan
from sandbox.plan.plan import make_plan, run_live
from sandbox.reconciliation.run import Source
from sandbox.trial import TrialInput, diff_rows, run_trial
from tests.factories.run_folders import run_folder
from tests.sandbox.engines.tables import carried_out, parquet, read, task

PLAIN = """
mapping: 1
name: plain
sources:
  usage: {table: s.usage, fields: {code: text, units: text}}
  lines: {table: psa.lines, fields: {code: text, quantity: int}}
steps:
  - map: counted
    from: usage
    fields: {code: {formula: code, type: text}, quantity: {formula: int(units), type: int}}
targets: [{table: psa.lines, from: counted, key: [code], missing: withdraw}]
"""
TYPES = {"contract": "text", "price": "decimal(2)", "quantity": "int"}


def table(path, columns, *rows):
    return parquet(path, [{"_line": line, **dict(zip(columns, row, strict=True))} for line, row in enumerate(rows, 2)])


def test_fake_rows_name_their_own_source_and_are_not_counted_in_the_live_tool(tmp_path):
    usage = table(tmp_path / "u.parquet", ("code", "units"), ("a", "3"))
    lines = table(tmp_path / "l.parquet", ("code", "quantity"), ("a", "2"))
    fakes = [FakeRow({"code": "g", "units": "4"}, 1), FakeRow({"code": "h", "units": "many"}, 2)]
    inputs = {"usage": applied(usage, ["code", "units"], fakes, tmp_path / "uo.parquet").path,
              "lines": applied(lines, ["code", "quantity"], [FakeRow({"code": "f", "quantity": "50"}, 1)],
                               tmp_path / "lo.parquet").path}
    record = run_trial(PLAIN, {name: TrialInput(path) for name, path in inputs.items()}, out=tmp_path / "run")
    assert [(row["code"], row["_from"], row["_fake"]) for row in read(tmp_path / "run" / "diff-1.parquet")] == [
        ("a", ["usage:2"], False), ("f", ["lines:-1"], True), ("g", ["usage:-1"], True)]
    assert [(one["source"], one["line"]) for one in record["refused"][0]["sample"]] == [("usage", -2)]
    plan = make_plan(tmp_path / "run")
    assert [dict(row.key) for row in plan.rows] == [{"code": "a"}]
    assert (plan.control["psa.lines"].rows_before, plan.control["psa.lines"].sums_before) == (1, {"quantity": "2"})
    assert check_plan(plan, run_live(tmp_path / "run")).live == plan.control


def test_rows_refused_on_either_side_are_said_to_look_new_or_gone(tmp_path):
    usage = table(tmp_path / "u.parquet", ("code", "units"), ("a", "3"), ("b", "x"), ("c", "1"))
    lines = table(tmp_path / "l.parquet", ("code", "quantity"), ("a", "3"), ("b", "2"), ("c", "1 x"))
    record = carried_out(tmp_path / "run", task(PLAIN, {"usage": usage, "lines": lines}))
    assert record["details"]["warnings"] == [
        "target psa.lines: rows were refused, edited or left out on the way to it; of the 1 to withdraw some may be missing for "
        "that alone",
        "target psa.lines: live rows could not be read, or were edited or left out; of the 1 to create some may stand there "
        "already"]


@pytest.mark.parametrize(("short", "kind"), [("usage", "withdraw"), ("lines", "create")])
def test_rows_left_out_before_the_run_leave_what_they_made_in_doubt(tmp_path, short, kind):
    tables = {"usage": table(tmp_path / "u.parquet", ("code", "units"), ("a", "3"), ("b", "2")),
              "lines": table(tmp_path / "l.parquet", ("code", "quantity"), ("a", "3"), ("b", "2"))}
    columns = {"usage": ["code", "units"], "lines": ["code", "quantity"]}[short]
    done = applied(tables[short], columns, [Withdrawn({"code": "b"})], tmp_path / "short.parquet")
    inputs = {name: TrialInput(path) for name, path in tables.items()} | {short: TrialInput(done.path, left_out=done.withdrawn)}
    run_trial(PLAIN, inputs, out=tmp_path / "run")
    plan, knowingly = make_plan(tmp_path / "run"), make_plan(tmp_path / "run", kinds=[kind])
    assert (plan.rows, plan.left_out) == ((), {"doubtful": 1})
    assert [(row.kind, dict(row.key)) for row in knowingly.rows] == [(kind, {"code": "b"})]


MASKED = """
mapping: 1
name: masked
sources:
  usage: {table: s.usage, fields: {code: text, mail: text, units: int}, mask: {mail: shape}}
  people: {table: s.people, fields: {mail: text, who: text}}
  lines: {table: psa.lines, fields: {code: text, who: text}}
steps:
  - map: found
    from: usage
    lookups: [{in: people, match: {mail: mail}, take: [who], required: false}]
    fields: {code: {formula: code, type: text}, who: {formula: who, type: text}}
  - map: chosen
    from: usage
    where: "mail <> 'x'"
    fields: {code: {formula: code, type: text}, who: {formula: code, type: text}}
  - join: joined
    left: usage
    right: people
    match: {mail: mail}
    fields: {code: {formula: code, type: text}, who: {formula: who, type: text}}
  - aggregate: by_mail
    from: usage
    by: [code, mail]
    measures: {n: {sum: units}}
  - map: grouped
    from: by_mail
    fields: {code: {formula: code, type: text}, who: {formula: text(n), type: text}}
  - map: free
    from: usage
    fields: {code: {formula: code, type: text}, who: {formula: code, type: text}}
targets: [{table: psa.lines, from: STEP, key: [code]}]
"""


@pytest.mark.parametrize(("step", "is_masked"), [
    ("found", True), ("chosen", True), ("joined", True), ("grouped", True), ("free", False)])
def test_masked_columns_are_masked_in_a_mirrored_table_too_and_what_they_decide_is_masked(tmp_path, step, is_masked):
    usage = table(tmp_path / "u.parquet", ("code", "mail", "units"), ("a", "bob@secret", "1"), ("b", "bob@secret", "many"))
    people = table(tmp_path / "p.parquet", ("mail", "who"), ("bob@secret", "Bob"), ("xxx@xxxxxx", "Other"))
    lines = table(tmp_path / "l.parquet", ("code", "who"), ("z", "Z"))
    before = usage.read_bytes()
    given = task(MASKED.replace("STEP", step), {"usage": usage, "people": people, "lines": lines})
    carried_out(tmp_path / "run", given)
    out = tmp_path / "run" / "out"
    assert {row["_masked"] for row in read(out / "diff-1.parquet")} == {is_masked}
    assert [json.loads(row["row"])["mail"] for row in read(out / "refused.parquet")] == ["xxx@xxxxxx"]
    assert usage.read_bytes() == before


@pytest.mark.parametrize(("cells", "message"), [
    ("12.004::DOUBLE AS price, 3 AS quantity", '"price": 12.004 is not of type decimal(2)'),
    ("12.004::DECIMAL(9,3) AS price, 3 AS quantity", '"price": 12.004 is not of type decimal(2)'),
    ("12.00 AS price, 3.4::DOUBLE AS quantity", '"quantity": 3.4 is not of type int')])
def test_live_numbers_are_never_rounded_until_they_look_unmoved(tmp_path, cells, message):
    plan = make_plan(run_folder(tmp_path / "run", TYPES, 1, [["C-1", "12.00", "3"]], [["C-1", "13.00", "3"]]))
    duckdb.sql(f"COPY (SELECT 'C-1' AS contract, {cells}) TO '{tmp_path}/now.parquet' (FORMAT parquet)")
    with pytest.raises(InputRefused) as refused:
        check_plan(plan, {"psa.contracts": Source(tmp_path / "now.parquet")})
    assert str(refused.value) == f"now.parquet: column {message}"


@pytest.mark.parametrize("line", ["(-5)::BIGINT", "(1::BIGINT << 40) + 3", "NULL::BIGINT"])
def test_lines_that_a_stranger_wrote_do_not_lead_to_another_source(tmp_path, line):
    duckdb.sql(f"COPY (SELECT {line} AS _line, 'a' AS code, '3' AS units) TO '{tmp_path}/u.parquet' (FORMAT parquet)")
    assert [row["_line"] for row in read(receive_file(tmp_path / "u.parquet", {}, tmp_path).path)] == [1]
    lines = table(tmp_path / "l.parquet", ("code", "quantity"), ("a", "3"))
    with pytest.raises(InputRefused, match="source usage: the column _line of the Parquet file should hold the line"):
        carried_out(tmp_path / "run", task(PLAIN, {"usage": tmp_path / "u.parquet", "lines": lines}))


def test_json_field_without_a_name_is_refused(tmp_path):
    (tmp_path / "a.json").write_text('[{"a": 1, "": 2}]', encoding="utf-8")
    with pytest.raises(InputRefused, match=r"^a\.json: a column has no name; give every field one$"):
        receive_file(tmp_path / "a.json", {}, tmp_path)


OFFICE = " ".join(f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{short}:1.0"' for short in ("office", "table", "text"))
CALC = 'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'


def ods(path, rows):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("content.xml", f'<office:document-content {OFFICE} {CALC}><office:body><office:spreadsheet><table:table '
                         f'table:name="S">{rows}</table:table></office:spreadsheet></office:body></office:document-content>')
    return path


def words(*cells):
    return "".join(f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>' for cell in cells)


def test_ods_error_is_refused_in_every_row_that_repeats_it(tmp_path):
    bad = ('<table:table-cell office:value-type="float" office:value="0" calcext:value-type="error"><text:p>#N/A</text:p>'
           '</table:table-cell>')
    book = ods(tmp_path / "a.ods", f'<table:table-row>{words("a", "b")}</table:table-row>'
               f'<table:table-row table:number-rows-repeated="2">{bad}{words("y")}</table:table-row>')
    got = receive_file(book, {}, tmp_path)
    assert (got.rows, [(one.row, one.message) for one in got.refused]) == (
        0, [(2, "cell A2 holds the error #N/A"), (3, "cell A3 holds the error #N/A")])
    inner = f'<table:table table:name="T"><table:table-row>{words("x")}</table:table-row></table:table>'
    for number, row in enumerate((f"<table:table-cell>{inner}</table:table-cell>",
                                  '<table:table-cell table:number-columns-repeated="-5"/>')):
        header = f"<table:table-row>{words('a')}</table:table-row>"
        book = ods(tmp_path / f"{number}.ods", f"{header}<table:table-row>{row}</table:table-row>")
        with pytest.raises(InputRefused, match="the workbook is damaged"):
            receive_file(book, {}, tmp_path)


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def xlsx(path, sheet):
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" '
                               'ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" Type="{RELATION}/officeDocument" '
                       'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATION}"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets>'
                           '</workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" '
                                      f'Type="{RELATION}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": sheet,
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return path


def sheet(row, prefix=""):
    header = '<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c></row>'
    text = f"<worksheet><sheetData>{header}{row}</sheetData></worksheet>"
    if not prefix:
        return text.replace("<worksheet", f'<worksheet xmlns="{MAIN}"')
    named = text.replace("</", "\0").replace("<", f"<{prefix}:").replace("\0", f"</{prefix}:")
    return named.replace("worksheet>", f'worksheet xmlns:{prefix}="{MAIN}">', 1)


@pytest.mark.parametrize(("text", "message"), [
    (sheet('<row r="2"><c r="A2" t="e"><v>#N/A</v></c></row>', "x"), "cell A2 holds the error #N/A"),
    (sheet("<row r='2'><c r='A2' t='e'><v>#N/A</v></c></row>"), "cell A2 holds the error #N/A"),
    (sheet('<row r="2"><c r="A2"><f>B1</f><v xml:space="preserve"></v></c></row>'),
     "cell A2 holds a formula without a stored value; open and save the workbook once in a spreadsheet program"),
    (sheet('<row r="2"><c r="A2"><v>12345678901234567</v></c></row>'),
     "cell A2 holds a number of 17 digits, of which a spreadsheet keeps 15; store it as text")])
def test_xlsx_cell_that_cannot_be_told_is_named_however_the_xml_is_written(tmp_path, text, message):
    got = receive_file(xlsx(tmp_path / "a.xlsx", text), {}, tmp_path)
    assert (got.rows, [(one.row, one.field, one.message) for one in got.refused]) == (0, [(2, "a", message)])


def test_xlsx_error_that_the_reader_does_not_know_names_its_cell(tmp_path):
    rows = '<row r="2"><c r="A2"><v>1</v></c></row><row r="3"><c r="A3" t="e"><v>#SPILL!</v></c></row>'
    with pytest.raises(InputRefused, match=r'^a\.xlsx: sheet "S", cell A3 holds the error #SPILL!; correct it in a spreadsheet'):
        receive_file(xlsx(tmp_path / "a.xlsx", sheet(rows)), {}, tmp_path)


def test_xlsx_row_that_stands_twice_is_refused(tmp_path):
    rows = "".join(f'<row r="{row}"><c r="A{row}"><v>{value}</v></c></row>' for row, value in ((2, 1), (3, 2), (2, 3)))
    with pytest.raises(InputRefused, match=r'^a\.xlsx: sheet "S": row 2 stands twice; save the workbook once'):
        receive_file(xlsx(tmp_path / "a.xlsx", sheet(rows)), {}, tmp_path)


def test_xlsx_error_without_a_place_refuses_the_sheet(tmp_path):
    book = xlsx(tmp_path / "a.xlsx", sheet('<row><c t="e"><v>#REF!</v></c></row>'))
    with pytest.raises(InputRefused, match='sheet "S": a cell holds the error #REF!, and the file does not say which'):
        receive_file(book, {}, tmp_path)


def test_run_folder_of_a_stranger_leads_nowhere_else(tmp_path):
    good = run_folder(tmp_path / "good", TYPES, 1, [["C-1", "12.00", "3"]], [["C-1", "13.00", "3"]])
    record = json.loads((good / "run.json").read_text())
    said = []
    for number, (part, value) in enumerate([("diff", "../good/diff-1.parquet"), ("table", "../../x"), ("key", [1]), ("", 0)]):
        folder = tmp_path / str(number)
        shutil.copytree(good, folder)
        [one] = json.loads(json.dumps(record["details"]["targets"]))
        (folder / "run.json").write_text(json.dumps(
            {**record, "details": {**record["details"], "targets": [{**one, part: value}] if part else value}}))
        with pytest.raises(InputRefused) as refused:
            make_plan(folder)
        said.append(str(refused.value).partition(" (")[0])
        with pytest.raises(InputRefused):
            diff_rows(folder, "psa.contracts", nearby=True)
    assert said == [f"{number}: run.json is not what a run writes" for number in range(4)]
    (good / "diff-1.parquet").rename(tmp_path / "elsewhere.parquet")
    (good / "diff-1.parquet").symlink_to(tmp_path / "elsewhere.parquet")
    for ask in (lambda: make_plan(good), lambda: diff_rows(good, "psa.contracts")):
        with pytest.raises(InputRefused, match=r"no file diff-1\.parquet"):
            ask()
    (good / "run.json").write_text("[" * 100_000)
    with pytest.raises(InputRefused, match=r"^good: run\.json is not JSON in UTF-8$"):
        make_plan(good)


def test_damaged_table_is_told_in_one_line_without_its_place(tmp_path):
    run = run_folder(tmp_path / "run", TYPES, 1, [["C-1", "12.00", "3"]], [["C-1", "13.00", "3"]])
    (run / "diff-1.parquet").write_bytes(b"PAR1" + b"\xff" * 500 + b"PAR1")
    with pytest.raises(RunStopped, match=r"^the run ended unexpectedly: _duckdb\.[^/\n]*\bdiff-1\.parquet[^/\n]*$"):
        make_plan(run)


def test_child_of_a_killed_parent_ends_and_leaves_no_folder(tmp_path):
    (tmp_path / "u.csv").write_text("code,units\n" + "".join(f"c{n},{n}\n" for n in range(50_000)), encoding="utf-8")
    (tmp_path / "l.csv").write_text("code,quantity\nc1,1\n", encoding="utf-8")
    script = ("import sys; from pathlib import Path; from sandbox.trial import TrialInput, run_trial\n"
              "at = Path(sys.argv[1]); mapping = sys.stdin.read()\n"
              "while True: run_trial(mapping, {'usage': TrialInput(at / 'u.csv'), 'lines': TrialInput(at / 'l.csv')}, "
              "out=at / 'runs' / str(len(list(at.glob('runs/*')))))\n")
    known = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    command = [sys.executable, "-c", script, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, env=known) as parent:
        assert parent.stdin is not None
        parent.stdin.write(PLAIN.encode())
        parent.stdin.close()
        end = time.monotonic() + 20
        while not list(tmp_path.glob("runs/.trial-*/.ninefold-run-*/task.json")) and time.monotonic() < end:
            time.sleep(0.02)
        parent.send_signal(signal.SIGKILL)
    while list(tmp_path.glob("runs/.trial-*/.ninefold-run-*")) and time.monotonic() < end:
        time.sleep(0.05)
    assert list(tmp_path.glob("runs/.trial-*/*")) == []


def test_override_behind_a_semicolon_is_not_sent():
    with pytest.raises(InputRefused, match='the parameter "_method" can turn reading into writing'):
        place_of("https://tool.example/a?page=2;_method=DELETE")
