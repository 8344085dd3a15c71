"""A company of its own: everybody is added, named and signed in through the pages, as on the first day."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, timedelta

from flask import Flask

from tests.conftest import Inspector
from tests.factories.jobs import do_jobs
from tests.walk.visitor import Reader, Value, Visitor
from workbench import clock

PASSWORD = "a calm and exact sentence"
KEY = "WAL-1"
HOME = f"/projects/{KEY}"
MET = r"st-(pass|waived|not-applicable)\b"  # how the page marks a criterion that does not block
# first name: (full name, access role, access on the project, hub, functions)
CAST: dict[str, tuple[str, str, str, str, list[str]]] = {
    "claire": ("Claire Roux", "quality_lead", "", "", []),
    "judith": ("Judith Meyer", "auditor", "", "", []),
    "ada": ("Ada Martin", "project_manager", "", "", []),
    "serge": ("Serge Dubois", "contributor", "contributor", "administration", ["sponsor"]),
    "anne": ("Anne Ferrand", "contributor", "contributor", "administration", ["process_owner"]),
    "tara": ("Tara Nguyen", "contributor", "contributor", "technical", ["technical_lead"]),
    "samir": ("Samir Haddad", "contributor", "contributor", "sales", ["sales_lead"]),
    "gus": ("Gus Peeters", "guest", "guest", "sales", []),
    "otto": ("Otto Lambert", "contributor", "", "", []),
}


def day(days: int = 0) -> str:
    """The date so many days from today, as a form takes it."""
    return (clock.today() + timedelta(days=days)).isoformat()


def monday(weeks_ago: int) -> str:
    """The Monday of a week that is over."""
    today: date = clock.today()
    return (today - timedelta(days=today.weekday(), weeks=weeks_ago)).isoformat()


@dataclass
class Company:
    """Who works there; each with a browser of their own."""

    app: Flask
    people: dict[str, Visitor]
    gates: dict[int, tuple[list[str], list[str]]] = field(default_factory=dict)  # step: (missing, named by the refusal)

    def __getitem__(self, name: str) -> Visitor:
        return self.people[name]

    def stranger(self) -> Visitor:
        """Somebody without an account."""
        return _browser(self.app)

    def work(self) -> None:
        """Do the jobs that wait, as the worker beside the server does."""
        do_jobs(self.app)

    def add(self, register: str, *, by: str = "ada", code: int = 200, **typed: Value) -> int:
        """Add a record through its register's own form; the number of the newest one on the list."""
        self[by].fill(f"{HOME}/{register}/new", code=code, **typed)
        page = self[by].get(f"{HOME}/{register}?sort=").text
        return max((int(each) for each in re.findall(rf"{HOME}/{register}/(\d+)\"", page)), default=0)

    def write(self, kind: str, *, by: str = "ada", **typed: Value) -> None:
        """Write a document of a step; a row's cell is `table-row-column`."""
        self[by].fill(f"{HOME}/artefacts/{kind}/edit", **typed)

    def missing(self, step: int, by: str = "claire") -> list[str]:
        """The keys of the criteria that a gate's page calls mandatory and not met, in the page's own words."""
        page = self[by].get(f"{HOME}/steps/{step}/gate").text
        rows = re.findall(r'<tr id="c-([^"]+)">(.*?)</tr>', page, re.DOTALL)
        return [key for key, row in rows if ">recommended<" not in row and not re.search(MET, row)]

    def refused(self, step: int, by: str = "claire") -> list[str]:
        """Try to pass a gate; the lines of the refusal, each of which names a criterion."""
        typed: dict[str, Value] = {"outcome": "pass", "reason": "It looks fine from here.", "password": PASSWORD}
        page = self[by].fill(f"{HOME}/steps/{step}/gate", to="/decide", code=409, **typed)
        return [each for each in re.findall(r'<a href="#c-([^"]+)">', page.text) if each]

    def passed(self, step: int, by: str = "serge") -> None:
        """Sign that a step is done."""
        typed: dict[str, Value] = {"outcome": "pass", "reason": "Seen together; in order.", "password": PASSWORD}
        self[by].fill(f"{HOME}/steps/{step}/gate", to="/decide", **typed)

    def answer_items(self, step: int, by: str = "anne") -> None:
        """Say of each item of a gate that it conforms, with one link as its proof."""
        gate = self[by].get(f"{HOME}/steps/{step}/gate").text
        checklist = re.findall(r"(/projects/[^\"]+/checklists/\d+)\?step=\d+#item-", gate)[0]
        pages = [self[by].get(f"{checklist}?step={step}&page={number}").text for number in (1, 2)]
        asked = {each.action.partition("?")[0]: each for page in pages for each in Reader(page).forms if "state" in each.names}
        title, url = f"Minutes of step {step}", f"https://files.example.test/minutes-{step}"
        for number, (at, form) in enumerate(asked.items()):
            self[by].send(form, at, on=False, state="conform", note="Seen together.")
            if number:
                self[by].fill(f"{at}/evidence", on=False, evidence_id=title)
            else:
                self[by].fill(f"{at}/evidence/link", title=title, url=url)


def _browser(app: Flask, name: str = "") -> Visitor:
    app.test_client_class = Inspector
    client = app.test_client()
    assert isinstance(client, Inspector)
    return Visitor(client, name)


def found_company(app: Flask) -> Company:
    """Set the installation up, add everybody, open the project, and put the team together."""
    theo = _browser(app, "Théo Blanc")
    theo.fill("/set-up", name="Théo Blanc", email="theo@example.test", password=PASSWORD)
    theo.sign_in("theo@example.test", PASSWORD)
    company = Company(app, {"theo": theo})
    for first, (name, role, *_rest) in CAST.items():
        email = f"{first}@example.test"
        theo.fill("/people/new", name=name, email=email, password=PASSWORD, role=role)
        company.people[first] = _browser(app, name).sign_in(email, PASSWORD)
    company["ada"].fill(
        "/projects/new", key=KEY, name="Supplier usage to client invoices", scope="Billing of two suppliers",
        purpose="Invoices that nobody types twice",
    )
    for name, _role, access, hub, functions in CAST.values():
        if access:
            company["claire"].fill(f"{HOME}/team/new", person_id=name, role=access, hub=hub, functions=functions)
    return company

