"""Files dropped on a question in a real browser, under the strict content security policy."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect

from tests.e2e import serving
from tests.e2e.pages import SignIn
from tests.factories.checklists import a_checklist
from tests.factories.people import PASSWORD, a_person
from tests.factories.projects import a_project
from workbench.database import db
from workbench.people.rules import Role
from workbench.web.transactions import commit

DROP = """(row) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File(["Seen on site."], "notes.txt", { type: "text/plain" }));
  transfer.items.add(new File([new Uint8Array([77, 90, 144, 0])], "run.exe"));
  for (const kind of ["dragover", "drop"]) {
    row.dispatchEvent(new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true }));
  }
}"""


@pytest.mark.browser
def test_files_dropped_on_a_question_are_attached_and_the_note_being_written_stays(
    app: Flask, home: Path, browser: Browser
) -> None:
    lead = a_person(role=Role.QUALITY_LEAD, name="Lead", password=PASSWORD)
    a_checklist(a_project(key="INV-1", by=lead), by=lead)
    email = lead.email
    commit()
    db.session.remove()
    db.engine.dispose()
    complaints: list[str] = []
    with serving.served(home) as address:
        context = browser.new_context(base_url=address, locale="en-GB")
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        SignIn(page).sign_in(email, PASSWORD)
        page.goto("/projects/INV-1/checklists/1?step=1")
        row = page.locator("#item-G1-01")
        row.locator("textarea").fill("Being written")
        row.evaluate(DROP)
        expect(row.get_by_role("status")).to_contain_text("Attached: E-1.")
        expect(row.get_by_role("status")).to_contain_text("run.exe")
        expect(row.get_by_role("link", name="E-1")).to_be_visible()
        expect(row.locator("textarea")).to_have_value("Being written")
        page.goto("/projects/INV-1/checklists/1/items/G1-01/evidence/file")
        photo = {"name": "plan.txt", "mimeType": "text/plain", "buffer": b"The plan."}
        page.get_by_label("Files").set_input_files([photo])
        expect(page.get_by_label("Title")).to_have_value("plan.txt")
        context.close()
    assert complaints == []
