"""What the gate asks, and the cost of the page."""

from __future__ import annotations

import pytest

from tests.factories.people import a_person
from tests.factories.projects import a_project
from tests.factories.trials import a_run, demo_files, golden_files
from workbench.people.rules import Role
from workbench.trials import queries
from workbench.trials.actions import dispose_all
from workbench.trials.rules import Decision
from workbench.web.refusals import NotThere


@pytest.fixture
def lead(app):
    return a_person(role=Role.QUALITY_LEAD)


@pytest.fixture
def project(lead):
    return a_project(by=lead)


def test_open_rows_are_those_of_the_latest_run_of_each_month(project, lead, home, tmp_path):
    a_run(project=project, by=lead, home=home, files=golden_files(tmp_path / "a", 2), month=1)
    a_run(project=project, by=lead, home=home, files=golden_files(tmp_path / "b", 1), month=1)
    a_run(project=project, by=lead, home=home, files=golden_files(tmp_path / "c", 2), month=2)
    found = queries.open_rows(project.id)
    assert [(each.run, each.key) for each in found] == [
        (3, "row|Bakery Noé|S3"), (3, "row|Bakery Noé|S6"), (3, "service|S6"),
    ]
    assert queries.latest_run(project.id).number == 3


def test_open_rows_end_with_the_last_decision(project, lead, home):
    run = a_run(project=project, by=lead, home=home, files=demo_files(2), month=2)
    keys = [each.key for each in queries.open_rows(project.id)]
    dispose_all(run=run, row_keys=keys, decision=Decision.ASK_THE_SUPPLIER, reason="asked on 2 March", by=lead)
    assert (len(keys), queries.open_rows(project.id)) == (9, [])


def test_open_rows_say_why_in_the_language_asked(project, lead, home, tmp_path):
    a_run(project=project, by=lead, home=home, files=golden_files(tmp_path, 2), month=2)
    assert queries.open_rows(project.id, language="fr")[0].why == (
        "19 utilisés = 10 dans le forfait P1 + 7 en supplément + 2 non facturés"
    )


def test_rows_of_another_project_stay_there(project, lead, home, tmp_path):
    a_run(project=a_project(by=lead), by=lead, home=home, files=golden_files(tmp_path, 2), month=2)
    found = (queries.open_rows(project.id), queries.live_unchanged(project.id)[0], queries.latest_run(project.id))
    assert found == ([], None, None)
    with pytest.raises(NotThere):
        queries.run_page(project.id, 1)


def test_a_page_costs_four_queries_whatever_it_shows(project, lead, home, save, count_queries):
    counts = []
    for month in (1, 2):
        run = a_run(project=project, by=lead, home=home, files=demo_files(month), month=month)
        keys = [each.key for each in queries.run_page(project.id, run.number).open]
        dispose_all(run=run, row_keys=keys, decision=Decision.BILL_IT, reason="agreed", by=lead)
        save()
        with count_queries() as seen:
            found = queries.run_page(project.id, run.number)
            queries.totals_of(found.shown(queries.Filter()))
            _ = [each.decided_by.name for each in found.dispositions.values()]
        counts.append(len([each for each in seen if each.startswith("SELECT")]))
    assert counts == [4, 4]


def test_runs_are_listed_newest_first_with_their_totals(project, lead, home, tmp_path):
    for month in (1, 2):
        a_run(project=project, by=lead, home=home, files=golden_files(tmp_path / str(month), month), month=month)
    found = queries.runs_of_project(project.id)
    assert [(each.number, each.totals["used"], each.is_live_unchanged) for each in found.rows] == [
        (2, 64, True), (1, 62, True),
    ]
    assert (found.total, queries.runs_of_project(project.id, page=9).rows) == (2, [])


def test_bills_of_the_golden_client_are_to_the_unit_and_the_cent(project, lead, home):
    run = a_run(project=project, by=lead, home=home, files=demo_files(1))
    page = queries.run_page(project.id, run.number)
    client, bills = page.bills(queries.Filter(client="bakery"))
    units = (bills.right.separate_units, bills.synced.separate_units, bills.units_too_many)
    assert (client, units) == ("Bakery Noé", (12, 62, 50))
    assert [str(amount) for bill in (bills.right, bills.synced) for _, amount in bill.amounts] == ["345.50", "570.50"]
    assert page.bills(queries.Filter())[1].right.packages == 73


def test_the_filter_narrows_by_client_verdict_and_need(project, lead, home):
    run = a_run(project=project, by=lead, home=home, files=demo_files(2), month=2)
    page = queries.run_page(project.id, run.number)
    shown = [
        [(line.row.client, line.row.service) for line in page.shown(wanted)]
        for wanted in (
            queries.Filter(client="NOÉ", verdict="unused"),
            queries.Filter(show="unexplained", verdict="not_in_contract"),
        )
    ]
    assert shown == [
        [("Bakery Noé", "S2"), ("Bakery Noé", "S5")],
        [("Bakery Noé", "S6"), ("Studio Halloy", "S1"), ("Studio Halloy", "S3")],
    ]
