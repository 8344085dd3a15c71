"""The rules of a bill, month against month, margins, workbooks in and out, figures typed by hand, and results of before."""

from __future__ import annotations

import html
import io
import re
from datetime import date
from pathlib import Path
from typing import Any

import fastexcel
import pytest
import xlsxwriter
from flask_babel import force_locale

from tests.factories.jobs import do_jobs
from tests.factories.people import a_person
from tests.factories.projects import a_project
from tests.factories.trials import a_run, golden_files
from tests.sandbox.cases import BAKERY, LINES
from workbench.evidence.queries import newest_version
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.projects.models import Project
from workbench.trials import queries, rules
from workbench.trials.forms import drift_said
from workbench.trials.rules import Figure, FigureFault

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


@pytest.fixture
def lead(app: Any) -> Person:
    return a_person(role=Role.QUALITY_LEAD, name="S. Petit")


@pytest.fixture
def project(lead: Person) -> Project:
    return a_project(by=lead, key="INV-1")


def text_of(answer: Any) -> str:
    body = re.sub(r"<(script|option|head)\b.*?</\1>", " ", answer.text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", body)))


def months(project: Project, lead: Person, home: Path, folder: Path, **later: Any) -> None:
    for month in (1, 2):
        files = golden_files(folder / str(month), month, **(later if month == 2 else {}))
        a_run(project=project, by=lead, home=home, files=files, month=month)


def test_month_against_month_says_what_moved_and_why(
    client: Any, lead: Person, project: Project, home: Path, tmp_path: Path, count_queries: Any
) -> None:
    dearer = (LINES[0], (BAKERY, "C-007", "service", "S3", 8, "4.50", "EUR"), LINES[2])
    months(project, lead, home, tmp_path, contracts=dearer)
    page = text_of(client.sign_in(lead).get("/projects/INV-1/sandbox/2/drift"))
    assert "Run 2 against run 1" in page
    assert "4 moved 2 stayed the same" in page
    moved = "S3 17 → 19 17 → 18 equal → over €28.00 → €36.00"
    assert f"{moved} lines of S3 7 → 8; price of S3 4.00 EUR → 4.50 EUR; used 17 → 19 (+2)" in page
    assert "S2 10 → 9 10 equal → unused – used 10 → 9 (-1)" in page
    assert "No row fits this filter" in text_of(client.get("/projects/INV-1/sandbox/2/drift?reason=package&against=1"))
    table = client.get("/projects/INV-1/sandbox/2/drift.csv?reason=contract").text.splitlines()
    assert [line.split(",")[:6] for line in table[1:]] == [[BAKERY, "", "service", "S3", "17", "17"]]
    assert [client.get(f"/projects/INV-1/sandbox/{each}").status_code for each in ("1/drift", "2/drift?against=2", "9/drift")] == [
        404, 404, 404
    ]
    with count_queries() as seen:
        client.get("/projects/INV-1/sandbox/2/drift")
    assert len([each for each in seen if each.startswith("SELECT")]) == 6
    assert "What moved since, and why" in client.get("/projects/INV-1/sandbox/2").text


def test_reasons_are_told_in_parts_and_unknown_ones_stay(app: Any) -> None:
    told = "package P1 added: 3; one package P1 holds 1 → 2; by other rules: each contract has units of its own; something else"
    with app.test_request_context():
        assert drift_said(told) == told
        with force_locale("fr"):
            assert drift_said("used 10 → 9 (-1); something else") == "utilisé 10 → 9 (-1)\u00a0; something else"


def test_rules_are_chosen_shown_and_taken_along(app: Any, client: Any, lead: Person, project: Project, tmp_path: Path) -> None:
    ends = [(*LINES[0], "", ""), (*LINES[1], "", "2026-01-10"), (*LINES[2], "", "")]
    files = golden_files(tmp_path, 1)
    header = "client,contract,kind,item,quantity,unit_price,currency,starts_on,ends_on"
    files["contracts"].write_text("\n".join([header, *(",".join(map(str, row)) for row in ends)]) + "\n", encoding="utf-8")
    sent = {role: (io.BytesIO(path.read_bytes()), path.name) for role, path in files.items()}
    settings = (io.BytesIO(b'[rules]\nunder_use = "use"\nsnapshot = "at_start"\n'), "settings.toml")
    typed = {"title": "January", "period_on": "2026-01", "again": "0", "is_dated": "y", "under_use": "contract"}
    client.sign_in(lead)
    client.post("/projects/INV-1/sandbox/new", {**typed, **sent, "settings": settings}, content_type="multipart/form-data")
    job = do_jobs(app)
    assert (job.state, job.error) == ("done", "")
    assert queries.rules_of(project.id, 1) == {
        "pool": "client", "under_use": "contract", "snapshot": "at_start", "period": "2026-01"
    }
    page = text_of(client.get("/projects/INV-1/sandbox/1"))
    assert "The day that counts what is in force on its first day" in page
    assert "Period 2026-01: lines outside it do not count, amounts are by day" in page
    assert "S3 10 7 17 17 equal" in page
    again = client.get("/projects/INV-1/sandbox/new?again=1").text
    marks = re.findall(r'<label class="label" for="(\w+)">[^<]*<span class="optional">(.*?)</span>', again)
    needed = "(needed, here or from the run above)"
    assert [mark for mark in marks if mark[0] in (*files, "clients", "settings")] == [
        ("usage", needed), ("contracts", needed), ("packages", needed), ("clients", "(optional)"), ("prices", "(optional)"),
        ("settings", "(optional)")]
    assert ("Only where the supplier spells clients otherwise" in again, "else the first" in again) == (True, False)
    assert "Where neither says anything: the units of all contracts of a client count together." in again
    assert re.search(r'<option selected value="at_start">', again) is not None
    assert re.search(r'<input[^>]*checked[^>]*id="is_dated"', again) is not None
    refused = client.post("/projects/INV-1/sandbox/new", {"title": "x", "again": "1", "is_dated": "y"})
    assert "Name the month in which is counted by date." in refused.text
    client.post("/projects/INV-1/sandbox/new", {"title": "x", "again": "1", "pool": "contract"})
    assert do_jobs(app).error == ""
    later = queries.rules_of(project.id, 2)
    assert later == {"pool": "contract", "under_use": "contract", "snapshot": "at_start", "period": None}


def test_margins_stand_where_costs_are_known(client: Any, lead: Person, project: Project, home: Path, tmp_path: Path) -> None:
    files = golden_files(tmp_path, 1)
    costs = "".join(f"S{number},5.00,EUR,2.00\n" for number in range(1, 6))
    files["prices"].write_text(f"service,unit_price,currency,unit_cost\nP1,30.00,EUR,\n{costs}", encoding="utf-8")
    a_run(project=project, by=lead, home=home, files=files)
    client.sign_in(lead)
    # 345.50 billed; all 62 units used at 2.00.
    assert "€221.50 = €345.50 billed − €124.00 cost" in text_of(client.get("/projects/INV-1/sandbox/1"))
    page = text_of(client.get("/projects/INV-1/sandbox/1/margins"))
    assert "Bakery Noé packages P1 €300.00 €100.00 €200.00" in page
    assert "Bakery Noé S3 €28.00 €14.00 €14.00" in page
    assert client.get("/projects/INV-1/sandbox/1/margins.csv").text.splitlines()[1] == (
        "Bakery Noé,,packages,P1,300.00,100.00,200.00,EUR"
    )


def test_workbook_out_holds_the_rows_shown_and_the_bills(
    client: Any, lead: Person, project: Project, home: Path, tmp_path: Path
) -> None:
    a_run(project=project, by=lead, home=home, files=golden_files(tmp_path, 2), month=2)
    answer = client.sign_in(lead).get("/projects/INV-1/sandbox/1/export/xlsx?show=unexplained")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="INV-1-trial-1.xlsx"'
    book = fastexcel.read_excel(answer.data)
    assert book.sheet_names[:3] == ["Rows", "Totals", "Rules"]
    path = tmp_path / "out.xlsx"
    path.write_bytes(answer.data)
    again = client.get("/projects/INV-1/sandbox/1/export/json").get_json()
    assert again["rules"] == {"pool": "client", "under_use": "contract", "snapshot": "at_end", "period": None}


def test_workbooks_in_are_reconciled_and_used_again(
    lead: Person, project: Project, home: Path, tmp_path: Path
) -> None:
    files = golden_files(tmp_path, 1)
    book = xlsxwriter.Workbook(str(tmp_path / "usage.xlsx"))
    sheet = book.add_worksheet()
    for place, row in enumerate(files["usage"].read_text(encoding="utf-8").splitlines()):
        sheet.write_row(place, 0, [int(cell) if cell.isdigit() else cell for cell in row.split(",")])
    book.close()
    files["usage"] = tmp_path / "usage.xlsx"
    first = a_run(project=project, by=lead, home=home, files=files)
    assert (first.result["totals"]["used"], first.inputs["usage"]["name"], first.is_live_unchanged) == (62, "usage.xlsx", True)
    second = a_run(project=project, by=lead, home=home, files={}, again=first)
    assert (second.result["totals"], second.inputs["usage"]["is_again"]) == (first.result["totals"], True)
    assert first.result["rows"][0]["from"][0] == "usage.xlsx:2"


def test_figures_typed_by_hand_become_usage_and_evidence(
    app: Any, client: Any, lead: Person, project: Project, tmp_path: Path
) -> None:
    files = golden_files(tmp_path, 1)
    client.sign_in(lead)
    page = client.get("/projects/INV-1/sandbox/new/by-hand?rows=3")
    assert page.text.count('name="client"') == 3
    sent = {role: (io.BytesIO(files[role].read_bytes()), files[role].name) for role in ("packages", "contracts", "prices")}
    rows = {"client": [BAKERY, BAKERY, ""], "service": ["S3", "S1", ""], "quantity": ["19", "ten", ""], "shot": ["1", "2", "1"]}
    typed = {"title": "Portal", "period_on": "2026-01", "again": "0", "read_on": "2026-01-05", **rows}

    def post(**others: Any) -> Any:
        shot = {"screenshots": (io.BytesIO(PNG), "portal “1”.png")}
        fresh = {role: (io.BytesIO(files[role].read_bytes()), name) for role, (_stream, name) in sent.items()}
        whole = {**typed, **fresh, **shot, **others}
        return client.post("/projects/INV-1/sandbox/new/by-hand", whole, content_type="multipart/form-data")

    refused = post()
    assert refused.status_code == 422
    assert "row 2: a quantity is a whole number, 0 or more; row 2: name one of the screenshots, 1 to 1" in text_of(refused)
    assert 'value="ten"' in refused.text
    assert post(quantity=["19", "10", ""], shot=["1", "1", "1"]).status_code == 303
    job = do_jobs(app)
    assert (job.state, job.error) == ("done", "")
    run = queries.run(project.id, 1)
    assert run is not None
    found = {row["service"]: (row["used"], row["from"][0]) for row in run.result["rows"]}
    assert (found["S3"], found["S1"]) == ((19, "figures.toml:4"), (10, "figures.toml:11"))
    (shot,) = run.inputs["usage"]["shots"]
    assert (shot["name"], newest_version(shot["evidence_id"]).sha256) == ("portal “1”.png", shot["sha256"])
    assert "screenshot, E-1" in client.get("/projects/INV-1/sandbox/1").text


def test_faults_of_typed_rows_are_all_named() -> None:
    faults = rules.figure_faults([Figure(1, "", "S1", "3", "1"), Figure(4, "A", "", "-1", "9")], 1)
    assert faults == [
        (1, FigureFault.NO_CLIENT), (4, FigureFault.NO_SERVICE), (4, FigureFault.NOT_WHOLE), (4, FigureFault.NO_SHOT)
    ]


def test_typed_names_stay_as_they_are_in_the_file() -> None:
    shot = rules.Shot('a"b.png', "0" * 64, 1, 1)
    text = rules.figures_toml([Figure(1, 'Noé "N" \\ Co\t', "S1", "3", "1")], [shot], date(2026, 1, 5), "A. Martin")
    assert 'client = "Noé \\"N\\" \\\\ Co\\U00000009"' in text
    assert 'screenshot = "a\\"b.png"' in text


def test_a_result_of_before_still_opens(client: Any, lead: Person, project: Project, home: Path, tmp_path: Path) -> None:
    months(project, lead, home, tmp_path)
    old = queries.run(project.id, 1)
    assert old is not None
    newer = ("parts", "elsewhere", "unit_cost", "cost_currency", "contract", "is_counted", "billed", "days", "of_days", "due")
    details = {
        part: [{name: value for name, value in each.items() if name not in newer} for each in old.result["details"][part]]
        for part in ("rows", "lines")
    }
    assert "parts" in old.result["details"]["rows"][0]
    record = {**old.result, "details": details}
    # The row is sealed: the old shape is asked of what reads it, as an older release would have stored it.
    result = queries.result_of(type("Old", (), {"result": record})())  # type: ignore[arg-type]
    assert (result.rules.as_json()["pool"], result.totals["used"], result.rows[2].parts) == ("client", 62, ())
    assert result.lines[0].contract == ""
    assert queries.margins_of(result) is None
    assert client.sign_in(lead).get("/projects/INV-1/sandbox/2/drift").status_code == 200
