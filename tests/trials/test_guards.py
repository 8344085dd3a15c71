"""What the sandbox does not let pass: a secret in a page, a mask that a slip would miss, markup in names, a false export."""

from __future__ import annotations

import html
import io
import re
import stat

import pytest

from tests.factories.jobs import do_jobs
from tests.factories.mirror import LINES, a_mirror_source, a_reading, an_approved_host, the_snapshot
from tests.factories.people import a_person
from tests.factories.plans import a_plan
from tests.factories.projects import a_project
from tests.factories.runs import a_mapping_run, a_mirror, a_version
from workbench import jobs
from workbench.database import db
from workbench.evidence.actions import add_file
from workbench.people.rules import Role
from workbench.trail.models import Entry
from workbench.trail.queries import history
from workbench.trials import rules
from workbench.trials.actions.mirror import treat_source
from workbench.trials.actions.plans import check_plan
from workbench.trials.models import ConnectorSecret, MirrorSnapshot, MirrorSource, Pull
from workbench.trials.queries import plans
from workbench.web.refusals import Refused
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
    return db.session.query(model).one()


def test_secret_is_written_to_a_file_of_its_own_and_shown_nowhere(client, admin, home):
    client.sign_in(admin)
    host = {"host_id": an_approved_host(by=admin, home=home).id}
    commit()
    done = client.post("/connectors/secrets/set", {"name": "psa-key", "value": "very s3cret", **host})
    path = home / "keys" / "secrets" / "psa-key"
    assert (done.status_code, path.read_text(), stat.S_IMODE(path.stat().st_mode)) == (303, "very s3cret", 0o600)
    page = client.get("/connectors")
    assert ("psa-key" in page.text, "very s3cret" in page.text) == (True, False)
    assert b"very s3cret" not in b"".join(leaf for (leaf,) in db.session.query(Entry.leaf))
    client.post("/connectors/secrets/set", {"name": "psa-key", "value": "another", **host})
    kept = one(ConnectorSecret)
    assert [event.act for event in history("connector_secret", kept.id)] == ["secret_set", "secret_replaced"]
    client.post(f"/connectors/secrets/{kept.id}/remove")
    assert (path.exists(), "<code>psa-key</code>" in client.get("/connectors").text) == (False, False)
    refused = client.post("/connectors/secrets/set", {"name": "../x", "value": "v", **host})
    assert "A name has small letters a to z, digits and hyphens" in text_of(refused)


def test_masks_are_not_passed_by_through_a_slip_in_the_name_of_a_table(client, lead, project, home, tmp_path):
    """A file received as another table would be kept in the clear: it is not received before somebody says why."""
    made = a_mirror_source(project, by=lead, masks={"lines": {"email": "drop"}})
    with pytest.raises(Refused, match="masks columns of lines and has no table line yet"):
        a_reading(made, tmp_path / "live", by=lead, home=home, table="line")
    commit()
    client.sign_in(lead)
    sent = client.post(f"{BASE}/psa/upload", {"file": (io.BytesIO(LINES.encode()), "line.csv")})
    answer = client.post(sent.location, {"table": "", "new_table": "line", "step": "receive"})
    assert (answer.status_code, "nothing of it would be masked" in text_of(answer)) == (422, True)
    assert "ada@bakery" not in answer.text  # nor is it shown before
    for typed, said in (({"table": "lines", "new_table": "line"}, "Leave this empty"), ({"table": ""}, "Name the new table")):
        answer = client.post(sent.location, {**typed, "step": "receive"})
        assert (answer.status_code, said in text_of(answer)) == (422, True)
    assert db.session.query(jobs.Job).count() == 0


def test_an_upload_is_held_against_the_table_it_fits_before_it_is_received(client, lead, project, home, tmp_path):
    made = a_mirror_source(project, by=lead, masks={"lines": {"email": "drop"}})
    a_reading(made, tmp_path / "live", by=lead, home=home)
    a_reading(made, tmp_path / "live", by=lead, home=home, table="clients", text="client_id,street\n1,Rue\n", accepts_columns=True,
              reason="no mask is needed")
    treat_source(source=made, contracts={"lines": "discard", "clients": "allow"}, masks={"lines": {"email": "drop"}}, by=lead)
    commit()
    client.sign_in(lead)

    def uploaded(text, encoding="utf-8"):
        return client.post(f"{BASE}/psa/upload", {"file": (io.BytesIO(text.encode(encoding)), "export-2026-02.csv")}).location

    place = uploaded("client_id,code,qty,email,note\n1,P1,10,ada@bakery.example,a secret\n")
    page = client.get(place)
    assert '<option selected value="lines">' in page.text  # of two tables the one with most of these columns
    shown = text_of(page)
    assert ("renamed quantity → qty new note" in shown, "The reading would stop for this" in shown) == (True, True)
    assert "discard: new columns are left out" in shown
    assert "Not shown, since they are masked, left out, or may be a masked column under another name: qty, email, note." in shown
    assert ("ada@bakery" in page.text, "a secret" in page.text, "1 P1 •••" in shown) == (False, False, True)
    other = text_of(client.post(place, {"table": "clients", "step": "look"}))
    assert "missing street new code new qty new email new note allow: new columns come along" in other
    # A masked column under another name: nothing that is new is shown, and what the reading would say is said before.
    place = uploaded("client_id,code,quantity,e-mail\n1,P1,10,ada@bakery.example\n")
    page = client.get(place)
    assert ("ada@bakery" in page.text, "email: it is to be masked, but did not come" in text_of(page)) == (False, True)
    refused = text_of(client.post(place, {"table": "lines", "step": "receive"}))
    assert "Nothing is received as this table: its masked column email did not come." in refused
    # The likelier encoding is proposed, and why somebody has to look.
    shown = text_of(client.get(uploaded(LINES.replace("P1", "Москва"), "cp1251")))
    assert "4 columns in the file, of which 3 are received" in shown
    assert ("The 3 columns that are received are those of the last snapshot" in shown, "1 Москва 10 •••" in shown) == (True, True)
    assert 'export-2026-02.csv: line 2, column "code": byte 0xCC is М in cp1251 and Ì in cp1252' in shown


