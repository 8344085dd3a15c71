"""What an import says about the things it did not take over, or took over changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

FORMATS = {
    "toml": "pack.toml",
    "xlsx": _l("workbook (.xlsx)"),
    "ciso": _l("CISO Assistant library"),
    "oscal": "OSCAL",
}
REMARKS = {
    "alter": _l("alterations of a profile, since the texts of the imported catalogue are whole already"),
    "crosswalk_rows": _l("rows of the sheet “crosswalks”, which is for reading"),
    "field": _l("fields that a pack has no place for"),
    "foreign_text": _l("texts in neither English nor French; they stand where English would stand"),
    "group_description": _l("descriptions of implementation groups; their names are kept"),
    "language": _l("translations into languages that packs do not speak"),
    "link": _l("controls with links to other controls or documents; the links are left out"),
    "link_twice": _l("links that stand twice"),
    "mapping_backwards": _l(
        "mappings that say another one of the file backwards; links are read in both directions anyway"
    ),
    "mapping_waits": _l("mappings whose other pack is not here; import that pack, then this file again"),
    "measure": _l(
        "reference controls as records of their own; their names stand in the guidance of what refers to them"
    ),
    "merge_custom": _l("own arrangements of controls in a profile; the groups of the catalogue are kept"),
    "no_clause": _l("ends of links that are no clause of their pack"),
    "object": _l("other objects of the library"),
    "prop": _l("properties of controls"),
    "ref_changed": _l(
        "numbers written otherwise, since a number has no spaces and at most 34 signs; the title keeps the original"
    ),
    "resource": _l("documents named in the back matter"),
    "score": _l("scores; the seven answers are used instead"),
    "set_parameter": _l("parameters set by a profile, since the texts of the imported catalogue are whole already"),
    "sheet": _l("sheets that do not belong to a pack"),
    "unknown_control": _l("controls that the catalogue does not have"),
    "unknown_param": _l("parameters that the catalogue does not have"),
    "unknown_part": _l("parts that a profile alters and the catalogue does not have"),
    "version_changed": _l("versions written otherwise, since a version is numbers with dots between them"),
    "withdrawn": _l("withdrawn controls"),
}


def said(remark: Mapping[str, Any]) -> str:
    """One remark as a line: how many, what, examples."""
    what = REMARKS.get(str(remark["code"]), str(remark["code"]))
    examples = ", ".join(str(each) for each in remark.get("examples", ()))
    if examples:
        return str(
            _("%(count)s × %(what)s, such as: %(examples)s", count=remark["count"], what=what, examples=examples)
        )
    return f"{remark['count']} × {what}"
