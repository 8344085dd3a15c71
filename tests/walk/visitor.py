"""Somebody with a browser and nothing else: opens pages, fills the forms that stand on them, follows where they lead."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from werkzeug.test import TestResponse

from tests.conftest import Inspector

Value = Any  # a text, a list of texts, or a file as (bytes, name)


@dataclass
class Form:
    """A form of a page: where it goes, what stands in its fields, and what its lists offer."""

    action: str
    values: dict[str, list[str]] = field(default_factory=dict)
    offers: dict[str, list[tuple[str, str]]] = field(default_factory=dict)  # name -> (value, words)
    names: set[str] = field(default_factory=set)


class Reader(HTMLParser):
    """Collects the forms, the links and the lines of the alerts of a page."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.alerts: list[str] = []
        self._boxes: dict[str, tuple[list[tuple[str, str]], int]] = {}  # id -> where its words belong
        self._form = Form("")
        self._select = self._area = self._label = ""
        self._option: tuple[str, bool] | None = None
        self._text = ""
        self._alert = 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        if self._alert or given.get("role") == "alert":
            self._alert += tag not in ("br", "input", "use", "img")
            self._text = "" if tag == "li" or given.get("role") == "alert" else self._text
        if tag == "form":
            self._form = Form(given.get("action", ""))
            if given.get("method", "get").lower() == "post":
                self.forms.append(self._form)
        if given.get("name"):
            self._field(tag, given)
        if tag == "label" and given.get("for") in self._boxes:
            self._label, self._text = given["for"], ""
        if tag == "option" and self._select:
            self._option, self._text = (given.get("value", ""), "selected" in given), ""

    def _field(self, tag: str, given: dict[str, str]) -> None:
        name, form = given["name"], self._form
        if tag not in ("input", "select", "textarea"):
            return
        form.names.add(name)
        kind = given.get("type", "text")
        if tag == "select":
            self._select = name
        elif tag == "textarea":
            self._area, self._text = name, ""
        elif kind in ("checkbox", "radio"):
            offered = form.offers.setdefault(name, [])
            offered.append((given.get("value", "y"), given.get("value", "y")))
            self._boxes[given.get("id", "")] = offered, len(offered) - 1
            if "checked" in given:
                form.values.setdefault(name, []).append(given.get("value", "y"))
        elif kind not in ("file", "submit"):
            form.values[name] = [given.get("value", "")]

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "option" and self._option is not None and self._select:
            value, chosen = self._option
            form = self._form
            offered = form.offers.setdefault(self._select, [])
            offered.append((value, " ".join(self._text.split())))
            if chosen or len(offered) == 1:
                form.values[self._select] = [value]
            self._option = None
        elif tag == "label" and self._label:
            offered, at = self._boxes[self._label]
            offered[at], self._label = (offered[at][0], " ".join(self._text.split())), ""
        elif tag == "select":
            self._select = ""
        elif tag == "textarea" and self._area:
            self._form.values[self._area] = [self._text.replace("\r\n", "\n").removeprefix("\n")]
            self._area = ""
        if self._alert:
            if tag in ("li", "p", "h2"):
                self.alerts.append(" ".join(self._text.split()))
                self._text = ""
            self._alert -= 1


class Visitor:
    """One person at a browser of their own."""

    def __init__(self, client: Inspector, name: str = "") -> None:
        self.client, self.name, self.at = client, name, ""

    def sign_in(self, email: str, password: str) -> Visitor:
        """With the real form."""
        self.fill("/sign-in", email=email, password=password)
        return self

    def get(self, path: str, *, code: int = 200) -> TestResponse:
        """Open a page, and whatever it leads on to."""
        found = self.client.open(path, method="GET", follow_redirects=True)
        assert found.status_code == code, (path, found.status_code, Reader(found.text).alerts)
        self.at = found.request.path
        return found

    def fill(self, path: str, *, to: str = "", code: int = 200, on: bool = True, **typed: Value) -> TestResponse:
        """Open a page, fill the form on it that holds these fields (and goes to an address that ends in `to`), send it.

        A list takes its value or the words it is shown by. `code` is the answer expected; 200 stands for a page
        reached in the end without a word of refusal.
        """
        page = self.get(path)
        form = self._form(page, to, typed)
        return self.send(form, page.request.path, code=code, on=on, **typed)

    def _form(self, page: TestResponse, to: str, typed: dict[str, Value]) -> Form:
        known = Reader(page.text).forms
        fitting = [
            each
            for each in known
            if set(typed) <= each.names and (each.action.split("#")[0].split("?")[0].endswith(to))
        ]
        own = [each for each in fitting if not re.search("/(language|theme|sign-out)$", each.action)]
        assert own, (page.request.path, to, set(typed), [(each.action, sorted(each.names)) for each in known])
        return own[0]

    def send(self, form: Form, path: str, *, code: int = 200, on: bool = True, **typed: Value) -> TestResponse:
        """Send a form as a browser does: what stands in it, with what was typed in its place.

        Without `on` the page that it leads to is not looked at.
        """
        data: dict[str, Any] = dict(form.values)
        for name, value in typed.items():
            if isinstance(value, tuple):
                data[name] = (io.BytesIO(value[0]), value[1])
            else:
                wanted = value if isinstance(value, list) else [value]
                data[name] = [_offered(form, name, each) for each in wanted]
        kind = (
            {"content_type": "multipart/form-data"} if any(isinstance(each, tuple) for each in typed.values()) else {}
        )
        where = form.action.split("#")[0] or path
        answer = self.client.open(where, method="POST", data=data, follow_redirects=on, **kind)
        if not on and answer.status_code == 303:
            return answer
        said = Reader(answer.text).alerts
        assert answer.status_code == code, (where, answer.status_code, said)
        assert code != 200 or not said, (where, said)
        self.at = answer.request.path
        return answer

    def press(self, path: str, to: str, **typed: Value) -> TestResponse:
        """Open a page and press the button of its form that goes to an address that ends in `to`."""
        return self.fill(path, to=to, **typed)


def _offered(form: Form, name: str, wanted: str) -> str:
    """The value that stands for these words in a list; what no list offers is sent as typed."""
    offers = form.offers.get(name)
    if not offers or wanted in [value for value, _words in offers]:
        return wanted
    found = [value for value, words in offers if wanted.casefold() in words.casefold()]
    assert found, (name, wanted, offers)
    return found[0]
