"""What may be typed about packs of our own, and the words for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Regexp

from workbench.checklists.library import CLAUSE_KINDS, DOCUMENTED_INFORMATION
from workbench.registers.forms import choice, several
from workbench.standards.formats import wording
from workbench.standards.rules import Origin, Part, Table
from workbench.web.forms import Form, line, text

ORIGINS = {
    Origin.SHIPPED: _l("comes with the program"), Origin.MADE: _l("made here"), Origin.ADAPTED: _l("adapted"),
    Origin.IMPORTED: _l("imported"),
}
STRENGTHS = {
    "identical": _l("identical"), "equivalent": _l("equivalent"), "direct": _l("direct"), "partial": _l("partial"),
    "weak": _l("weak"),
}
LOOKS = {"identical": "pass", "equivalent": "pass", "direct": "pass", "partial": "partly", "weak": "open"}
LANGUAGES = {"en": _l("English"), "fr": _l("French")}
WORDINGS = {"own": _l("our own words"), "others": _l("the words of others, named in the notice")}
KINDS = {
    "chapter": _l("chapter"), "clause": _l("clause"), "theme": _l("theme"), "control": _l("control"),
    "group": _l("group"), "practice": _l("practice"), "domain": _l("domain"), "objective": _l("objective"),
    "element": _l("element"), "principle": _l("principle"), "level": _l("level"),
}
DOCUMENTED = {
    "none": _l("nothing asked"), "maintain": _l("kept up to date"), "retain": _l("kept as a record"),
    "maintain_and_retain": _l("kept up to date and as a record"), "available": _l("available"),
    "as_determined": _l("as the firm decides"), "control": _l("controlled"), "amend": _l("amended"),
    "consider": _l("considered"),
}
PARTS = {Part.CLAUSES: _l("Clauses"), Part.ITEMS: _l("Questions")}
ONE = {Part.CLAUSES: _l("Clause"), Part.ITEMS: _l("Question")}
SHORT = 300


class NewDraft(Form):
    """How a pack of our own begins."""

    pack_id = line(
        _l("Short name"), DataRequired(), Regexp(r"[a-z][a-z0-9_]*\Z", message=_l("Use small letters, digits and _.")),
        maximum=60, description=_l("Small letters, digits and _, such as our_supplier_rules. It stays for good."),
    )  # fmt: skip
    title_en = line(_l("Title in English"), maximum=SHORT)
    title_fr = line(_l("Title in French"), maximum=SHORT)
    from_pack = SelectField(_l("Adapted from"))

    def offer(self, packs: Sequence[tuple[str, str]]) -> NewDraft:
        """Fill the list of packs to adapt."""
        self.from_pack.choices = [SelectChoice("", _("none: begin empty")), *(SelectChoice(*each) for each in packs)]
        return self


class Head(Form):
    """What a pack says about itself."""

    title_en = line(_l("Title in English"), maximum=SHORT)
    title_fr = line(_l("Title in French"), maximum=SHORT)
    edition = line(
        _l("Edition"), DataRequired(), maximum=100, description=_l("Of the standard or document asked about, such as 2022.")
    )
    languages = several(_l("Languages"), LANGUAGES, validators=[InputRequired(_l("Choose at least one language."))])
    wording = choice(_l("Wording"), WORDINGS)
    source_en = text(_l("Source in English"), maximum=4000, description=_l("Where numbers, titles and questions come from."))
    source_fr = text(_l("Source in French"), maximum=4000)
    notice_en = text(_l("Notice in English"), maximum=4000, description=_l("Whose standard it is, and where to get it."))
    notice_fr = text(_l("Notice in French"), maximum=4000)

    def facts(self) -> Table:
        """The values as the tables of a pack hold them."""
        both = {name: _both(self, name) for name in ("title", "source", "notice")}
        order = [each for each in LANGUAGES if each in (self.languages.data or ())]
        return {**both, "edition": self.edition.data, "languages": order, "wording": self.wording.data}

    @staticmethod
    def shown(head: Mapping[str, Any]) -> dict[str, Any]:
        """The tables' values as the form holds them."""
        plain = {"edition": "", "languages": [], "wording": "own"}
        return {**_spread(head, "title", "source", "notice"), **{name: head.get(name, each) for name, each in plain.items()}}


class WriteClause(Form):
    """One clause: number and short title, never its sentences."""

    ref = line(_l("Number"), DataRequired(), maximum=50, description=_l("Such as 8.5.6 or A.5.9."))
    parent = line(_l("Below clause"), maximum=50, description=_l("The number of the clause above; empty for a chapter."))
    kind = choice(_l("Kind"), {each: KINDS[each] for each in CLAUSE_KINDS}, empty=_l("not said"))
    title_en = line(_l("Title in English"), maximum=SHORT)
    title_fr = line(_l("Title in French"), maximum=SHORT)
    bearing = BooleanField(_l("It asks something itself, so a question hangs on it"))
    note_en = text(_l("Note in English"), maximum=4000)
    note_fr = text(_l("Note in French"), maximum=4000)

    def entry(self, old: Mapping[str, Any]) -> Table:
        """The clause as the tables hold it; what the form does not ask stays as it was."""
        made: Table = {"ref": self.ref.data}
        made |= {name: value for name, value in (("parent", self.parent.data), ("kind", self.kind.data)) if value}
        made["title"] = _both(self, "title")
        made |= {name: old.get(name, "ours") for name in ("title_origin", "title_fr_origin")}
        made["bearing"] = bool(self.bearing.data)
        if old.get("grade"):
            made["grade"] = old["grade"]
        return made | _texts(self, "note")

    @staticmethod
    def shown(entry: Mapping[str, Any]) -> dict[str, Any]:
        """The tables' values as the form holds them."""
        plain = {name: entry.get(name, "") for name in ("ref", "parent", "kind")}
        return {**plain, "bearing": bool(entry.get("bearing")), **_spread(entry, "title", "note")}


