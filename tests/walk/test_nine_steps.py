"""One project from its first day to its end, through the pages alone; each gate refuses before it passes."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from werkzeug.routing import MapAdapter, RequestRedirect

from tests.conftest import opened
from tests.walk import steps, steps_later
from tests.walk.company import HOME, KEY, Company, found_company
from tests.walk.visitor import Reader, Visitor
from workbench.config import Settings

WALK = (
    steps.observe, steps.research, steps.consult, steps.identify, steps.experiment, steps_later.integrate,
    steps_later.familiarise, steps_later.inform, steps_later.adopt,
)
MOST = 8  # pages of one kind that are looked at


@pytest.fixture(scope="module")
def company(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """The company at the end of its project. What each gate refused is kept beside it."""
    home = tmp_path_factory.mktemp("walk") / "home"
    shutil.copytree(migrated, home)
    with opened(Settings(home=home, testing=True, sign_in_limit="1000 per minute")) as app:
        found = found_company(app)
        for number, step in enumerate(WALK, start=1):
            found.gates[number] = (found.missing(number), found.refused(number))
            step(found)
            found.answer_items(number)
            found.passed(number)
        steps_later.survey(found)
        yield found


def test_each_gate_refused_and_named_every_missing_criterion(company: Company) -> None:
    assert [number for number, (missing, named) in company.gates.items() if not missing or missing != named] == []


def test_refusals_name_what_each_step_measures(company: Company) -> None:
    measured = {
        number: [each for each in named if not each.startswith("item-")] for number, (_missing, named) in company.gates.items()
    }
    assert measured == {
        1: [
            "gates_checklist", "tools_described", "swot_filled-strengths", "swot_filled-weaknesses",
            "swot_filled-opportunities", "swot_filled-threats", "source_chosen", "objectives_measured",
        ],
        2: ["needs_researched", "independent_source", "synthesis_written"],
        3: [
            "hub_heard-administration", "hub_heard-technical", "hub_heard-sales", "layer_heard-supplier",
            "layer_heard-editor", "limitation_recorded",
        ],
        4: ["paths_compared", "path_chosen", "trial_plan_bounded"],
        5: [
            "live_data_unchanged", "reconciliation_explained", "hypotheses_judged", "back_out_rehearsed", "plan_clean",
            "presentation_held", "limitations_decided",
        ],
        6: ["plan_as_approved", "change_authorised", "acceptance_closed"],
        7: ["roles_instructed", "support_tested"],
        8: ["instructions_read", "one_channel_a_message", "old_way_ends"],
        9: ["habit_reached", "benefit_measured", "follow_ups_set", "second_person_verified"],
    }


def test_project_is_closed_with_nine_decisions(company: Company) -> None:
    page = company["gus"].get(f"{HOME}/").text
    assert page.count('class="rail-step') == 9
    assert "closed" in company["ada"].get("/projects/").text
    for number in range(1, 10):
        assert "Serge Dubois" in company["judith"].get(f"{HOME}/decisions/{number}").text
    company["judith"].get(f"{HOME}/decisions/10", code=404)


def test_decided_gate_is_not_decided_again(company: Company) -> None:
    page = company["serge"].get(f"{HOME}/steps/5/gate").text
    assert [each.action for each in Reader(page).forms if each.action.endswith("/decide")] == []


@pytest.mark.parametrize("name", ["gus", "judith", "otto", "stranger"])
def test_name_said_in_confidence_is_on_no_page(company: Company, name: str) -> None:
    visitor = company.stranger() if name == "stranger" else company[name]
    seen = reachable(visitor)
    assert [path for path, body in seen.items() if tells(body)] == []
    assert (f"{HOME}/" in seen, len(seen) > 60) == ((True, True) if name in ("gus", "judith") else (False, False))


def test_name_said_in_confidence_is_seen_by_who_wrote_it_down(company: Company) -> None:
    assert steps.VOICE in company["ada"].get(f"{HOME}/records/consultations").text


def test_name_said_in_confidence_leaves_in_no_export_and_not_by_the_api(company: Company) -> None:
    ada, left = company["ada"], []
    pages = [f"{HOME}/all-records", f"{HOME}/practices", f"{HOME}/adoption", "/registers/"]
    links = {link.partition("#")[0] for page in pages for link in Reader(ada.get(page).text).links}
    registers = sorted(link for link in links if re.fullmatch(rf"({HOME}/[a-z]+|/registers)/[a-z_]+", link))
    exports = [f"{each}.csv" for each in registers if ada.client.open(f"{each}.csv").status_code == 200]
    exports += ["/changes/calendar.csv", f"{HOME}/changes/requests.csv", f"{HOME}/checklists/1/export.csv?step=all"]
    assert (len(exports) > 30, f"{HOME}/records/consultations.csv" in exports) == (True, True)
    for path in (*exports, f"/api/v1/projects/{KEY}/lifecycle"):
        left += [path] if tells(ada.get(path).data) else []
    assert left == []


@pytest.mark.pdf
@pytest.mark.parametrize("language", ["fr"])  # the bundle holds the English one
def test_name_said_in_confidence_is_in_no_report(company: Company, language: str) -> None:
    pdf = built(company, "audit_report", language)
    text = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True).stdout
    assert (len(text) > 10_000, tells(pdf), tells(text)) == (True, False, False)


def test_name_said_in_confidence_is_in_no_bundle(company: Company) -> None:
    with zipfile.ZipFile(io.BytesIO(built(company, "bundle", "en"))) as bundle:
        told = [each for each in bundle.namelist() if tells(bundle.read(each))]
        assert (len(bundle.namelist()) > 5, told) == (True, [])


def tells(body: bytes) -> bool:
    """Whether what was said in confidence, or who said it, stands in these bytes."""
    return any(each.encode() in body for each in (steps.VOICE, steps.VOICE.split()[-1], steps.WORDS))


def built(company: Company, report: str, language: str) -> bytes:
    """Build a report on its page and take it away."""
    ada = company["ada"]
    ada.press(f"{HOME}/reports/", "/reports/", report=report, language=language)
    company.work()
    listed = ada.get(f"{HOME}/reports/").text.partition('id="built"')[2]
    links = [each for each in Reader(listed).links if each.endswith("/file")]
    body: bytes = ada.get(links[0]).data
    return body


def reachable(visitor: Visitor) -> dict[str, bytes]:
    """Every kind of page and export that links lead to from the first one, by its address; filters and sorting left out."""
    seen: dict[str, bytes] = {}
    kinds: Counter[tuple[str, ...]] = Counter()
    rules = visitor.client.application.url_map.bind("")
    waiting = ["/", "/trail", f"{HOME}/", f"{HOME}/trail", f"{HOME}/all-records", f"/api/v1/projects/{KEY}/lifecycle"]
    while waiting:
        path = waiting.pop()
        kind = _kind(rules, path)
        if path in seen or path.endswith("/file") or kinds[kind] == MOST:
            continue
        kinds[kind] += 1
        answer = visitor.client.open(path, method="GET", follow_redirects=True)
        led_on = answer.request.path != path.partition("?")[0]  # to the sign-in page, as a rule
        seen[path] = b"" if led_on or answer.status_code != 200 else answer.data
        if seen[path] and answer.mimetype == "text/html":
            links = (each.partition("#")[0] for each in Reader(answer.text).links)
            waiting += [each for each in links if each.startswith("/") and "/static/" not in each and _is_new(each, seen)]
    return {path: body for path, body in seen.items() if body}


def _kind(rules: MapAdapter, path: str) -> tuple[str, ...]:
    """What pages made by the same function of the same register have in common; one record is as good as another."""
    address, _mark, query = path.partition("?")
    try:
        endpoint, given = rules.match(address)
    except RequestRedirect as error:
        endpoint, given = rules.match(urlsplit(error.new_url).path)
    names = (f"{name}={value}" for name, value in given.items() if name in ("register", "kind", "name", "part"))
    return (str(endpoint), *names, *sorted(each.partition("=")[0] for each in query.split("&")))


def _is_new(link: str, seen: dict[str, bytes]) -> bool:
    if link.startswith("/packs/") or "/matrix/" in link:
        return False  # hundreds of clauses: what the standards say, and the answers that the checklists show as well
    return link not in seen and not ("?" in link and any(each in link for each in ("sort=", "page=", "month=", "q=")))
