"""What the tests do on each page, in the words of the page."""

from __future__ import annotations

import re

from playwright.sync_api import Download, Locator, Page, expect


class SignIn:
    """The sign-in page."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def sign_in(self, email: str, password: str) -> None:
        """Fill the real form; the start page follows."""
        self.page.goto("/sign-in")
        self.page.locator("#email").fill(email)
        self.page.locator("#password").fill(password)
        self.page.locator("main button[type=submit]").click()
        expect(self.page.locator("h1")).not_to_have_text(re.compile("^(Sign in|Connexion|Se connecter)$"))


class Item:
    """One item of a checklist: its row on the list, or its own page."""

    def __init__(self, page: Page, key: str) -> None:
        self.page, self.key = page, key
        self.row = page.locator(f'[id="item-{key}"]')

    def choose(self, state: str) -> None:
        """Click the answer; it saves itself, and the server's reply is awaited."""
        with self.page.expect_response(lambda reply: reply.request.method == "POST"):
            self.row.locator(f'label:has(input[value="{state}"])').click()

    def note(self, text: str) -> None:
        """Write the note and leave the field."""
        area = self.row.locator("textarea")
        area.fill(text)
        area.press("Tab")

    def save(self) -> None:
        """The plain way."""
        self.row.get_by_role("button", name=re.compile("^(Save|Enregistrer)$")).click()

    @property
    def chosen(self) -> Locator:
        """The answer that is marked."""
        return self.row.locator("input[name=state]:checked")

    @property
    def said(self) -> Locator:
        """Who answered, or what is missing."""
        return self.row.locator(".answer-who")


class Gate:
    """A gate page with its decision bar."""

    def __init__(self, page: Page, key: str, number: int) -> None:
        self.page, self.address = page, f"/projects/{key}/steps/{number}/gate"

    def open(self) -> Gate:
        """Go there."""
        self.page.goto(self.address)
        return self

    def failing(self) -> list[str]:
        """The names of the mandatory criteria that the page itself does not mark as passed or waived."""
        met = self.page.locator("[data-label=Result] :is(.st-pass, .st-waived)")
        rows = self.page.locator("#criteria tbody tr").filter(has_not=met)
        names = [each.strip() for each in rows.locator("th").all_inner_texts()]
        asked = [each.strip() for each in rows.locator("td[data-label=Asked]").all_inner_texts()]
        return [name for name, what in zip(names, asked, strict=True) if what == "mandatory"]

    def decide(self, outcome: str, reason: str, password: str) -> None:
        """Fill the decision bar and sign."""
        bar = self.page.locator("#decision")
        bar.locator(f'label:has(input[value="{outcome}"])').click()
        bar.locator("textarea[name=reason]").fill(reason)
        bar.locator("input[name=password]").fill(password)
        bar.locator("button[type=submit]").click()


class Reconciliation:
    """The page of a trial run."""

    def __init__(self, page: Page, key: str, number: int) -> None:
        self.page = page
        page.goto(f"/projects/{key}/sandbox/{number}")

    def of_client(self, name: str) -> Reconciliation:
        """Filter by a client, with the page's own form."""
        self.page.locator("#client").fill(name)
        self.page.locator("#rows form.filters button").click()
        self.page.wait_for_url(re.compile("client="))
        return self

    def figures(self) -> dict[str, tuple[str, ...]]:
        """By service: in package, extra, entitled, used, and the verdict."""
        found = {}
        for row in self.page.locator("#rows tbody tr:has(td.why)").all():
            service, *figures, verdict, _amount, _why = (each.strip() for each in row.locator("td").all_inner_texts())
            found[service] = (*figures, verdict)
        return found


class Reports:
    """The reports of a project."""

    def __init__(self, page: Page, key: str) -> None:
        self.page = page
        page.goto(f"/projects/{key}/reports/")

    def build(self, button: str) -> None:
        """Ask for a report; the job's own page follows, and fills itself until the work is done."""
        if button == "Build the file":
            self.page.get_by_role("link", name="Build Audit report").click()
        self.page.get_by_role("button", name=button).first.click()
        result = self.page.get_by_role("link", name="Open the result")
        expect(result).to_be_visible(timeout=90_000)
        result.click()

    def newest(self) -> Download:
        """Download the file at the top of the list."""
        with self.page.expect_download() as waiting:
            self.page.locator("main table tbody tr th a").first.click()
        return waiting.value


def sideways(page: Page) -> int:
    """By how many pixels the page is wider than the window."""
    return int(page.evaluate("document.scrollingElement.scrollWidth - document.documentElement.clientWidth"))