class WriteItem(Form):
    """One question with what a good answer looks like, in both languages side by side."""

    clause = line(_l("Clause"), DataRequired(), maximum=50)
    key = line(_l("Key"), maximum=60, description=_l("The clause, a hyphen and a number. Leave it empty for the next number."))
    question_en = text(_l("Question in English"), maximum=4000)
    question_fr = text(_l("Question in French"), maximum=4000)
    guidance_en = text(_l("Guidance in English"), maximum=10_000)
    guidance_fr = text(_l("Guidance in French"), maximum=10_000)
    expected_evidence_en = text(_l("Expected evidence in English"), maximum=4000, description=_l("One piece on each line."))
    expected_evidence_fr = text(
        _l("Expected evidence in French"), maximum=4000, description=_l("The same pieces in the same order.")
    )
    documented = choice(
        _l("Documented information"), {each: DOCUMENTED[each] for each in DOCUMENTED_INFORMATION}, empty=_l("not said")
    )
    documented_en = text(_l("Which documents, in English"), maximum=4000)
    documented_fr = text(_l("Which documents, in French"), maximum=4000)
    refs = text(
        _l("Also serves"), Regexp(r"(?s)(\s*[a-z][a-z0-9_]*[ \t]+[A-Za-z0-9][A-Za-z0-9_.()-]*\s*(\n|\Z))*\Z",
               message=_l("Write a pack and a clause on each line, such as iso9001_2015 8.5.6.")),
        maximum=4000, description=_l("A pack and a clause on each line, such as iso9001_2015 8.5.6."),
    )  # fmt: skip

    def entry(self, old: Mapping[str, Any]) -> Table:
        """The question as the tables hold it."""
        made: Table = {"key": self.key.data, "clause": self.clause.data, "question": _both(self, "question")}
        made |= _texts(self, "guidance")
        lists = {each: _lines(self[f"expected_evidence_{each}"].data) for each in LANGUAGES}
        if any(lists.values()):
            made["expected_evidence"] = {each: found for each, found in lists.items() if found}
        if self.documented.data:
            made["documented_information"] = {"kind": self.documented.data, **_both(self, "documented")}
        refs = [dict(zip(("standard", "clause"), each.split(), strict=False)) for each in _lines(self.refs.data)]
        return made | ({"refs": refs} if refs else {})

    @staticmethod
    def shown(entry: Mapping[str, Any]) -> dict[str, Any]:
        """The tables' values as the form holds them."""
        asked, lists = entry.get("documented_information", {}), entry.get("expected_evidence", {})
        return {
            "clause": entry.get("clause", ""), "key": entry.get("key", ""), **_spread(entry, "question", "guidance"),
            **{f"expected_evidence_{each}": "\n".join(lists.get(each, [])) for each in LANGUAGES},
            "documented": asked.get("kind", ""), **{f"documented_{each}": asked.get(each, "") for each in LANGUAGES},
            "refs": "\n".join(f"{each['standard']} {each['clause']}" for each in entry.get("refs", [])),
        }  # fmt: skip


class Publish(Form):
    """Under which version a draft is published."""

    number = line(_l("Version"), DataRequired(), maximum=20, description=_l("Numbers with dots between them, such as 1.2."))


class Discard(Form):
    """Why a draft is given up."""

    reason = text(_l("Reason"), DataRequired(), maximum=2000, description=_l("The draft stays readable, but changes no more."))


WRITES: dict[Part, type[WriteClause] | type[WriteItem]] = {Part.CLAUSES: WriteClause, Part.ITEMS: WriteItem}


def seen(shown: Mapping[str, Any], version: int) -> Any:
    """What is stored, as a row that a stale form is compared with."""
    return SimpleNamespace(version=version, **shown)


def _both(form: Form, name: str) -> dict[str, str]:
    found = {each: str(form[f"{name}_{each}"].data or "") for each in LANGUAGES}
    return {each: said for each, said in found.items() if said}


def _texts(form: Form, name: str) -> Table:
    said = _both(form, name)
    return {name: said} if said else {}


def _spread(entry: Mapping[str, Any], *names: str) -> dict[str, str]:
    return {f"{name}_{each}": str(entry.get(name, {}).get(each, "")) for name in names for each in LANGUAGES}


def _lines(text: str | None) -> list[str]:
    return [each.strip() for each in (text or "").splitlines() if each.strip()]


class Upload(Form):
    """A file of others that becomes a pack."""

    file = FileField(
        _l("File"), validators=[FileRequired(_l("Choose a file."))],
        description=_l(
            "pack.toml, a workbook exported here (.xlsx), a library of CISO Assistant (.yaml), "
            "an OSCAL catalogue or profile (.json)."
        ),
    )  # fmt: skip
    catalog = FileField(
        _l("Catalogue of a profile"), description=_l("Only for an OSCAL profile whose catalogue is not imported yet.")
    )


class Take(Form):
    """Under which name and version an imported pack is published."""

    pack_id = line(
        _l("Short name"), maximum=60, description=_l("Small letters, digits and _. Leave it empty for the name in the file.")
    )
    number = line(
        _l("Version"), maximum=20,
        description=_l("Numbers with dots between them. Leave it empty for the version in the file."),
    )  # fmt: skip


FORMATS = wording.FORMATS
remark = wording.said
EXPORTS = {"toml": _l("pack.toml"), "xlsx": _l("Workbook (.xlsx)"), "oscal": _l("OSCAL catalogue (.json)")}
