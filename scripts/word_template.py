"""Writes templates/reports/word/audit_report.docx anew: the Word template of reports, told here so that it can be read.

    PYTHONPATH=. .venv/bin/python scripts/word_template.py [FILE]

The same script gives the same bytes. A company may take the file as the beginning of its own (docs/formats/word-template.md).
"""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor

from workbench.reports.formats.docx_child import repacked

FONT, DARK, ACCENT, GREY = "Calibri", RGBColor(0x14, 0x19, 0x1B), RGBColor(0x14, 0x59, 0x5A), RGBColor(0x54, 0x5E, 0x65)
MOMENT = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)
TABLE_STYLE = f"""<w:style {nsdecls('w')} w:type="table" w:customStyle="1" w:styleId="NinefoldTable">
<w:name w:val="Ninefold Table"/><w:basedOn w:val="TableNormal"/><w:uiPriority w:val="59"/><w:qFormat/>
<w:tblPr><w:tblStyleRowBandSize w:val="1"/><w:tblBorders><w:top w:val="single" w:sz="6" w:color="14595A"/>
<w:bottom w:val="single" w:sz="6" w:color="14595A"/><w:insideH w:val="single" w:sz="4" w:color="C9D3D1"/></w:tblBorders>
<w:tblCellMar><w:top w:w="40" w:type="dxa"/><w:left w:w="70" w:type="dxa"/><w:bottom w:w="40" w:type="dxa"/>
<w:right w:w="70" w:type="dxa"/></w:tblCellMar></w:tblPr>
<w:tblStylePr w:type="firstRow"><w:rPr><w:b/></w:rPr><w:tcPr><w:tcBorders><w:bottom w:val="single" w:sz="8" w:color="14595A"/>
</w:tcBorders><w:shd w:val="clear" w:color="auto" w:fill="E3EBE8"/></w:tcPr></w:tblStylePr></w:style>"""


def main() -> None:
    """Write the template."""
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("templates/reports/word/audit_report.docx")
    document = Document()
    _styles(document)
    _page(document)
    _cover(document)
    _contents(document)
    _sections(document)
    core = document.core_properties
    core.title = core.subject = core.comments = ""
    core.author = core.last_modified_by = "Ninefold"
    core.created = core.modified = MOMENT
    core.revision = 1
    settings = document.settings.element
    settings.find(qn("w:compat")).addprevious(_element("w:updateFields", val="true"))  # the schema fixes the order
    stream = io.BytesIO()
    document.save(stream)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(repacked(stream.getvalue()))


def _styles(document: Any) -> None:
    styles = document.styles
    _font(styles["Normal"], 10, DARK)
    styles["Normal"].paragraph_format.space_after = Pt(4)
    for number, size in ((1, 17), (2, 13), (3, 11), (4, 10)):
        style = styles[f"Heading {number}"]
        _font(style, size, ACCENT if number < 3 else DARK, bold=True)
        style.paragraph_format.space_before, style.paragraph_format.space_after = Pt((22, 14, 10, 8)[number - 1]), Pt(4)
        style.paragraph_format.keep_with_next = True
    for name, size, colour in (("Title", 28, ACCENT), ("Subtitle", 16, DARK), ("Caption", 9, GREY), ("List Bullet", 10, DARK)):
        _font(styles[name], size, colour)
    for border in styles["Title"].element.iter(qn("w:pBdr")):
        border.getparent().remove(border)
    _own(styles, "Ninefold Cell", 8.5, DARK, after=0)
    _own(styles, "Ninefold Head", 8.5, DARK, after=0, bold=True)
    _own(styles, "Ninefold Note", 9, GREY, after=4)
    _own(styles, "Ninefold Label", 10, DARK, after=2, bold=True)
    _own(styles, "Ninefold Code", 8, DARK, after=4).font.name = "Consolas"
    key = _own(styles, "Ninefold Key", 10.5, DARK, after=4)
    key.paragraph_format.left_indent = Mm(3)
    border = f'<w:pBdr {nsdecls("w")}><w:left w:val="single" w:sz="24" w:space="8" w:color="14595A"/></w:pBdr>'
    key.element.get_or_add_pPr().find(qn("w:spacing")).addprevious(parse_xml(border))  # the schema fixes the order
    for number in (1, 2):
        toc = _own(styles, f"toc {number}", 10, DARK, after=2)
        toc.paragraph_format.left_indent = Mm(5 * (number - 1))
    styles.element.append(parse_xml(TABLE_STYLE))


def _font(style: Any, size: float, colour: RGBColor, *, bold: bool = False) -> None:
    style.font.name, style.font.size, style.font.bold, style.font.italic = FONT, Pt(size), bold, False
    style.font.color.rgb = colour
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for name in [name for name in fonts.attrib if "Theme" in name or "theme" in name]:
        del fonts.attrib[name]
    for name in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
        fonts.set(qn(name), FONT)