def test_names_of_columns_are_text_on_every_page_that_shows_them(client, lead, project, source, home, tmp_path):
    strange = LINES.replace("email", "<b>e</b>").replace("code", "a&amp;b")
    a_reading(source, tmp_path / "live", by=lead, home=home, text=strange)
    commit()
    number = the_snapshot(one(MirrorSource)).id
    client.sign_in(lead)
    places = ["/psa", "/psa/treatment", "/psa/readings/1"]
    places += [f"/snapshots/{number}{part}" for part in ("", "/fake", "/rows/2/edit")]
    pages = {place: client.get(BASE + place).text for place in places}
    assert [place for place, page in pages.items() if "<b>e" in page or "a&amp;b" in page.replace("&amp;amp;b", "")] == []
    assert "Mask of &lt;b&gt;e&lt;/b&gt;" in pages["/psa/treatment"]
    # Client and code tell each line from all others; the quantity does so by chance.
    assert re.findall(r'<input checked[^>]*name="key"[^>]*value="(\d)"', pages[f"/snapshots/{number}/rows/2/edit"]) == ["0", "1"]


def test_database_of_ninefold_itself_is_no_source():
    place = {"dialect": "postgresql", "host": "DB.example.org.", "database": "ninefold"}
    same = [rules.is_same_database({**place, **other}, "db.example.org", 5432, "ninefold")
            for other in ({}, {"port": 5432}, {"port": 5433}, {"database": "psa"}, {"dialect": "mariadb"}, {"dialect": "sqlite"})]
    assert same == [True, True, False, False, False, False]


def test_an_upload_named_like_an_export_is_not_shown_as_one(project, lead, home):
    a_mirror(project, by=lead, home=home)
    run = a_mapping_run(project, by=lead, home=home, version_id=a_version(project, by=lead).id)
    plan = a_plan(project, run, by=lead, home=home)
    add_file(project=project, title="x", stream=io.BytesIO(b"x\n"), filename="INV-1-plan-1.zip", home=home, by=lead)
    commit()
    assert list(plans.exports_of(project.id, plans.held_by_evidence(plan.evidence_id))) == []


def test_upload_whose_reading_could_not_be_kept_is_there_for_another_try(client, app, lead, project, home):
    a_mirror_source(project, by=lead, name="supplier")
    client.sign_in(lead)
    sent = client.post(f"{BASE}/supplier/upload", {"file": (io.BytesIO(b"client,units\n007,19\n"), "usage.csv")})
    client.post(sent.location, {"table": "usage", "step": "receive"})
    with db.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TRIGGER full BEFORE UPDATE ON job WHEN NEW.state = 'done' "
                                   "BEGIN SELECT RAISE(ABORT, 'the disk is full'); END")
    failed = do_jobs(app)
    arrivals = list(home.glob("sandbox/INV-1/arrivals/*/content"))
    kept = db.session.query(Pull).first()
    assert (failed.state, kept, [path.read_bytes() for path in arrivals]) == ("failed", None, [b"client,units\n007,19\n"])
    db.session.remove()
    with db.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER full")
    jobs.retry(jobs.job_of(failed.id))
    commit()
    assert (do_jobs(app).state, one(MirrorSnapshot).row_count, list(home.glob("sandbox/INV-1/arrivals/*"))) == ("done", 1, [])


def test_a_check_wants_a_live_table_of_which_no_record_was_left_out(project, lead, home):
    """A row that could not be received would look gone, and one to create as not there yet."""
    a_mirror(project, by=lead, home=home)
    run = a_mapping_run(project, by=lead, home=home, version_id=a_version(project, by=lead).id)
    plan, table = a_plan(project, run, by=lead, home=home), "psa.lines"
    now = db.session.get_one(MirrorSnapshot, run.recipe["inputs"]["lines"]["snapshot"])
    now.refused_count = 2
    with pytest.raises(Refused, match=r"^2 records of psa\.lines were left out when it was received\."):
        check_plan(plan=plan, live={table: {"snapshot": now.id}}, home=home, by=lead)
    now.refused_count = 0
    assert check_plan(plan=plan, live={table: {"snapshot": now.id}}, home=home, by=lead).is_stale is False
