"""Styles that a report needs and a company's template may lack: Word writes only those into a file that were used in it.

What is added stands on the template's own text, so that its font stays; what the template has is never changed. It runs in the
child of docx.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn

_HEADING = (
    '<w:next w:val="{normal}"/><w:uiPriority w:val="9"/><w:qFormat/><w:pPr><w:keepNext/><w:keepLines/>'
    '<w:spacing w:before="{before}" w:after="120"/><w:outlineLvl w:val="{level}"/></w:pPr>'
    '<w:rPr><w:b/><w:sz w:val="{size}"/></w:rPr>'
)
_HEADINGS = {
    f"heading {level + 1}": _HEADING.replace("{level}", str(level)).replace("{size}", size).replace("{before}", before)
    for level, (size, before) in enumerate((("32", "360"), ("26", "280"), ("22", "200"), ("20", "160")))
}
_CELL = (
    '<w:pPr><w:spacing w:before="30" w:after="30" w:line="240" w:lineRule="auto"/></w:pPr>'
    '<w:rPr>{bold}<w:sz w:val="16"/></w:rPr>'
)
# By name: what a paragraph looks like beyond the template's usual text.
PARAGRAPHS: Mapping[str, str] = {
    **_HEADINGS,
    "caption": '<w:pPr><w:keepNext/><w:spacing w:before="120" w:after="60"/></w:pPr><w:rPr><w:b/><w:sz w:val="18"/></w:rPr>',
    "Ninefold Cell": _CELL.replace("{bold}", ""),
    "Ninefold Head": _CELL.replace("{bold}", "<w:b/>"),
    "Ninefold Key": (
        '<w:pPr><w:shd w:val="clear" w:color="auto" w:fill="F2F2F2"/><w:spacing w:before="60" w:after="60"/></w:pPr>'
    ),
    "Ninefold Label": '<w:pPr><w:keepNext/><w:spacing w:before="120" w:after="60"/></w:pPr><w:rPr><w:b/></w:rPr>',
    "Ninefold Note": '<w:pPr><w:spacing w:before="40" w:after="80"/></w:pPr><w:rPr><w:sz w:val="17"/></w:rPr>',
    "Ninefold Code": '<w:rPr><w:rFonts w:ascii="Consolas" w:hAnsi="Consolas" w:cs="Consolas"/><w:sz w:val="16"/></w:rPr>',
}
_LINES = "".join(
    f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="A6A6A6"/>'
    for side in ("top", "left", "bottom", "right", "insideH", "insideV")
)
_GRID = (
    '<w:tblPr><w:tblBorders>' + _LINES + '</w:tblBorders><w:tblCellMar><w:left w:w="85" w:type="dxa"/>'
    '<w:right w:w="85" w:type="dxa"/></w:tblCellMar></w:tblPr><w:tblStylePr w:type="firstRow"><w:tcPr>'
    '<w:shd w:val="clear" w:color="auto" w:fill="E7E6E6"/></w:tcPr></w:tblStylePr>'
)
# Where the template has one of these, it is taken instead (word_body.STYLES).
INSTEAD: Mapping[str, frozenset[str]] = {
    "Ninefold Code": frozenset({"html preformatted"}), "Ninefold Key": frozenset({"intense quote"}),
}


def complete(styles: Any) -> None:
    """Add to the styles of a document (its `w:styles`) what is missing."""
    known = {_name(each).casefold() for each in styles.findall(qn("w:style"))}
    taken = {each.get(qn("w:styleId"), "") for each in styles.findall(qn("w:style"))}
    normal = next((each.get(qn("w:styleId"), "") for each in styles.findall(qn("w:style")) if _is_usual(each)), "")
    for name, look in PARAGRAPHS.items():
        if name.casefold() not in known and not INSTEAD.get(name, frozenset()) & known:
            styles.append(_made("paragraph", name, look.replace("{normal}", normal), normal, taken))
    if not known & {"ninefold table", "table grid"}:
        styles.append(_made("table", "Table Grid", _GRID, "", taken))


def _name(style: Any) -> str:
    found = style.find(qn("w:name"))
    return "" if found is None else str(found.get(qn("w:val"), ""))


def _is_usual(style: Any) -> bool:
    """Whether it is what a paragraph looks like that names no style."""
    return style.get(qn("w:type")) == "paragraph" and style.get(qn("w:default")) in ("1", "true", "on")


def _made(kind: str, name: str, look: str, normal: str, taken: set[str]) -> Any:
    number = next(each for each in ("", *map(str, range(1, 1000))) if f"{name.replace(' ', '')}{each}" not in taken)
    key = f"{name.replace(' ', '')}{number}"
    taken.add(key)
    above = f'<w:basedOn w:val="{normal}"/>' if normal else ""
    if not normal:
        look = look.replace('<w:next w:val=""/>', "")
    return parse_xml(
        f'<w:style {nsdecls("w")} w:type="{kind}" w:styleId="{key}"><w:name w:val="{name}"/>{above}{look}</w:style>'
    )
