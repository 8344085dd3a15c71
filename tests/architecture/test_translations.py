"""Every text of the interface exists in French, and the compiled catalogue is the one of the source."""

from __future__ import annotations

import io

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from workbench import layout

FRENCH = layout.TRANSLATIONS / "fr" / "LC_MESSAGES"
METHODS = [("workbench/**.py", "python"), ("templates/**.html", "jinja2")]


@pytest.fixture(scope="module")
def french() -> Catalog:
    with (FRENCH / "messages.po").open("rb") as stream:
        return read_po(stream, locale="fr")


def used() -> set[str]:
    """The texts that code and templates hand to gettext."""
    keywords = {"_": None, "_l": None, "gettext": None, "ngettext": (1, 2), "lazy_gettext": None}
    found = extract_from_dir(str(layout.ROOT), METHODS, keywords=keywords)  # type: ignore[arg-type]
    return {each[2] if isinstance(each[2], str) else each[2][0] for each in found}


def test_every_text_is_in_the_french_catalogue(french: Catalog) -> None:
    assert sorted(text for text in used() if text not in french) == []


def test_every_text_is_translated(french: Catalog) -> None:
    empty = [m.id for m in french if m.id and (m.fuzzy or not (all(m.string) if isinstance(m.string, tuple) else m.string))]
    assert empty == []


def test_translations_keep_their_placeholders(french: Catalog) -> None:
    assert [(message.id, str(error)) for message, errors in french.check() for error in errors] == []


def test_the_compiled_catalogue_is_up_to_date(french: Catalog) -> None:
    fresh = io.BytesIO()
    write_mo(fresh, french)
    assert (FRENCH / "messages.mo").read_bytes() == fresh.getvalue()
