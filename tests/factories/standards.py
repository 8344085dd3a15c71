"""Packs of our own, plainly made."""

from __future__ import annotations

from pathlib import Path

from workbench.checklists import library
from workbench.checklists.models import PackEdition
from workbench.people.models import Person
from workbench.standards import actions
from workbench.standards.formats.reading import read
from workbench.standards.models import PackDraft, PackMapping
from workbench.standards.rules import Origin, Part

DATA = Path(__file__).parents[1] / "standards" / "data"
LIBRARY = DATA / "library.yaml"


def a_body(pack_id: str = "our_rules", version: str = "1.0", questions: int = 2, first: str = "Is it written down?") -> bytes:
    """A small pack as a file: one clause, some questions, English only."""
    head = (
        f'[pack]\nid = "{pack_id}"\nkind = "standard"\nedition = "2026"\nversion = "{version}"\nlanguages = ["en"]\n'
        'wording = "own"\ntitle.en = "Our rules"\nsource.en = "Our own."\nnotice.en = "Ours; nothing to buy."\n\n'
        '[[clauses]]\nref = "1"\nkind = "chapter"\ntitle.en = "Buying"\nbearing = true\n'
    )
    words = [first, *(f"Is point {number} kept?" for number in range(2, questions + 1))]
    items = "".join(
        f'\n[[items]]\nkey = "1-{number}"\nclause = "1"\nquestion.en = "{each}"\n' for number, each in enumerate(words, start=1)
    )
    return (head + items).encode()


def an_edition(*, by: Person, body: bytes | None = None) -> PackEdition:
    """A published version of a pack of our own."""
    data = body or a_body()
    return actions.publish_pack(pack=library.read(data, "our_rules.toml"), body=data, origin=Origin.MADE, by=by)


def a_draft(*, by: Person, pack_id: str = "our_list") -> PackDraft:
    """A draft with one clause, described so far that only a question is missing."""
    row = actions.start_draft(pack_id=pack_id, title={"en": "Our list"}, by=by)
    said = {"en": "Ours."}
    actions.describe_draft(
        row=row, by=by,
        facts={
            "title": {"en": "Our list"}, "edition": "1", "languages": ["en"], "wording": "own", "source": said, "notice": said,
        },
    )  # fmt: skip
    clause = {"ref": "1", "title": {"en": "Buying"}, "bearing": True}
    actions.write_entry(row=row, part=Part.CLAUSES, entry=clause, by=by)
    return row


def an_import(*, by: Person, file: Path = LIBRARY) -> actions.Taken:
    """The small library of the tests, imported: a pack of two requirements and a mapping to ISO 9001:2015."""
    return actions.import_file(imported=read(file.read_bytes(), file.name), by=by, source_name=file.name)


def a_mapping(*, by: Person) -> PackMapping:
    """The mapping of the small library."""
    return an_import(by=by).mappings[0]
