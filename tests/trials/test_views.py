"""The pages of the sandbox, and a run from the form to its page."""

from __future__ import annotations

import gzip
import html
import io
import re

import pytest

from tests.factories.jobs import do_jobs, the_job
from tests.factories.people import a_member, a_person
from tests.factories.projects import a_project
from tests.factories.trials import a_run, demo_files
from workbench.people.rules import Role
from workbench.trials import queries


@pytest.fixture
def lead(app):
    return a_person(role=Role.QUALITY_LEAD, name="S. Petit")


@pytest.fixture
def project(lead):
    return a_project(by=lead, key="INV-1")


@pytest.fixture
def february(project, lead, home):
    return a_run(project=project, by=lead, home=home, files=demo_files(2), month=2)


def text_of(response):
    """The text of a page, its spaces made single."""
    body = re.sub(r"<(script|option|head)\b.*?</\1>", " ", response.text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", body)))


def form_of(month, **others):
    files = {role: (io.BytesIO(path.read_bytes()), path.name) for role, path in demo_files(month).items()}
    return {"title": f"Month {month}", "period_on": f"2026-{month:02}", "again": "0", **files, **others}


def test_page_of_case_a_shows_the_bill_that_is_right_and_the_one_that_is_not(client, lead, project, home):
    a_run(project=project, by=lead, home=home, files=demo_files(1))
    page = text_of(client.sign_in(lead).get("/projects/INV-1/sandbox/1?client=Bakery+No%C3%A9"))
    assert "62 separate units instead of 12" in page
    assert "The contract 10 12 €345.50 Every count as a line 10 62 €570.50" in page
    assert "50 in packages 12 extra 62 entitled 62 used 0 over 0 unused" in page
    assert "Bakery Noé S3 10 7 17 17 equal 17 used = 10 in package P1 + 7 extra usage-2026-01.csv:" in page


def test_page_of_case_b_shows_what_is_over_to_the_cent(client, lead, project, february):
    page = text_of(client.sign_in(lead).get("/projects/INV-1/sandbox/1?client=Bakery+No%C3%A9"))
    assert "50 in packages 12 extra 62 entitled 64 used 4 over 2 unused" in page
    assert "S3 10 7 17 19 2 over 2 × €4.00 = €8.00 19 used = 10 in package P1 + 7 extra + 2 not billed" in page
    assert "S5 10 5 15 14 1 unused 14 used = 10 in package P1 + 4 extra; 1 unused" in page
    assert "S6 0 0 0 2 2 not in contract no price known 2 used = 2 not in contract" in page


def test_page_says_that_it_only_receives_and_that_live_is_unchanged(client, lead, project, february):
    page = text_of(client.sign_in(lead).get("/projects/INV-1/sandbox/1"))
    assert "Receive-only The sandbox only receives. Nothing here can write to a live tool." in page
    assert f"SHA-256 {february.inputs['usage']['sha256'][:12]}… Live data not changed" in page
    assert "filed as evidence E-1" in page


def test_page_in_french_says_why_in_french(client, lead, project, february):
    client.sign_in(lead).post("/language", {"language": "fr", "next": "/projects/"})
    page = text_of(client.get("/projects/INV-1/sandbox/1?client=Bakery"))
    assert "19 utilisés = 10 dans le forfait P1 + 7 en supplément + 2 non facturés" in page
    assert "2 × 4,00 € = 8,00 €" in page


def test_page_keeps_its_filter_in_the_address(client, lead, project, february):
    page = text_of(client.sign_in(lead).get("/projects/INV-1/sandbox/1?verdict=over&show=open"))
    assert "Package or extra 3 rows" in page
    assert "1 to 3 of 3" in page


def test_page_of_a_number_that_is_not_there_is_404(client, lead, project, february):
    client.sign_in(lead)
    answers = [client.get(f"/projects/INV-1/sandbox/{each}") for each in ("2", "99", "1/export/xml")]
    assert [answer.status_code for answer in answers] == [404, 404, 404]


def test_a_decision_leaves_the_row_decided_and_comes_back_to_the_filter(client, lead, project, february):
    client.sign_in(lead)
    answer = client.post(
        "/projects/INV-1/sandbox/1/decide?client=Bakery",
        {"row_key": "row|Bakery Noé|S3", "decision": "bill_it", "reason": "Two tills were added."},
    )
    assert (answer.status_code, answer.location) == (303, "/projects/INV-1/sandbox/1?client=Bakery#rows")
    page = text_of(client.get(answer.location))
    assert "1 decision is recorded." in page
    assert "bill it Two tills were added. S. Petit" in page
    assert "8 rows need a decision." in page


def test_a_decision_can_count_for_the_whole_client(client, lead, project, february):
    client.sign_in(lead).post(
        "/projects/INV-1/sandbox/1/decide",
        {"row_key": "client|Studio Halloy", "decision": "not_ours", "reason": "the reseller bills", "for_client": "y"},
    )
    left = [each.key for each in queries.open_rows(project.id)]
    assert [key for key in left if "Halloy" in key] == []
    assert len(left) == 6
    # The use of S6 and the service S6 ask the same: one decision may answer both.
    assert "The same for a service that nothing knows" in client.get("/projects/INV-1/sandbox/1/decide?row=service|S6").text
    client.post(
        "/projects/INV-1/sandbox/1/decide",
        {"row_key": "row|Bakery Noé|S6", "decision": "ask_the_supplier", "reason": "new there", "for_service": "y"},
    )
    assert [each.key for each in queries.open_rows(project.id) if "S6" in each.key] == []


def test_a_decision_without_reason_is_shown_again(client, lead, project, february):
    answer = client.sign_in(lead).post(
        "/projects/INV-1/sandbox/1/decide", {"row_key": "row|Bakery Noé|S3", "decision": "bill_it", "reason": " "}
    )
    assert answer.status_code == 422
    assert "Decide on Bakery Noé, S3" in text_of(answer)


def test_a_decision_about_an_unknown_row_is_404(client, lead, project, february):
    data = {"row_key": "row|Nobody|S3", "decision": "bill_it", "reason": "r"}
    assert client.sign_in(lead).post("/projects/INV-1/sandbox/1/decide", data).status_code == 404


def test_export_holds_exactly_what_is_shown(client, lead, project, february):
    client.sign_in(lead)
    wanted = "client=Bakery&show=unexplained"
    rows = client.get(f"/projects/INV-1/sandbox/1/export/json?{wanted}").get_json()
    assert [(row["service"], row["over"], row["amount_over"]) for row in rows["rows"]] == [
        ("S3", 2, "8.00"), ("S6", 2, None),
    ]
    assert (rows["totals"]["over"], rows["filter"]) == (4, {"client": "Bakery", "show": "unexplained"})
    table = client.get(f"/projects/INV-1/sandbox/1/export/csv?{wanted}")
    assert table.headers["Content-Disposition"] == 'attachment; filename="INV-1-trial-1.csv"'
    assert [line.split(",")[:3] for line in table.text.splitlines()] == [
        ["client", "service", "included"], ["Bakery Noé", "S3", "10"], ["Bakery Noé", "S6", "0"],
    ]


def test_export_of_a_name_that_looks_like_a_formula_is_safe(client, lead, project, home, tmp_path):
    files = demo_files(1)
    files["usage"] = tmp_path / "usage.csv"
    files["usage"].write_text('client;service;quantity\n"=HYPERLINK(1)";S1;1\n', encoding="utf-8")
    a_run(project=project, by=lead, home=home, files=files)
    table = client.sign_in(lead).get("/projects/INV-1/sandbox/1/export/csv?client=HYPERLINK").text
    assert table.splitlines()[1].startswith("'=HYPERLINK(1),S1,0")


def test_a_run_goes_from_the_form_to_its_page(app, client, lead, project):
    answer = client.sign_in(lead).post("/projects/INV-1/sandbox/new", form_of(1), content_type="multipart/form-data")
    job = the_job()
    assert (answer.status_code, answer.location, job.state) == (303, f"/jobs/{job.id}", "queued")
    job = do_jobs(app)
    assert (job.state, job.error, job.result_url, job.progress) == ("done", "", "/projects/INV-1/sandbox/1", 100)
    assert "€345.50" in text_of(client.get("/projects/INV-1/sandbox/1?client=Bakery"))
    run = queries.run(project.id, 1)
    assert (run.title, run.period_on.isoformat(), run.is_live_unchanged) == ("Month 1", "2026-01-01", True)
    assert run.run_by_id == lead.id


def test_a_run_sent_twice_is_done_once(app, client, lead, project):
    keys, path = client.sign_in(lead).keys(), "/projects/INV-1/sandbox/new"
    answers = [client.post(path, form_of(1), keys=keys, content_type="multipart/form-data") for _ in range(2)]
    assert answers[0].location == answers[1].location
    do_jobs(app)
    assert queries.runs_of_project(project.id).total == 1


def test_a_run_again_needs_only_the_new_usage(app, client, lead, project, february):
    usage = demo_files(1)["usage"]
    upload = (io.BytesIO(usage.read_bytes()), usage.name)
    data = {"title": "January", "period_on": "2026-01", "again": "1", "usage": upload}
    client.sign_in(lead).post("/projects/INV-1/sandbox/new", data, content_type="multipart/form-data")
    assert (do_jobs(app).error, queries.run(project.id, 2).result["totals"]["used"]) == ("", 333)
    page = text_of(client.get("/projects/INV-1/sandbox/2"))
    assert "Month against month" in page
    assert "Contract lines contracts.csv received earlier" in page


def test_a_run_without_a_file_that_is_needed_says_which(client, lead, project):
    data = form_of(1)
    del data["contracts"]
    answer = client.sign_in(lead).post("/projects/INV-1/sandbox/new", data, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "Contract lines : This file is needed" in text_of(answer)


def test_a_settings_file_that_is_wrong_is_refused_in_words(client, lead, project):
    data = form_of(1, settings=(io.BytesIO(b"[usage]\ndelimitr = ';'\n"), "settings.toml"))
    answer = client.sign_in(lead).post("/projects/INV-1/sandbox/new", data, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "settings.toml: [usage] has an unknown key delimitr; the nearest is delimiter; known: decimal," in text_of(answer)


def test_a_run_over_a_wrong_file_fails_and_names_it(app, client, lead, project):
    data = form_of(1, usage=(io.BytesIO(b"client;service;units\nA;S1;1\n"), "../usage march.csv"))
    client.sign_in(lead).post("/projects/INV-1/sandbox/new", data, content_type="multipart/form-data")
    job = do_jobs(app)
    assert (job.state, job.error) == (
        "failed", 'usage march.csv: column "quantity" is missing; the nearest is "units"; the header holds: client, service, units'
    )
    assert queries.runs_of_project(project.id).total == 0


def test_refused_records_stand_on_the_page_with_file_and_line(client, lead, project, home):
    a_run(project=project, by=lead, home=home, files=demo_files(1))
    page = text_of(client.sign_in(lead).get("/projects/INV-1/sandbox/1"))
    assert (
        "usage-2026-01.csv:44 Refused record the same client and service stand on rows 44 and 45 "
        "client,service: Carrosserie Lambert, S2" in page
    )


def test_the_list_shows_runs_and_what_waits(client, lead, project, february):
    page = text_of(client.sign_in(lead).get("/projects/INV-1/sandbox/"))
    assert "9 rows need a decision." in page
    assert "run 1: Month 2 February 2026 302 29 331 328 10 13 not changed" in page


def test_an_empty_list_offers_the_first_run(client, lead, project):
    assert "Start the first run" in text_of(client.sign_in(lead).get("/projects/INV-1/sandbox/"))


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        (Role.GUEST, [200, 200, 403, 403]), (Role.CONTRIBUTOR, [200, 200, 200, 403]),
        (Role.PROJECT_MANAGER, [200, 200, 200, 200]),
    ],
)
def test_members_may_what_their_role_grants(client, project, february, role, expected):
    member = a_person(role=role)
    a_member(project, member, role=role)
    client.sign_in(member)
    paths = ("", "1", "new", "1/decide?row=service%7CS6")
    assert [client.get(f"/projects/INV-1/sandbox/{path}").status_code for path in paths] == expected


def test_a_guest_sees_no_form(client, project, february):
    guest = a_person(role=Role.GUEST)
    a_member(project, guest, role=Role.GUEST)
    page = client.sign_in(guest).get("/projects/INV-1/sandbox/1").text
    assert ("/decide" in page, "sandbox/new" in page, "not decided yet" in page) == (False, False, True)


def test_an_outsider_is_told_nothing(client, project, february):
    client.sign_in(a_person(role=Role.CONTRIBUTOR))
    assert client.get("/projects/INV-1/sandbox/1").status_code == 404


def test_pages_cost_at_most_four_queries_of_their_own(client, lead, project, home, count_queries):
    costs = []
    client.sign_in(lead)
    for month in (1, 2):
        a_run(project=project, by=lead, home=home, files=demo_files(month), month=month)
        for path in ("", str(month)):
            client.get("/projects/INV-1/sandbox/")
            with count_queries() as seen:
                client.get(f"/projects/INV-1/sandbox/{path}")
            costs.append(len([each for each in seen if each.startswith("SELECT")]))
    assert costs == [6, 6, 6, 6]  # the session's person and the rights are two of them


def test_a_page_of_fifty_rows_keeps_its_budget(client, lead, project, february):
    answer = client.sign_in(lead).get("/projects/INV-1/sandbox/1")
    assert len(gzip.compress(answer.data)) < 10_000
    assert (len(answer.data) < 60_000, answer.text.count("Parts of the sandbox")) == (True, 1)
