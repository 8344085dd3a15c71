"""The mirror on the web and on the command line: what may be reached, what is received, what is put on top, what is removed."""

from __future__ import annotations

import html
import io
import json
import re
import sqlite3
import stat
import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import openpyxl
import pytest
from click.testing import CliRunner

from tests.factories.jobs import do_jobs
from tests.factories.mirror import (
    DESCRIPTION,
    LINES,
    a_mirror_source,
    a_reading,
    a_secret,
    an_approved_host,
    the_snapshot,
)
from tests.factories.people import a_person
from tests.factories.projects import a_project
from workbench import clock, jobs
from workbench.cli import main
from workbench.database import db
from workbench.people.rules import Role
from workbench.showcase.serving import sweep_mirrors_daily
from workbench.trail.queries import history, verify
from workbench.trials import actions, queries, rules, store
from workbench.trials.models import MirrorSnapshot, MirrorSource, OverlayEdit, Pull
from workbench.web.refusals import BadValue, Refused
from workbench.web.transactions import commit

BASE = "/projects/INV-1/sandbox/mirror"


@pytest.fixture
def lead(app):
    return a_person(role=Role.QUALITY_LEAD, name="S. Petit")


@pytest.fixture
def admin(app):
    return a_person(role=Role.ADMIN, name="A. Root")


@pytest.fixture
def project(lead):
    return a_project(by=lead, key="INV-1")


@pytest.fixture
def source(project, lead):
    return a_mirror_source(project, by=lead)


