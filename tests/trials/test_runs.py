"""Runs of mappings over real tables: from the form to the page, again next month, beside another, and what stops one."""

from __future__ import annotations

import html
import io
import re

import pytest

from tests.factories.jobs import do_jobs
from tests.factories.people import a_person
from tests.factories.projects import a_project
from tests.factories.runs import (
    DEMO_MAPPING,
    TABLES,
    a_crosswalk,
    a_fake,
    a_mapping_run,
    a_mirror,
    a_snapshot,
    a_version,
    newest,
)
from tests.factories.tools import a_tool
from workbench import jobs
from workbench.database import db
from workbench.evidence.models import Evidence, EvidenceVersion
from workbench.people.rules import Role
from workbench.trail.queries import history, verify
from workbench.trials.actions.mappings import withdraw_mapping
from workbench.trials.actions.runs import Wish, do_mapping_run, start_mapping_run
from workbench.trials.models import Mapping, MappingRun
from workbench.trials.queries import runs as queries
from workbench.web.refusals import Refused
from workbench.web.transactions import commit

FEBRUARY = TABLES["supplier.usage"].replace("A-1,BS,17", "A-1,BS,19").replace("A-9,BS,4\n", "A-9,BS,4\nA-7,BS,4\n")


@pytest.fixture
def lead(app):
    return a_person(role=Role.QUALITY_LEAD, name="S. Petit")


@pytest.fixture
def project(lead):
    return a_project(by=lead, key="INV-1")


@pytest.fixture
def january(project, lead, home):
    a_mirror(project, by=lead, home=home)
    return a_mapping_run(project, by=lead, home=home, version_id=a_version(project, by=lead).id)