def _own(styles: Any, name: str, size: float, colour: RGBColor, *, after: float, bold: bool = False) -> Any:
    style = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    style.base_style = styles["Normal"]
    _font(style, size, colour, bold=bold)
    style.paragraph_format.space_after = Pt(after)
    return style


def _page(document: Any) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(20)
    section.top_margin, section.bottom_margin = Mm(24), Mm(22)
    section.header_distance = section.footer_distance = Mm(11)
    section.different_first_page_header_footer = True
    head = section.header.paragraphs[0]
    head.style = document.styles["Ninefold Note"]
    head.add_run("{{ project.key }} · {{ report.title }} · {{ mark }}")
    foot = section.footer.paragraphs[0]
    foot.style = document.styles["Ninefold Note"]
    foot.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    foot.paragraph_format.tab_stops.add_tab_stop(Mm(170), WD_TAB_ALIGNMENT.RIGHT)
    foot.add_run("{{ organisation }} · {{ words.page }} ")
    _field(foot, "PAGE", "1")
    foot.add_run(" {{ words.of }} ")
    _field(foot, "NUMPAGES", "1")


def _field(paragraph: Any, instruction: str, shown: str) -> None:
    for kind in ("begin", "", "separate", shown, "end"):
        run = paragraph.add_run()
        if kind in ("begin", "separate", "end"):
            run._r.append(_element("w:fldChar", fldCharType=kind))
        elif kind == shown:
            run.text = shown
        else:
            run._r.append(_instruction(instruction))


def _cover(document: Any) -> None:
    document.add_paragraph("{{ logo }}")
    organisation = document.add_paragraph("{{ organisation }}")
    organisation.runs[0].bold = True
    document.add_paragraph("{{ address }}", style="Ninefold Note")
    title = document.add_paragraph("{{ report.title }}", style="Title")
    title.paragraph_format.space_before = Mm(40)
    document.add_paragraph("{{ project.name }}", style="Subtitle")
    document.add_paragraph("{{ mark }}", style="Ninefold Label").paragraph_format.space_after = Mm(12)
    _facts(document, "cover")
    document.add_paragraph().paragraph_format.space_after = Pt(2)
    _facts(document, "seal")
    document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)


def _facts(document: Any, name: str) -> None:
    table = document.add_table(rows=3, cols=2)
    table.style = document.styles["Ninefold Table"]
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.LEFT, False
    for column, width in zip(table.columns, (42, 128), strict=True):
        column.width = Mm(width)
    for row in table.rows:
        row.cells[0].width, row.cells[1].width = Mm(42), Mm(128)
    for cell, text in (((0, 0), f"{{%tr for row in {name} %}}"), ((1, 0), "{{ row.label }}"), ((1, 1), "{{ row.text }}"),
                       ((2, 0), "{%tr endfor %}")):
        paragraph = table.cell(*cell).paragraphs[0]
        paragraph.text, paragraph.style = text, document.styles["Ninefold Head" if cell == (1, 0) else "Ninefold Cell"]
    for each in table._tbl.iter(qn("w:tblLook")):
        each.set(qn("w:firstRow"), "0")
        each.set(qn("w:val"), "0400")


def _contents(document: Any) -> None:
    """A field that Word brings up to date when the document is opened; until then it lists the sections."""
    document.add_paragraph("{{ words.contents }}", style="Ninefold Label").runs[0].font.size = Pt(17)
    begin = document.add_paragraph(style="Ninefold Note")
    run = begin.add_run()
    run._r.append(_element("w:fldChar", fldCharType="begin", dirty="true"))
    begin.add_run()._r.append(_instruction('TOC \\o "1-2" \\h \\z \\u'))
    begin.add_run()._r.append(_element("w:fldChar", fldCharType="separate"))
    begin.add_run("{{ words.later }}")
    document.add_paragraph("{%p for section in sections %}")
    document.add_paragraph("{{ section.number }}  {{ section.title }}", style="toc 1")
    document.add_paragraph("{%p endfor %}")
    end = document.add_paragraph()
    end.add_run()._r.append(_element("w:fldChar", fldCharType="end"))
    end.add_run().add_break(WD_BREAK.PAGE)


def _sections(document: Any) -> None:
    document.add_paragraph("{%p for section in sections %}")
    document.add_paragraph("{{ section.number }} {{ section.title }}", style="Heading 1")
    document.add_paragraph("{{ section.body }}")
    document.add_paragraph("{%p endfor %}")


def _instruction(text: str) -> Any:
    made = OxmlElement("w:instrText")
    made.set(qn("xml:space"), "preserve")
    made.text = f" {text} "
    return made


def _element(name: str, **facts: str) -> Any:
    made = OxmlElement(name)
    for key, value in facts.items():
        made.set(qn(f"w:{key}"), value)
    return made


if __name__ == "__main__":
    main()
