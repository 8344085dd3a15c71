"""Reports for Word: what a document holds, that the same data give the same bytes, and what a company's template may not do."""

from __future__ import annotations

import base64
import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docx as library
import pytest
from docx.document import Document
from docx.oxml.ns import qn
from flask import Flask
from flask_babel import force_locale

from scripts import word_template
from tests.conftest import Inspector
from tests.factories.checklists import a_checklist
from tests.factories.findings import a_finding
from tests.factories.people import a_member, a_person
from tests.factories.projects import a_project
from tests.reports.test_letterhead import a_png
from workbench.checklists.queries import checklists_of_project
from workbench.config import Settings
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.projects.models import Project
from workbench.projects.rules import Confidentiality
from workbench.reports import actions, pdf, queries
from workbench.reports.formats import blocks, docx, docx_child, word_body
from workbench.reports.rules import FileFormat, Options
from workbench.web.refusals import BadValue

NOTE = "{{ 7*7 }} {% raw %} <w:p/> & “said” \ue000body\ue001"


@pytest.fixture
def lead(app: Flask) -> Person:
    return a_person(name="Ada Martin", role=Role.QUALITY_LEAD)


@pytest.fixture
def project(lead: Person) -> Project:
    made = a_project(by=lead, key="INV-1")
    a_member(made, lead)
    a_finding(made, by=lead, statement=NOTE)
    return made


def built(app: Flask, project: Project, by: Person, **options: Any) -> tuple[bytes, Any]:
    settings: Settings = app.extensions["ninefold"]
    row = actions.build_report(
        project=project, key="audit_report", language=options.pop("language", "en"), home=settings.home, keys=settings.keys,
        by=by, organisation="Nordpont", options=Options(file_format=FileFormat.DOCX, **options),
    )
    return actions.read_built(row, home=settings.home), row


def words(document: Document) -> str:
    return "\n".join(each.text or "" for each in document.element.body.iter(qn("w:t")))


def test_an_audit_report_is_a_word_document_with_headings_tables_and_properties(app: Flask, project: Project, lead: Person) -> None:
    data, row = built(app, project, lead)
    document = library.Document(io.BytesIO(data))
    titles = [each.text for each in document.paragraphs if each.style is not None and each.style.name == "Heading 1"]
    assert titles[:3] == ["1 Summary", "2 Objectives, scope and criteria", "3 Client, team and participants"]
    assert titles[-1] == "D Records of the steps"
    said = words(document)
    assert [line for line in said.splitlines() if "7*7" in line] == [NOTE.replace("\ue000", "\ufffd").replace("\ue001", "\ufffd")]
    heads = [table.rows[0] for table in document.tables if table._tbl.tblPr.xpath("w:tblLook[@w:firstRow='1']")]
    assert {len(each._tr.xpath("w:trPr/w:tblHeader")) for each in heads} == {1}
    assert [each.text for each in document.element.body.iter(qn("w:instrText"))] == [' TOC \\o "1-2" \\h \\z \\u ']
    assert document.settings.element.xpath("w:updateFields/@w:val") == ["true"]
    shapes = [(each.page_width or 0) > (each.page_height or 0) for each in document.sections]
    assert (shapes[0], True in shapes) == (False, True)
    assert document.sections[0].header.paragraphs[0].text == "INV-1 · Audit report · confidential"
    core = document.core_properties
    assert (core.title, core.author, core.keywords, core.language) == ("Audit report INV-1", "Nordpont", "INV-1", "en")
    assert (row.media_type, row.filename) == (docx.MEDIA_TYPE, f"INV-1-audit-report-en-{row.checkpoint_size}.docx")
    assert core.created == core.modified
    assert "{{" not in said.replace(NOTE[:9], "")