def text_of(response):
    """The text of a page, its spaces made single."""
    body = re.sub(r"<(script|option|head|svg)\b.*?</\1>", " ", response.text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", body)))


def counts(run):
    return {kind: count for kind, count in run.result["targets"]["psa.lines"].items() if count}


def test_run_is_sealed_recorded_and_filed_with_its_difference(project, lead, january, home):
    assert counts(january) == {"create": 2, "update": 1, "flagged": 2}
    assert january.result["unmatched"]["usage_clean.clients"] == {
        "columns": ["account"], "names": {"A-9": 1}, "rows": 1, "table": "crosswalk.clients", "is_whole": True}
    event = history("mapping_run", january.id)[0]
    after = event.new
    assert (event.act, after["version"], after["targets"]["psa.lines"]["create"]) == ("mapping_run_done", 1, 2)
    filed = db.session.query(EvidenceVersion).join(Evidence).order_by(Evidence.id).all()
    assert [(one.filename, one.media_type) for one in filed] == [
        ("INV-1-run-M1.json", "application/json"), ("INV-1-run-M1.csv", "text/csv")]
    assert (filed[0].sha256, [filed[1].sha256]) == (january.result_sha256, january.recipe["filed"])
    assert (january.is_live_unchanged, verify(home / "keys").faults) == (True, ())


def test_page_shows_counts_each_change_with_why_refused_rows_and_what_a_filter_leaves(client, lead, project, january):
    page = client.sign_in(lead).get("/projects/INV-1/sandbox/runs/1")
    shown = text_of(page)
    assert "Receive-only The sandbox only receives." in shown
    assert "2 create 1 update 0 withdraw 2 flagged 3 refused 0 unchanged" in shown
    assert "update 7 S3 quantity: 5 → 7 what the package does not hold usage:2 · lines:2 · lines:3" in shown
    assert "create 8 S3 quantity: nothing → 3 what the package does not hold usage:4" in shown
    assert "usage_clean formula units 1 row refused by units usage:7 'x' is not a whole number" in shown
    assert "usage_clean.clients 5 1 A-9 × 1" in shown
    assert f'href="/projects/INV-1/sandbox/mirror/snapshots/{january.recipe["inputs"]["usage"]["snapshot"]}?line=2"' in page.text
    assert (len(page.data) < 60_000, page.text.count("Parts of the sandbox")) == (True, 1)
    refused = text_of(client.get("/projects/INV-1/sandbox/runs/1/refused?step=usage_clean&item=clients&kind=lookup"))
    assert "1 row was refused" in refused
    assert "usage:5 usage_clean clients has no row with account = 'A-9' account: A-9 · sku: BS · units: 4" in refused
    for wanted, keys in (
        ("kind=update", ["7 S3"]), ("field=quantity", ["7 S3"]), ("text=s5", ["7 S5", "8 S5"]), ("fake=y", []),
        ("kind=nonsense&text=8", ["8 S3", "8 S5"]), ("text=%25", []), ("text=s_", []), ("text=!", []),
    ):
        exported = client.get(f"/projects/INV-1/sandbox/runs/1/export/json?{wanted}").get_json()
        assert (wanted, [f"{row['client_id']} {row['code']}" for row in exported["rows"]]) == (wanted, keys)
        table = client.get(f"/projects/INV-1/sandbox/runs/1/export/csv?{wanted}").text.removeprefix("\ufeff").splitlines()
        assert table[0] == "table,kind,client_id,code,live.quantity,trial.quantity,changed,why,from,fake,edited,masked"
        assert [" ".join(line.split(",")[2:4]) for line in table[1:]] == keys
    assert client.get("/projects/INV-1/sandbox/runs/1/export/xlsx?kind=update").data[:2] == b"PK"


def test_from_the_form_to_the_page_with_proposed_tables_and_an_uploaded_file(app, client, lead, project, home):
    a_mirror(project, by=lead, home=home)
    version = a_version(project, by=lead)
    version_id = version.id
    client.sign_in(lead)
    assert "Supplier usage, version 1" in client.get("/projects/INV-1/sandbox/runs/new").text
    address = f"/projects/INV-1/sandbox/runs/new?version_id={version_id}"
    form = client.get(address).text
    chosen = re.findall(r'<option selected value="(snapshot:[0-9]+)"', form)
    assert (len(chosen), form.count(">reading ")) == (5, 5)  # one snapshot of a table is told from another
    typed = {"version_id": version_id, "title": "By form", "period_on": "2026-02", "has_overlay": "y", "input_1": "",
             **{f"input_{number}": value for number, value in enumerate(chosen, 1) if number > 1}}
    refused = client.post(address, typed)
    assert (refused.status_code, "usage (supplier.usage) has no input: choose a received table or a file." in text_of(refused)) == (
        422, True)
    answer = client.post(address, {**typed, "file_1": (io.BytesIO(FEBRUARY.encode()), "usage-02.csv")})
    assert answer.status_code == 303
    job = do_jobs(app)
    assert (job.state, job.result_url, job.error) == ("done", "/projects/INV-1/sandbox/runs/1", "")
    run = queries.mapping_run(project.id, 1)
    assert (counts(run), run.recipe["inputs"]["usage"]["file"]) == ({"create": 2, "update": 1, "flagged": 2}, "usage-02.csv")
    listed = text_of(client.get("/projects/INV-1/sandbox/runs"))
    assert "M1: By form Supplier usage, version 1 February 2026 2 1 0 2 4 0 not changed" in listed
    lines = client.get("/projects/INV-1/sandbox/runs.csv?mapping=supplier-usage").text.splitlines()
    assert [line.split(",")[:5] for line in lines[1:]] == [["M1", "By form", "2026-02", "Supplier usage", "1"]]


def test_recipe_runs_again_with_the_newest_tables_and_says_what_differs(client, lead, project, january, home):
    a_snapshot(project, "supplier.usage", FEBRUARY, by=lead, home=home)
    again = a_mapping_run(project, by=lead, home=home, version_id=january.version_id, again=1, title="February")
    kinds = {(one["source"], one["kind"]): (one["before"], one["after"]) for one in again.drift}
    assert kinds[("usage", "rows")] == (6, 7)
    assert kinds[("usage_clean.clients", "unmatched")] == (1, ["A-7"])
    page = text_of(client.sign_in(lead).get("/projects/INV-1/sandbox/runs/2"))
    assert "What differs from run M1" in page
    assert "usage_clean.clients Names without a match, new since 1 A-7" in page
    shown = text_of(client.get("/projects/INV-1/sandbox/runs/2/compare?with=1"))
    assert "The mapping is the same: Supplier usage, version 1. Inputs that differ" in shown
    assert "0 only in M1 0 only in M2 1 in both, otherwise 1 with another quantity" in shown
    assert "7 S3 update quantity: 7 → 9 what the package does not hold" in shown
    moved = client.get("/projects/INV-1/sandbox/runs/2/compare.csv?with=1").text
    assert "client_id=7; code=S3,moved,update,update,quantity,7,9" in moved
    form = client.get("/projects/INV-1/sandbox/runs/new?again=2").text
    assert "The recipe of run M2, with the newest received tables." in form


def test_changed_rule_is_told_in_words_beside_what_it_moved(client, lead, project, january, home):
    text = DEMO_MAPPING.read_text(encoding="utf-8").replace("extra_used + over, type: int", "extra_used, type: int")
    a_mapping_run(project, by=lead, home=home, version_id=a_version(project, by=lead, text=text).id, title="Without over")
    page = client.sign_in(lead).get("/projects/INV-1/sandbox/runs/2/compare?with=1")
    shown = text_of(page)
    assert page.text.count("Parts of the sandbox") == 1
    assert "The mapping differs: Supplier usage, version 1, and Supplier usage, version 2." in shown
    assert "step extra_lines: field quantity is now extra_used (was extra_used + over ) The inputs are the same." in shown
    assert "7 S3 update → no change quantity: 7 → nothing" in shown


def test_same_inputs_give_the_same_run_and_counts_outlive_its_rows(client, lead, project, january, home):
    second = a_mapping_run(project, by=lead, home=home, version_id=january.version_id, title="Once more")
    assert (second.run_id, second.result_sha256) == (january.run_id, january.result_sha256)
    assert "The same result as run M1" in text_of(client.sign_in(lead).get("/projects/INV-1/sandbox/runs/2"))
    assert [one.name for one in (home / "sandbox/INV-1/runs").iterdir()] == [january.run_id]
    folder = home / "sandbox/INV-1/runs" / january.run_id
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    page = text_of(client.get("/projects/INV-1/sandbox/runs/1"))
    assert "are no longer kept; run it again" in page
    assert "2 create 1 update" in page
    assert client.get("/projects/INV-1/sandbox/runs/1/export/csv").status_code == 409


def test_renamed_column_stops_by_name_and_writes_nothing(app, client, lead, project, january, home):
    a_snapshot(project, "supplier.usage", FEBRUARY.replace("sku", "SKU code", 1), by=lead, home=home)
    with pytest.raises(Refused) as refusal:
        a_mapping_run(project, by=lead, home=home, version_id=january.version_id, again=1)
    db.session.rollback()
    assert refusal.value.message == 'source usage: column "sku" is missing; the nearest is "SKU code"'
    assert db.session.query(MappingRun).count() == 1
    job = do_jobs(app)  # the queued one is refused in the same words
    assert job.state == "failed"
    client.sign_in(lead).post("/language", {"language": "fr", "next": "/projects/"})
    assert "SKU code" in text_of(client.get(f"/jobs/{job.id}"))


def test_fake_records_go_along_marked_and_can_be_left_out(client, lead, project, home):
    a_mirror(project, by=lead, home=home)
    a_fake(project, "supplier.usage", {"account": "A-2", "sku": "E3", "units": "9"}, by=lead)
    version_id = a_version(project, by=lead).id
    made = a_mapping_run(project, by=lead, home=home, version_id=version_id)
    plain = a_mapping_run(project, by=lead, home=home, version_id=version_id, has_overlay=False)
    assert made.recipe["inputs"]["usage"]["overlay"] == {"fake": 1, "edited": 0, "withdrawn": 0, "orphaned": []}
    assert (len(made.recipe["overlay"]), plain.recipe["overlay"]) == (1, [])
    page = text_of(client.sign_in(lead).get("/projects/INV-1/sandbox/runs/1?fake=y"))
    assert "What would change 1 row" in page
    assert "fake 8 S5 quantity: 2 → 9" in page
    assert "M1: January fake" in text_of(client.get("/projects/INV-1/sandbox/runs"))


def test_crosswalk_is_read_as_it_stood_and_a_source_that_changed_is_said(client, lead, project, home):
    a_mirror(project, by=lead, home=home)
    a_snapshot(project, "psa.lines", TABLES["psa.lines"], by=lead, home=home, after="b" * 64)
    crosswalk = a_crosswalk(project, {"A-1": ["7"], "A-2": ["8"], "A-9": ["8"]}, by=lead)
    version = a_version(project, by=lead)
    chosen = {**newest(project, version.text), "clients": f"crosswalk:{crosswalk.id}"}
    run = a_mapping_run(project, by=lead, home=home, version_id=version.id, chosen=chosen)
    assert run.recipe["inputs"]["clients"] == {"crosswalk": crosswalk.id, "at": 3}
    assert run.result["coverage"]["usage_clean.clients"] == {"matched": 6, "unmatched": 0}
    page = client.sign_in(lead).get("/projects/INV-1/sandbox/runs/1")
    assert "clients crosswalk.clients crosswalk clients, as decided then 3" in text_of(page)
    with client.session_transaction() as session:
        session["language"] = "fr"
    assert "correspondance clients, selon les décisions d’alors" in text_of(client.get("/projects/INV-1/sandbox/runs/1"))
    with client.session_transaction() as session:
        session["language"] = "en"
    assert (run.is_live_unchanged, "A source changed while it was read." in page.text) == (False, True)
    form = client.get("/projects/INV-1/sandbox/runs/new?again=1").text
    assert re.findall(r'<option selected value="(crosswalk:[0-9]+)"', form) == [f"crosswalk:{crosswalk.id}"]


def test_cancelled_run_writes_nothing_and_leaves_no_files(project, lead, home, save):
    a_mirror(project, by=lead, home=home)
    version = a_version(project, by=lead)
    wish = Wish(version_id=version.id, title="Stopped", chosen=newest(project, version.text))
    job = start_mapping_run(project=project, wish=wish, home=home, keys=home / "keys", by=lead, address="/runs/")
    jobs.cancel(job)
    save()
    with pytest.raises(jobs.Cancelled):
        do_mapping_run(jobs.Progress(job.id), dict(job.payload), lead.id)
    assert (db.session.query(MappingRun).count(), list((home / "sandbox/INV-1/runs").iterdir())) == (0, [])


def test_tool_page_lists_the_recipes_that_read_it(client, lead, project, home):
    tool = a_tool(by=lead, name="Supplier portal")
    a_mirror(project, by=lead, home=home, tool_id=tool.id)
    tool_id = tool.id
    a_mapping_run(project, by=lead, home=home, version_id=a_version(project, by=lead).id)
    outsider = a_person(role=Role.CONTRIBUTOR, name="Outsider")
    assert [(one.project_key, one.mapping, one.number) for one in queries.recipes_of_tool(tool_id, lead)] == [
        ("INV-1", "Supplier usage", 1)]
    assert queries.recipes_of_tool(tool_id, outsider) == []
    page = client.sign_in(lead).get(f"/tools/{tool_id}")
    assert "Recipes that read this tool" in page.text
    assert 'href="/projects/INV-1/sandbox/runs/new?again=1"' in page.text


def test_lists_and_pages_ask_as_often_for_thirty_runs_as_for_one(client, lead, project, january, home, count_queries):
    def asked():
        db.session.remove()
        with count_queries() as seen:
            queries.mapping_runs(1)
            queries.mapping_run_page(1, 1)
        return len(seen)

    one = asked()
    db.session.remove()
    first = queries.mapping_run(1, 1)
    assert first is not None
    same = ("project_id", "title", "version_id", "run_id", "recipe", "result", "result_sha256", "drift", "engine",
            "is_live_unchanged", "run_at", "run_by_id")
    copied = {name: getattr(first, name) for name in same}
    db.session.execute(MappingRun.__table__.insert(), [{**copied, "number": number, "note": ""} for number in range(2, 32)])
    db.session.commit()
    assert (asked(), queries.mapping_runs(1).total) == (one, 31)


def test_mapping_that_was_put_aside_is_not_run(project, lead, january, home):
    """Also not through the address of one of its versions."""
    number, mapping = january.version_id, db.session.query(Mapping).one()
    withdraw_mapping(project=project, mapping=mapping, reason="another one is used", by=db.session.merge(lead))
    commit()
    with pytest.raises(Refused, match="The mapping supplier-usage is withdrawn"):
        a_mapping_run(project, by=db.session.merge(lead), home=home, version_id=number)
    assert db.session.query(MappingRun).count() == 1
