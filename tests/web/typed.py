"""Reads a form out of a page as a browser would send it."""

from __future__ import annotations

from html.parser import HTMLParser


class _Form(HTMLParser):
    """Collects the fields of the form with one class."""

    def __init__(self, wanted: str) -> None:
        super().__init__(convert_charrefs=True)
        self.wanted, self.inside, self.action = wanted, False, ""
        self.fields: dict[str, str] = {}
        self.text_of, self.select = "", ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "form":
            self.inside = self.wanted in given.get("class", "").split()
            self.action = given["action"] if self.inside else self.action
        if not self.inside:
            return
        if tag == "input" and given.get("name"):
            self.fields[given["name"]] = given.get("value", "")
        if tag == "textarea":
            self.text_of = given["name"]
            self.fields[self.text_of] = ""
        if tag == "select":
            self.select = given["name"]
        if tag == "option" and "selected" in given:
            self.fields[self.select] = given["value"]

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False
        if tag == "textarea":
            self.text_of = ""

    def handle_data(self, data: str) -> None:
        if self.text_of:
            self.fields[self.text_of] += data


def form_in(html: str, wanted: str) -> tuple[str, dict[str, str]]:
    """(address, {field: value}) of the form with this class."""
    reader = _Form(wanted)
    reader.feed(html)
    assert reader.action, f"the page has no form of class {wanted}"
    return reader.action, reader.fields