def text_of(response):
    body = re.sub(r"<(script|option|head)\b.*?</\1>", " ", response.text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", body)))


def one(model):
    db.session.remove()
    return db.session.query(model).order_by(model.id.desc()).first()


@contextmanager
def served(answers: dict[str, object]) -> Iterator[tuple[int, list[str]]]:
    """A plain REST server on loopback that notes every verb it gets."""
    seen: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            seen.append(self.command)
            body = json.dumps(answers.get(self.path.partition("?")[0], {})).encode()
            self.send_response(200 if self.path.partition("?")[0] in answers else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = answer

        def log_message(self, *parts: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1], seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_host_is_approved_with_its_spelling_made_plain_and_withdrawn_with_a_reason(client, admin, home):
    client.sign_in(admin)
    typed = {"scheme": "https", "host": "PSA.Example.org.", "port": "", "reason": "our PSA"}
    assert client.post("/connectors/hosts/new", typed).status_code == 303
    assert "https://psa.example.org:443 public ones only our PSA" in text_of(client.get("/connectors"))
    assert "This host is approved already." in text_of(client.post("/connectors/hosts/new", typed))
    own = {"scheme": "sqlite", "host": str(home / "ninefold.db"), "reason": "x"}
    assert "lies in the data folder of Ninefold itself" in text_of(client.post("/connectors/hosts/new", own))
    client.post("/connectors/hosts/1/withdraw", {"reason": "tool was sold"})
    assert queries.connectors.approvals() == ()
    assert "withdrawn" in text_of(client.get("/connectors"))


def test_xlsx_is_looked_at_first_then_received_with_its_hashes(client, app, lead, project):
    a_mirror_source(project, by=lead, name="supplier", connector="spreadsheet")
    book = openpyxl.Workbook()
    book.active.title = "Notes"
    sheet = book.create_sheet("Usage")
    for row in (["Usage of January"], ["client", "service", "units"], ["007", "S3", 19], ["008", "S1", 4]):
        sheet.append(row)
    data = io.BytesIO()
    book.save(data)
    client.sign_in(lead)
    sent = client.post(f"{BASE}/supplier/upload", {"file": (io.BytesIO(data.getvalue()), "usage-2026-01.xlsx")})
    shown = client.get(sent.location)
    assert 'name="table" required type="text" value="usage"' in shown.text
    assert re.search(r'name="set_header_row"[^>]*value="2"', shown.text)
    assert "client service units 007 S3 19 008 S1 4" in text_of(shown)
    looked = client.post(sent.location, {"table": "usage", "set_sheet": "Usage", "set_header_row": "1", "step": "look"})
    assert "Usage of January" in text_of(looked)
    started = client.post(sent.location, {"table": "usage", "set_sheet": "Usage", "set_header_row": "2", "step": "receive"})
    assert do_jobs(app).result_url == f"{BASE}/supplier/readings/1"
    assert started.status_code == 303
    pull, snapshot = one(Pull), one(MirrorSnapshot)
    assert (pull.source_before == pull.source_after, snapshot.table_name, snapshot.row_count, snapshot.columns) == (
        True, "usage", 2, ["client", "service", "units"])
    page = text_of(client.get(f"{BASE}/supplier/readings/1"))
    assert "Live unchanged: the source has the same hash before and after." in page
    assert "filed as evidence E-1" in page
    rows = text_of(client.get(f"{BASE}/snapshots/{snapshot.id}?q=007"))
    assert ("4 007 S3 19" in rows or "3 007 S3 19" in rows, "008" in rows) == (True, False)
    assert (queries.mirror.sources_unchanged(pull.project_id)[0], verify(app.extensions["ninefold"].keys).faults) == (True, ())


def test_masked_columns_are_in_no_file_of_the_data_folder(lead, project, home, tmp_path, save):
    masks = {"lines": {"email": "hash", "code": "shape"}}
    made = a_mirror_source(project, by=lead, masks=masks)
    a_reading(made, tmp_path / "live", by=lead, home=home)
    save()
    kept = [path for path in home.rglob("*") if path.is_file() and b"ada@bakery" in path.read_bytes()]
    snapshot = the_snapshot(made)
    path, _one = store.parquet(home, "INV-1", snapshot.store_id)
    rows = store.rows(path, snapshot.columns).rows
    assert (kept, snapshot.masked, rows[0].cells["code"]) == ([], ["code", "email"], "X9")
    assert (rows[0].cells["email"][:2], rows[0].cells["email"] == rows[1].cells["email"]) == ("h:", True)
    salt = next((home / "keys" / "salts").iterdir())
    assert (stat.S_IMODE(salt.stat().st_mode), len(salt.read_text()) > 32) == (0o600, True)


def test_renamed_column_stops_the_reading_by_name_until_it_is_accepted(client, app, lead, project, source, home, tmp_path, save):
    a_reading(source, tmp_path / "live", by=lead, home=home)
    client.sign_in(lead)
    renamed = LINES.replace("quantity", "quantities").encode()
    upload = client.post(f"{BASE}/psa/upload", {"file": (io.BytesIO(renamed), "lines-2026-02.csv")}).location
    refused = text_of(client.post(upload, {"table": "lines", "step": "receive"}))
    assert ("tick this and say why" in refused, one(jobs.Job)) == (True, None)
    # Who receives by the columns of an earlier look meets the same in the work itself.
    actions.pulls.start_pull(source=source, home=home, keys=home / "keys", by=lead,
                             address=f"{BASE}/psa/readings/", mend=f"{BASE}/psa/treatment",
                             arrival=upload.rpartition("/")[2], table="lines")
    save()
    job = do_jobs(app)
    assert job.error == 'source lines-2026-02.csv: column "quantity" is missing; the nearest is "quantities"'
    page = client.get(f"{BASE}/psa")
    assert "The last reading stopped; nothing of it was kept." in text_of(page)
    assert f'href="{BASE}/psa/treatment"' in page.text
    failed = client.get(f"/jobs/{job.id}").text
    assert [f'href="{BASE}/psa{end}"' in failed for end in ("/treatment", "")] == [True, True]
    client.post(upload, {"table": "lines", "step": "receive", "accepts_columns": "y", "reason": "vendor renamed it"})
    assert do_jobs(app).state == "done"
    assert "quantity → quantities" in text_of(client.get(f"{BASE}/psa"))


def test_new_column_does_what_its_contract_says(client, app, lead, project, source, home, tmp_path):
    a_reading(source, tmp_path / "live", by=lead, home=home)
    wider = "".join(f"{line},{more}\n" for line, more in zip(LINES.splitlines(), ("note", "a", "b", "c"), strict=True))
    client.sign_in(lead)
    chosen = {"contract_0": "freeze", "mask_0_3": "drop", "masks": ""}
    assert client.post(f"{BASE}/psa/treatment", chosen).status_code == 303
    kept = one(MirrorSource)
    assert (kept.contracts, kept.masks) == ({"lines": "freeze"}, {"lines": {"email": "drop"}})
    with pytest.raises(Refused, match='column "note" is new'):
        a_reading(kept, tmp_path / "live", by=lead, home=home, text=wider)
    actions.mirror.treat_source(source=kept, contracts={"lines": "discard"}, masks={"lines": {"email": "drop"}}, by=lead)
    with pytest.raises(Refused, match='column "email" is missing'):
        a_reading(kept, tmp_path / "live", by=lead, home=home, text=wider)  # the earlier snapshot held it in clear
    a_reading(kept, tmp_path / "live", by=lead, home=home, text=wider, accepts_columns=True, reason="masked from now on")
    assert the_snapshot(kept).columns == ["client_id", "code", "quantity", "note"]


def test_sqlite_is_read_when_that_file_is_approved_and_stays_the_same_bytes(client, app, lead, admin, project, home, tmp_path):
    path = tmp_path / "psa.sqlite"
    with sqlite3.connect(path) as made:
        made.execute("CREATE TABLE lines (id INTEGER PRIMARY KEY, code TEXT, quantity INTEGER)")
        made.executemany("INSERT INTO lines VALUES (?, ?, ?)", [(1, "P1", 10), (2, "S3", 7)])
    made.close()
    before = path.read_bytes()
    client.sign_in(lead)
    settings = f'dialect = "sqlite"\nfile = "{path}"\n[[tables]]\ntabel = "lines"\n'
    typed = {"name": "psa", "title": "PSA", "masks": "", "settings": settings}
    assert "there is no key “tabel”" in text_of(client.post(f"{BASE}/new/sql", typed)).replace('"tabel"', "“tabel”")
    assert client.post(f"{BASE}/new/sql", {**typed, "settings": settings.replace("tabel", "table")}).status_code == 303
    client.post(f"{BASE}/psa/receive")
    assert "is not approved" in do_jobs(app).error
    an_approved_host(by=db.session.merge(admin), home=home, scheme="sqlite", host=str(path), port=0)
    client.post(f"{BASE}/psa/receive")
    assert do_jobs(app).state == "done"
    pull, snapshot = one(Pull), one(MirrorSnapshot)
    assert (path.read_bytes() == before, pull.source_before == pull.source_after, rules.verbs(pull.requests)) == (
        True, True, {"SELECT": 1})
    assert (snapshot.row_count, snapshot.columns) == (2, ["id", "code", "quantity"])
    assert "1 SELECT, 0 other" in text_of(client.get(f"{BASE}/psa"))


def test_rest_tool_on_loopback_is_asked_by_get_alone_and_only_where_private_is_ticked(client, app, lead, admin, project, home):
    client.sign_in(lead)
    with served({"/api/clients": [{"id": 1, "name": "Bakery Noé"}, {"id": 2, "name": "Garage"}]}) as (port, seen):
        sent = client.post(f"{BASE}/describe", {"file": (io.BytesIO(DESCRIPTION.encode()), "openapi.json")})
        assert "clients · GET /clients" in text_of(client.get(sent.location))
        typed = {"name": "tool", "title": "Tool", "masks": "", "base": f"http://127.0.0.1:{port}/api", "secret": "psa-key",
                 "header": "", "tables": ["clients"]}
        assert client.post(sent.location, typed).location == f"{BASE}/tool"
        elsewhere = an_approved_host(by=db.session.merge(admin), home=home)
        a_secret(by=db.session.merge(admin), keys=home / "keys", host=elsewhere)
        commit()
        client.post(f"{BASE}/tool/receive")
        assert ("is kept for https://psa.example.org:443 alone" in do_jobs(app).error, seen) == (True, [])
        here = {"scheme": "http", "host": "127.0.0.1", "port": port}
        first = an_approved_host(by=db.session.merge(admin), home=home, **here)
        a_secret(by=db.session.merge(admin), keys=home / "keys", host=first)
        actions.connectors.withdraw_host(host=first, reason="not yet", by=db.session.merge(admin))
        commit()
        client.post(f"{BASE}/tool/receive")
        assert f"http://127.0.0.1:{port} is not approved" in do_jobs(app).error
        host = an_approved_host(by=db.session.merge(admin), home=home, scheme="http", host="127.0.0.1", port=port)
        client.post(f"{BASE}/tool/receive")
        assert ("loopback" in do_jobs(app).error, seen) == (True, [])
        actions.connectors.withdraw_host(host=db.session.merge(host), reason="too narrow", by=db.session.merge(admin))
        an_approved_host(by=db.session.merge(admin), home=home, scheme="http", host="127.0.0.1", port=port, allows_private=True)
        client.post(f"{BASE}/tool/receive")
        assert do_jobs(app).state == "done"
        pull, snapshot = one(Pull), one(MirrorSnapshot)
    assert (set(seen), snapshot.row_count, pull.source_before == pull.source_after) == ({"GET"}, 2, True)
    page = text_of(client.get(f"{BASE}/tool/readings/1"))
    assert (f"{len(pull.requests)} GET, 0 other" in page, "s3cret-value" in json.dumps(pull.requests)) == (True, False)
    assert "INV-1 tool" in text_of(client.sign_in(admin).get("/connectors"))


def test_account_that_writes_is_accepted_by_an_administrator_only(client, lead, admin, project):
    settings = {
        "dialect": "postgresql", "host": "psa.example.org", "database": "psa", "user": "root", "tables": [{"table": "lines"}],
    }
    with pytest.raises(BadValue, match="accepts_writer is set by an administrator"):
        a_mirror_source(project, by=lead, connector="sql", settings={**settings, "accepts_writer": "root"})
    made = a_mirror_source(project, by=lead, connector="sql", settings=settings)
    number = made.id
    client.sign_in(admin)
    wrong = client.post(f"/connectors/accounts/{number}", {"user": "rot", "reason": "no other"})
    assert "Type exactly that name." in text_of(wrong)
    assert client.post(f"/connectors/accounts/{number}", {"user": "root", "reason": "no other"}).status_code == 303
    made = one(MirrorSource)
    assert made.settings["accepts_writer"] == "root"
    elsewhere = {**made.settings, "host": "other.example.org"}
    facts = {"title": "x", "tool_id": None, "keep_days": None, "by": db.session.merge(lead)}
    with pytest.raises(BadValue, match="accepts_writer is set by an administrator"):
        actions.mirror.change_source(source=made, settings=elsewhere, **facts)
    actions.mirror.change_source(source=made, settings={**made.settings, "seconds": 60}, **facts)
    assert made.settings["accepts_writer"] == "root"


def test_overlay_is_marked_everywhere_and_each_edit_can_be_undone(client, lead, project, source, home, tmp_path):
    a_reading(source, tmp_path / "live", by=lead, home=home)
    number = the_snapshot(source).id
    client.sign_in(lead)
    fake = {"cell_0": "9001", "cell_1": "P1", "cell_2": "3", "cell_3": "", "name_column": "code", "reason": "to come"}
    assert client.post(f"{BASE}/snapshots/{number}/fake", fake).status_code == 303
    form = client.get(f"{BASE}/snapshots/{number}/rows/3/edit")
    assert re.search(r'name="cell_2"[^>]*value="7"', form.text)
    cells = {"cell_0": "1", "cell_1": "S3", "cell_2": "9", "cell_3": "ada@bakery.example"}
    vague = client.post(f"{BASE}/snapshots/{number}/rows/3/edit", {**cells, "key": ["0"], "reason": ""})
    assert "2 rows have these cells." in text_of(vague)
    assert client.post(f"{BASE}/snapshots/{number}/rows/3/edit", {**cells, "key": ["0", "1"], "reason": ""}).status_code == 303
    client.post(f"{BASE}/snapshots/{number}/rows/4/leave-out", {"key": ["0", "1"], "reason": "left us"})
    page = text_of(client.get(f"{BASE}/snapshots/{number}"))
    assert "fake 9001 [FAKE] P1 3" in page
    assert "3 edited 1 S3 9 ada@bakery.example" in page
    assert ("bo@garage" in page, "bo@garage" in client.get(f"{BASE}/snapshots/{number}?overlay=off").text) == (False, True)
    csv = client.get(f"{BASE}/snapshots/{number}/export?show=marked").text.splitlines()
    assert csv == ["mark,line,client_id,code,quantity,email", "FAKE,'-1,9001,[FAKE] P1,3,", "EDITED,3,1,S3,9,ada@bakery.example"]
    a_reading(source, tmp_path / "live", by=lead, home=home, text=LINES.replace("S3,7", "S3,8"))
    db.session.commit()
    listed = text_of(client.get(f"{BASE}/overlay"))
    assert 'no longer fits quantity is "8" now, and the edit was made on "7"' in listed
    edit = db.session.query(OverlayEdit).filter_by(kind="edit").one().id
    client.post(f"{BASE}/overlay/{edit}/undo")
    assert queries.overlay.count_of_edits(1) == {"fake": 1, "withdrawn": 1}


def test_snapshot_is_removed_with_a_reason_and_its_file_when_nobody_shares_it(client, lead, project, source, home, tmp_path, save):
    for _again in range(2):
        a_reading(source, tmp_path / "live", by=lead, home=home)
    save()
    first, second = db.session.query(MirrorSnapshot).order_by(MirrorSnapshot.id)
    stored = home / "sandbox" / "INV-1" / "tables" / f"{first.content_sha256}.parquet"
    numbers = (first.id, second.id)
    client.sign_in(lead)
    client.post(f"{BASE}/snapshots/{numbers[0]}/remove", {"reason": "twice"})
    assert stored.exists() is True
    client.post(f"{BASE}/snapshots/{numbers[1]}/remove", {"reason": "no longer needed"})
    assert stored.exists() is False
    assert [event.new for event in history("mirror_snapshot", numbers[1])] == [{"file_gone": True}]
    assert "This snapshot was removed on" in text_of(client.get(f"{BASE}/snapshots/{numbers[1]}"))


def test_time_that_is_over_removes_snapshots_once_a_day(app, lead, project, home, tmp_path, save):
    made = a_mirror_source(project, by=lead, keep_days=30)
    a_reading(made, tmp_path / "live", by=lead, home=home)
    save()
    settings = app.extensions["ninefold"]
    assert sweep_mirrors_daily(settings) == 0
    clock.fix(clock.now() + timedelta(days=31))
    try:
        assert (sweep_mirrors_daily(settings), sweep_mirrors_daily(settings)) == (1, 0)
    finally:
        clock.fix(None)
    assert one(MirrorSnapshot).removed_reason == "The source keeps its snapshots for 30 days."


def test_command_adds_pulls_and_lists(home, app, lead, project, tmp_path, save, monkeypatch):
    save()
    db.session.remove()
    monkeypatch.setenv("NINEFOLD_HOME", str(home))
    path = tmp_path / "lines-2026-02.csv"
    path.write_text(LINES, encoding="utf-8")
    run = CliRunner().invoke

    def said(*words: str) -> str:
        done = run(main, ["mirror", *words])
        assert done.exit_code == 0, done.output
        return done.output

    assert said("add", "INV-1", "psa", "--connector", "csv", "--title", "PSA") == (
        "added: psa, at /projects/INV-1/sandbox/mirror/psa\n")
    assert said("pull", "INV-1", "psa", "--file", str(path)).startswith("lines: 3 rows, 0 refused, 4 columns, content ")
    listed = json.loads(said("list", "INV-1", "--format", "json"))
    first = listed["sources"][0]
    assert (first["name"], first["tables"]["lines"]["rows"], first["reading"]["live"]) == ("psa", 3, "unchanged")
    refused = run(main, ["mirror", "pull", "INV-1", "psq"])
    assert (refused.exit_code, refused.output) == (1, "Error: INV-1 has no source psq; there are: psa\n")


def test_first_page_asks_the_database_as_often_at_one_and_at_thirty_sources(client, lead, project, count_queries):
    def asked(number: int) -> int:
        for place in range(number):
            a_mirror_source(project, by=lead, name=f"s{number}-{place}")
        client.sign_in(lead)
        client.get(BASE)
        with count_queries() as seen:
            assert client.get(BASE).status_code == 200
        return len(seen)

    assert asked(1) == asked(30)


def test_words_of_settings_and_names():
    table = {"name": "a", "page": {"style": "page", "size": 5}, "key": ["id"]}
    settings = {"base": "https://x.example", "rate": 2, "tables": [table]}
    assert tomllib.loads(rules.as_toml(settings)) == settings
    assert rules.masks_of("lines.email = drop\nlines.a.b = hash\n") == ({"lines": {"email": "drop", "a.b": "hash"}}, "")
    assert rules.masks_of("email: drop") == ({}, "email: drop")
    names = ("usage-2026-01.csv", "Lines 2026_02_28.xlsx", "2026.csv")
    assert [rules.table_name(name) for name in names] == ["usage", "Lines", "2026"]
    assert rules.name_column(["id", "client_name"]) == "client_name"