def test_the_same_data_give_the_same_bytes_and_a_lower_level_names_nobody(app: Flask, project: Project, lead: Person) -> None:
    wish = {"confidentiality": Confidentiality.PUBLIC, "language": "fr"}
    first, second = built(app, project, lead, **wish), built(app, project, lead, **wish)
    assert first[1].sha256 == second[1].sha256
    with zipfile.ZipFile(io.BytesIO(first[0])) as archive:
        assert {each.date_time for each in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        text = "".join(archive.read(name).decode() for name in archive.namelist() if name.endswith(".xml"))
    assert ("Ada" in text, "Martin" in text, "Synthèse" in text) == (False, False, True)


def test_our_template_is_what_its_script_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "ours.docx"
    monkeypatch.setattr("sys.argv", ["word_template.py", str(file)])
    word_template.main()
    with zipfile.ZipFile(file) as made, zipfile.ZipFile(docx.TEMPLATE) as kept:
        assert {name: made.read(name) for name in made.namelist()} == {name: kept.read(name) for name in kept.namelist()}


def a_template(*paragraphs: str) -> bytes:
    document = library.Document()
    for each in paragraphs:
        document.add_paragraph(each)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def tried(data: bytes, logo: bytes = b"") -> Document:
    """What the child makes of the sample with a template, without its limits."""
    files = {"template": base64.b64encode(data).decode(), "logo": base64.b64encode(logo).decode()}
    return library.Document(io.BytesIO(docx_child.written({**docx.SAMPLE, **files})))


def test_a_template_of_a_few_words_is_enough() -> None:
    made = tried(a_template("{{ project.name }} of {{ organisation }}", "{{ body }}"))
    assert [each.text for each in made.paragraphs if each.text] == [
        "Project of Company", "1 Section", "Heading", "Text & <signs>", "Item", "2 Table",
    ]
    assert [[cell.text for cell in row.cells] for row in made.tables[0].rows] == [["Cell", "2"]]


def plain(*lines: str, keeps: tuple[str, ...] = (), ids: tuple[tuple[str, str], ...] = ()) -> bytes:
    """A template as Word writes a new document: only the styles that were used, under the ids of its language."""
    made = library.Document(io.BytesIO(a_template(*lines)))
    styles = made.styles.element
    for each in styles.findall(qn("w:style")):
        name = each.find(qn("w:name")).get(qn("w:val"))
        if name not in ("Normal", "Default Paragraph Font", "No List", "Normal Table", *keeps):
            styles.remove(each)
        each.set(qn("w:styleId"), dict(ids).get(name, each.get(qn("w:styleId"))))
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize(("keeps", "ids", "first", "grid"), [
    ((), (), "heading1", "TableGrid"),
    (("heading 1",), (("heading 1", "Titre1"), ("Normal", "Standard1")), "Titre1", "TableGrid"),
    (("heading 1", "Table Grid"), (("heading 1", "berschrift1"), ("Table Grid", "Raster")), "berschrift1", "Raster"),
])
def test_a_template_without_our_styles_gets_headings_and_lines(
    keeps: tuple[str, ...], ids: tuple[tuple[str, str], ...], first: str, grid: str
) -> None:
    made = tried(plain("{{ body }}", keeps=keeps, ids=ids))
    styles = {each.get(qn("w:styleId")): each for each in made.styles.element.findall(qn("w:style"))}
    used = [each.find(f"{qn('w:pPr')}/{qn('w:pStyle')}") for each in made.element.body.findall(qn("w:p"))]
    titles = [each.get(qn("w:val")) for each in used if each is not None]
    assert titles[0] == first
    levels = [each.find(f"{qn('w:pPr')}/{qn('w:outlineLvl')}") for each in (styles["heading2"], styles["heading3"])]
    assert [each.get(qn("w:val")) for each in levels] == ["1", "2"]
    assert made.tables[0]._tbl.tblPr.find(qn("w:tblStyle")).get(qn("w:val")) == grid
    assert styles[grid].find(f"{qn('w:tblPr')}/{qn('w:tblBorders')}") is not None
    assert {styles[each].find(qn("w:basedOn")).get(qn("w:val")) for each in ("heading2", "NinefoldCell")} < styles.keys()


def test_letters_are_smaller_where_a_table_has_many_columns() -> None:
    def sizes(count: int) -> set[str]:
        cells = [{"runs": [["Unentitled", ""]], "span": 1, "rows": 1, "num": False, "head": False} for _each in range(count)]
        row = {"cells": cells, "look": ""}
        block = {"kind": "table", "heads": [row], "rows": [row], "widths": [], "caption": ""}
        paper = word_body.Paper({}, library.Document().element.body.sectPr)
        return {each.get(qn("w:val")) for made in word_body.body(paper, [block], may_turn=False) for each in made.iter(qn("w:sz"))}

    assert ("13" in sizes(word_body.MANY), "13" in sizes(word_body.MANY + 1)) == (False, True)


def test_a_company_template_keeps_its_marks_gets_a_language_and_a_logo_that_is_described() -> None:
    def bare(part: bytes) -> bytes:
        return re.sub(rb"<w:lang [^>]*/>", b"", part)

    def marked(part: bytes) -> bytes:
        mark = b'<w:p><w:bookmarkStart w:id="7" w:name="own"/><w:bookmarkEnd w:id="7"/></w:p>'
        return part.replace(b"<w:sectPr", mark + b"<w:sectPr", 1)

    own = changed(changed(a_template("{{ logo }}", "{{ body }}"), "word/styles.xml", bare), "word/document.xml", marked)
    made = tried(own, a_png())
    marks = [each.get(qn("w:id")) for each in made.element.body.iter(qn("w:bookmarkStart"))]
    assert ("7" in marks, len(marks)) == (True, len(set(marks)))
    assert {each.get(qn("w:val")) for each in made.styles.element.iter(qn("w:lang"))} == {"en-GB"}
    assert [each.get("descr") for each in made.element.body.iter(qn("wp:docPr"))] == ["Company"]


@pytest.mark.parametrize(("tag", "said"), [
    ("{{ projet.name }}", "'projet' is undefined"),
    ("{{ project.nmae }}", "'dict object' has no attribute 'nmae'"),
    ("{% for section in sections %}", "Unexpected end of template"),
    ("{{ project.name", "expected token 'end of print statement'"),
    ("{{ ''.__class__.__mro__ }}", "access to attribute '__class__' of 'str' object is unsafe"),
    ("{{ organisation.format.__globals__ }}", "unsafe"),
    ("{{ '{0.__class__}'.format(organisation) }}", "unsafe"),
    ("{{ cycler }}", "'cycler' is undefined"),
    ("{{ range(9) }}", "'range' is undefined"),
    ("{{ organisation|attr('upper') }}", "No filter named 'attr'"),
    ("{% include 'x' %}", "no loader"),
    ("{{ project.update({}) }}", "unsafe"),
    ("{{ 1 // 0 }}", "by zero"),
    ("{% autoescape false %}{{ '<w:p/>' }}{% endautoescape %}", "autoescape cannot be changed"),
])
def test_a_tag_that_cannot_be_filled_is_named(tag: str, said: str) -> None:
    with pytest.raises(docx_child.Refused) as refused:
        tried(a_template("Title", tag, "{{ body }}"))
    assert said.lower() in str(refused.value).lower()
    assert refused.value.where.startswith("word/document.xml")


def test_a_template_without_a_place_or_with_crossing_tags_is_refused() -> None:
    with pytest.raises(docx_child.Refused, match="placeless"):
        tried(a_template("Title"))
    document = library.Document(io.BytesIO(a_template("{{ body }}")))
    document.add_table(1, 1).cell(0, 0).text = "{% for each in sections %} x"
    document.add_paragraph("{% endfor %}")
    stream = io.BytesIO()
    document.save(stream)
    with pytest.raises(docx_child.Refused, match="crossed"):
        tried(stream.getvalue())


def changed(data: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w") as new:
        for each in dict.fromkeys([*old.namelist(), name]):
            body = old.read(each) if each in old.namelist() else b""
            new.writestr(each, change(body) if each == name else body)
    return stream.getvalue()


RELATION = (b'<Relationship Id="x1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate" '
            b'Target="https://example.test/t.dotm" TargetMode="External"/></Relationships>')


@pytest.mark.parametrize(("data", "said"), [
    (b"%PDF-1.7", "by its content this file is none"),
    (b"PK\x03\x04" + b"0" * docx.LARGEST, "larger than 5 MB"),
    (changed(a_template("{{ body }}"), "word/vbaProject.bin", lambda body: b"x"), ""),
    (changed(a_template("{{ body }}"), "word/embeddings/a.xlsx", lambda body: b"x"), "word/embeddings/a.xlsx"),
    (changed(a_template("{{ body }}"), "word/_rels/document.xml.rels",
             lambda body: body.replace(b"</Relationships>", RELATION)), "https://example.test/t.dotm (attachedTemplate"),
    (changed(a_template("{{ body }}"), "word/document.xml", lambda body: body.replace(
        b"<w:r>", b'<w:r><w:instrText> INCLUDEPICTURE "http://x" </w:instrText></w:r><w:r>', 1)), "INCLUDEPICTURE"),
    (changed(a_template("{{ body }}"), "word/document.xml", lambda body: body.replace(
        b"<w:document", b'<!DOCTYPE a [<!ENTITY b "c">]><w:document', 1)), "document type"),
])
def test_a_template_that_runs_or_reaches_elsewhere_is_refused(app: Flask, data: bytes, said: str) -> None:
    with pytest.raises(BadValue) as refused:
        docx.check_template(data)
    assert (refused.value.field, said in refused.value.message) == ("word_template", True)


def test_a_template_that_does_not_end_is_ended(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docx, "TRIAL", pdf.Limits(memory_mb=512, cpu_seconds=3, wall_seconds=20))
    loops = "".join(f"{{% for a{number} in 'aaaaaaaaaa'*9 %}}" for number in range(9))
    with pytest.raises(BadValue, match="too much memory or computing"):
        docx.check_template(a_template(loops + "x" + "{% endfor %}" * 9, "{{ body }}"))


def test_the_company_template_is_kept_used_and_taken_away(app: Flask, client: Inspector, project: Project, lead: Person) -> None:
    admin = a_person(role=Role.ADMIN)
    settings: Settings = app.extensions["ninefold"]
    wrong = {"word_template": (io.BytesIO(a_template("{{ projet }}")), "t.docx"), "accent": "#14595a"}
    client.sign_in(admin)
    refused = client.post("/letterhead", data={**client.keys("/letterhead"), **wrong})
    assert "{{ projet }}" in refused.get_data(as_text=True)
    assert queries.word_template(settings.home) == b""
    own = a_template("Ours: {{ project.key }}", "{{ body }}")
    sent = {"word_template": (io.BytesIO(own), "t.docx"), "accent": "#14595a"}
    assert client.post("/letterhead", data={**client.keys("/letterhead"), **sent}).status_code == 303
    assert queries.word_template(settings.home) == own
    data, _row = built(app, project, lead)
    assert library.Document(io.BytesIO(data)).paragraphs[0].text == "Ours: INV-1"
    actions.set_word_template(data=b"", home=settings.home, by=admin)
    assert queries.word_template(settings.home) == b""


def test_blocks_keep_order_marks_and_spans() -> None:
    page = (
        '<html lang="fr"><head><title>T</title><meta name="author" content="N"></head><body><section class="cover"><p '
        'class="cover-title">P</p></section><main><section><h1 id="a"><span class="number">1</span> One</h1><p>A <strong>b</strong>'
        '<br>c</p><ol><li>x</li><li>y</li></ol></section><section class="wide"><table class="grid"><colgroup><col class="w20">'
        '<col class="w80"></colgroup><thead><tr><th scope="col">H</th><th scope="col" class="num">N</th></tr></thead><tbody><tr>'
        '<td colspan="2">z</td></tr></tbody></table></section></main></body></html>'
    )
    told = blocks.told(page)
    (section,) = told.sections
    assert (told.title, told.language, told.cover, section["number"], section["title"]) == ("T", "fr", {"title": "P"}, "1", "One")
    assert [each["kind"] for each in section["blocks"]] == ["text", "item", "item", "turn", "table"]
    assert section["blocks"][0]["runs"] == [["A ", ""], ["b", "b"], ["\n", ""], ["c", ""]]
    assert [each["number"] for each in section["blocks"][1:3]] == ["1", "2"]
    table = section["blocks"][4]
    assert (table["widths"], table["heads"][0]["cells"][1]["num"], table["rows"][0]["cells"][0]["span"]) == ([20, 80], True, 2)


def test_what_a_template_is_refused_for_is_said_in_the_language_of_who_sends_it(app: Flask) -> None:
    with app.test_request_context(), force_locale("fr"), pytest.raises(BadValue) as refused:
        docx.check_template(a_template("Titre"))
    assert "il n’a pas de place pour le rapport" in refused.value.message


def elements(blocks: list[dict[str, Any]]) -> list[Any]:
    """The elements of some blocks on our paper."""
    document = library.Document(io.BytesIO(docx.TEMPLATE.read_bytes()))
    styles = {each.name: each.style_id for each in document.styles}
    return word_body.body(word_body.Paper(styles, document.element.body.sectPr), blocks, may_turn=False)


def a_cell(text: str, span: int = 1, rows: int = 1) -> dict[str, Any]:
    return {"runs": [[text, ""]], "span": span, "rows": rows, "num": False, "head": False}


def a_table(rows: list[list[dict[str, Any]]]) -> dict[str, Any]:
    told = [{"look": "", "cells": cells} for cells in rows]
    return {"kind": "table", "widths": [], "heads": [], "look": "", "caption": "", "ids": [], "rows": told}


def test_a_cell_over_rows_and_columns_goes_on_as_wide_as_it_began() -> None:
    made = elements([a_table([[a_cell("a", span=2, rows=3), a_cell("b")], [a_cell("c")], [a_cell("d")]])])[0]
    spans = [
        [tuple(each.find(f".//{qn(name)}") is not None for name in ("w:gridSpan", "w:vMerge")) for each in row.iter(qn("w:tc"))]
        for row in made.iter(qn("w:tr"))
    ]
    assert spans == [[(True, True), (False, False)]] * 3


def test_headings_and_the_words_above_a_table_stay_with_its_first_rows() -> None:
    heading = {"kind": "heading", "level": 2, "runs": [["Answers", ""]], "ids": []}
    words = {"kind": "text", "runs": [["What was asked.", ""]], "look": "", "ids": []}
    first, second, table, after, last = elements([heading, words, a_table([[a_cell(each)] for each in "abcde"]), words])
    kept = [row.find(f".//{qn('w:keepNext')}") is not None for row in table.iter(qn("w:tr"))]
    assert kept == [True, True, True, True, False]
    assert [each.find(f".//{qn('w:keepNext')}") is not None for each in (first, second, after, last)] == [True, True, False, False]


def with_field(pieces: str) -> bytes:
    return changed(a_template("{{ body }}"), "word/document.xml", lambda body: body.replace(b"<w:r>", f"{pieces}<w:r>".encode(), 1))


WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


@pytest.mark.parametrize("pieces", [
    "<w:r><w:instrText>&#73;NCLUDEPICTURE x</w:instrText></w:r>",
    "<w:r><w:instrText>IN</w:instrText></w:r><w:r><w:instrText>CLUDEPICTURE x</w:instrText></w:r>",
    "<w:r><w:instrText>INCLUDE<!-- -->PICTURE x</w:instrText></w:r>",
    "<w:fldSimple w:instr='INCLUDEPICTURE x'/>",
    f'<q:r xmlns:q="{WORD}"><q:instrText>INCLUDEPICTURE x</q:instrText></q:r>',
])
def test_a_field_is_read_as_word_reads_it(app: Flask, pieces: str) -> None:
    with pytest.raises(BadValue, match="INCLUDEPICTURE"):
        docx.check_template(with_field(pieces))


def test_a_field_that_a_tag_would_write_is_refused(app: Flask) -> None:
    with pytest.raises(BadValue, match="a tag within a field"):
        docx.check_template(with_field("<w:r><w:instrText>{{ 'IN' ~ 'CLUDEPICTURE' }} x</w:instrText></w:r>"))


def test_a_template_whose_pages_lie_has_tables_over_their_whole_width() -> None:
    document = library.Document(io.BytesIO(a_template("{{ body }}")))
    section = document.sections[0]
    section.page_width, section.page_height = section.page_height, section.page_width
    stream = io.BytesIO()
    document.save(stream)
    made = tried(stream.getvalue())
    text = (section.page_width or 0) - (section.left_margin or 0) - (section.right_margin or 0)
    assert len(made.sections) == 1
    assert int(made.tables[0]._tbl.xpath("w:tblPr/w:tblW/@w:w")[0]) == text // 635


def test_pages_are_turned_for_tables_only() -> None:
    bare = "<section class='wide'><h1 id='a'>A</h1><p>Nothing.</p></section>"
    wide = "<section class='wide'><h1 id='b'>B</h1><table><tr><td>x</td></tr></table></section>"
    told = blocks.told(f"<html><body><main>{bare}{wide}{bare}</main></body></html>")
    assert [each["wide"] for each in told.sections] == [False, True, True]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_line_of_a_checklist_and_every_finding_is_in_the_document(app: Flask, language: str) -> None:
    by = a_person(role=Role.QUALITY_LEAD)
    project = a_project(by=by, key="INV-2")
    a_member(project, by)
    for pack in ("iso9001_2015", "lifecycle_gates"):
        a_checklist(project, by=by, pack=pack)
    found = a_finding(project, by=by)
    data, _row = built(app, project, by, language=language)
    said = words(library.Document(io.BytesIO(data)))
    wanted = [item.key for each in checklists_of_project(project.id) for item in each.pack.items] + [f"F-{found.number}"]
    assert [each for each in wanted if not re.search(rf"(?<![\w.]){re.escape(each)}(?![\w.])", said)] == []
    assert len(wanted) > 200
