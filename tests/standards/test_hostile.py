"""Files that are made to do harm: what lies too deep, letters no database keeps, little that unpacks to much."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile

import pytest

from tests.factories.standards import LIBRARY, a_body
from workbench.checklists.library import PackInvalid
from workbench.standards.formats import cells
from workbench.standards.formats.reading import read
from workbench.web.workbooks import Unreadable, tables_of

TABLE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0"


def test_yaml_that_lies_too_deep_is_refused_before_it_ends_the_process() -> None:
    told = "import sys; from workbench.standards.formats.reading import read\n"
    told += "try:\n    read(b'[' * 200_000, 'deep.yaml')\nexcept ValueError as error:\n    print(error)\n"
    made = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=False)
    assert (made.returncode, "more than 30 levels deep" in made.stdout) == (0, True)


def test_nul_is_kept_out_of_packs() -> None:
    with pytest.raises(PackInvalid, match="holds a NUL"):
        read(a_body().replace(b'"Our rules"', b'"Our \\u0000 rules"'), "our_rules.toml")
    assert read(a_body().replace(b'"Our rules"', b'"Our \\\\u0000 rules"'), "our_rules.toml").pack is not None
    found = read(LIBRARY.read_bytes().replace(b"\nname: ", b"\nname: !!str ", 1) + b'\n"more": "a\\0b"\n', LIBRARY.name)
    assert found.pack is not None
    assert "\x00" not in found.body.decode()


def a_sheet_that_repeats(letters: int) -> bytes:
    """One cell, said again in 200 columns and 5000 rows by two short attributes."""
    office, text = TABLE.replace(":table:", ":office:"), TABLE.replace(":table:", ":text:")
    cell = f'<t:table-cell t:number-columns-repeated="200"><x:p>{"a" * letters}</x:p></t:table-cell>'
    rows = f'<t:table t:name="a"><t:table-row t:number-rows-repeated="5000">{cell}</t:table-row></t:table>'
    content = f'<o:d xmlns:o="{office}" xmlns:t="{TABLE}" xmlns:x="{text}">{rows}</o:d>'
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
    return stream.getvalue()


def test_cells_that_repeat_themselves_stay_in_the_child() -> None:
    with pytest.raises(Unreadable) as refused:
        tables_of(a_sheet_that_repeats(100))
    assert refused.value.why == "too_large"


def test_letters_of_a_workbook_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    import xlsxwriter  # noqa: PLC0415 - only this test needs it

    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        sheet = book.add_worksheet("pack")
        for row in range(20):
            sheet.write_string(row, 0, "a" * 100)
    monkeypatch.setattr(cells, "MOST_SAID", 1_999)
    with pytest.raises(ValueError, match="letters"):
        cells.cells(stream.getvalue())
