"""Stories 10, 11 and 12 and a mapping from nothing in Chromium: with scripts in English, without them in French."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

import sandbox
from tests.e2e import serving, stories, trials
from tests.e2e.stories import Way, fill, option
from tests.e2e.trials import DEMO, MOVED, a_file, cells, done, press
from tests.factories.people import PASSWORD

pytestmark = pytest.mark.browser
PRICE, TOTAL = {"plain": "€345.50", "silent": "345,50 €"}, {"plain": "€570.50", "silent": "570,50 €"}
OVER = {"plain": "2 × €4.00 = €8.00", "silent": "2 × 4,00 € = 8,00 €"}
TWELVE = re.compile(r"\(\D*\b12\b\D*\)")  # days until the trial licence ends


@pytest.fixture(scope="module")
def trials_home(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder with the projects of these stories."""
    home = tmp_path_factory.mktemp("trials") / "home"
    shutil.copytree(migrated, home)
    trials.prepare(home)
    return home


@pytest.fixture(scope="module")
def trials_server(trials_home: Path) -> Iterator[str]:
    """The address of a server on it."""
    with serving.served(trials_home) as address:
        yield address


@pytest.fixture(params=stories.MODES)
def way(request: pytest.FixtureRequest, browser: Browser, trials_server: str) -> Iterator[Way]:
    """With scripts in English, without them in French."""
    found = Way(browser, trials_server, request.param, [])
    yield found
    for each in found.contexts:
        each.close()


def received(page: Page, project: str, name: str, table: str, text: str, tool: str = "") -> str:
    """Add a source of text files with a masked column, receive one; the address of the reading's page."""
    new = f"{project}/sandbox/mirror/new/csv"
    named = {"tool_id": option(page, new, "tool_id", tool)} if tool else {}
    fill(page, new, title=name.title(), name=name, masks=f"{table}.contact = drop", **named)
    fill(page, f"{project}/sandbox/mirror/{name}/upload", file=a_file(f"{table}-2026-01.csv", text))
    expect(page.locator('[name="table"]')).to_have_value(table)
    expect(page.locator("#rows tbody tr")).to_have_count(3)
    press(page, "receive", "step")
    return done(page)


def snapshot(page: Page, project: str, source: str) -> str:
    """Open the newest snapshot of a source; its address."""
    page.goto(f"{project}/sandbox/mirror/{source}")
    page.locator("#snapshots tbody th a").first.click()
    expect(page).to_have_url(re.compile(r"/snapshots/\d+$"))
    return page.url


def test_story_10_play_safely_on_masked_copies_with_fake_clients(way: Way, trials_home: Path) -> None:
    project, manager = way.project(10), way.come("p")
    for source, table, text in (("supplier", "usage", trials.USAGE), ("psa", "contracts", trials.CONTRACTS)):
        received(manager, project, source, table, text, f"Portal {way.key(10)}")
        hashes = [each.get_attribute("title") for each in manager.locator(".banner code.hash, .receive-only code.hash").all()]
        assert (len(hashes), len(set(hashes))) == (2, 1)  # before and after the reading
    manager.goto(f"{project}/sandbox/mirror")
    expect(manager.locator("main")).to_contain_text(TWELVE)
    expect(manager.locator("main .st-unchanged")).to_have_count(2)

    usage = snapshot(manager, project, "supplier")
    expect(manager.locator("main")).not_to_contain_text("@forge.example")
    for name in ("C-901", "C-902"):
        fill(manager, f"{usage}/fake", cell_0=name, cell_1="3", name_column="contract", reason="An edge case.")
    expect(manager.locator("main tbody .st-fake")).to_have_count(2)
    expect(manager.locator("main tbody")).to_contain_text("[FAKE] C-901")
    snapshot(manager, project, "psa")
    manager.locator("main tbody tr").filter(has_text="C-008").locator('a[href*="/edit"]').click()
    fill(manager, "", cell_1="8", reason="What if one were given back?")
    expect(manager.locator("main tbody tr").filter(has_text="C-008")).to_contain_text("8")
    kept = trials_home / "sandbox" / way.key(10)
    assert {oct(each.stat().st_mode & 0o777) for each in kept.glob("tables/*.parquet")} == {"0o444"}
    assert [each.name for each in kept.rglob("*") if each.is_file() and b"@forge.example" in each.read_bytes()] == []

    manager.goto(f"{project}/sandbox/mappings")
    manager.locator("main tbody th a").first.click()
    mapping = re.sub(r"[?#].*", "", manager.url)
    manager.goto(f"{mapping}/edit/map/1")
    manager.locator('[name="field_1_formula"]').fill("int(units) + 1")
    press(manager, "save")
    fill(manager, f"{mapping}/save", note="One licence in reserve.")
    new = f"{project}/sandbox/runs/new"
    fill(manager, f"{new}?version_id={option(manager, new, 'version_id', '2')}", title="One in reserve")
    run = done(manager)
    expect(manager.locator("#rows tbody .st-fake")).to_have_count(2)
    expect(manager.locator("#rows tbody tr:has(.st-fake) .st-create")).to_have_count(2)
    assert [row[1:3] for row in cells(manager, "#rows tbody tr:has(.st-update)")] == [
        ["C-001", "quantity: 10 → 11"], ["C-007", "quantity: 12 → 18"], ["C-008", "quantity: 8 → 10"]]
    told = manager.request.get(f"{run}/export/json").json()
    assert told["targets"]["psa.contracts"]["create"] == 2

    manager.goto(f"{project}/sandbox/plans/new?run=1")
    manager.locator('[name=scope][value="filter"]').check()
    manager.locator("main form button.btn-primary").click()
    expect(manager.locator("#left-out .st-fake")).to_have_count(2)
    fill(manager, "", title="All of it")
    plan = manager.request.get(f"{manager.url}/plan.json").json()
    assert [row["key"]["contract"] for row in plan["rows"]] == ["C-001", "C-007"]
    assert (plan["left_out"]["counts"], "[FAKE]" in json.dumps(plan["rows"])) == ({"fake": 2, "edited": 1}, False)

    writing = {"name": "contracts", "path": "/contracts", "method": "POST"}
    with pytest.raises(sandbox.InputRefused, match="method"):
        sandbox.checked_source("rest", {"base": "https://psa.example.test", "tables": [writing]})
    assert way.post(manager, usage.removeprefix(way.address), contract="C-001").status == 405


def reconciled(page: Page, project: str, month: str) -> None:
    """Start a run over the demo's files of a month and open its page, filtered by the golden client."""
    files = {"packages": "psa/packages.csv", "contracts": "psa/contracts.csv", "usage": f"supplier/usage-{month}.csv",
             "clients": "aliases.csv", "prices": "psa/prices.csv", "settings": "settings.toml"}
    given = {name: str(DEMO / path) for name, path in files.items()}
    fill(page, f"{project}/sandbox/new", title=month, period_on=month, **given)
    run = done(page)
    page.goto(f"{run}?client=Bakery+No%C3%A9")


def figures(page: Page) -> list[tuple[str, ...]]:
    """By service: in package, extra, entitled, used, and the looks of the verdict."""
    found = []
    for row in page.locator("#rows tbody tr:has(th)").all():
        numbers = row.locator("td").all_inner_texts()[:5]
        look = row.locator("[class*='st-']").first.get_attribute("class") or ""
        found.append((*(each.strip() for each in numbers), re.findall(r"st-([\w-]+)", look)[0]))
    return found


def test_story_11_ten_packages_seven_and_five_extras_bill_right(way: Way) -> None:
    project, manager = way.project(11), way.come("p")
    reconciled(manager, project, "2026-01")
    assert figures(manager) == [
        ("S1", "10", "0", "10", "10", "equal"), ("S2", "10", "0", "10", "10", "equal"), ("S3", "10", "7", "17", "17", "equal"),
        ("S4", "10", "0", "10", "10", "equal"), ("S5", "10", "5", "15", "15", "equal"),
    ]
    assert [row[1:] for row in cells(manager, "#psa tbody tr")] == [["10", "12", PRICE[way.name]], ["10", "62", TOTAL[way.name]]]
    why = manager.locator("#rows tbody tr").nth(2).locator("td.why")
    expect(why).to_contain_text("usage-2026-01.csv:9 · contracts.csv:3 · contracts.csv:5")

    reconciled(manager, project, "2026-02")
    assert figures(manager) == [
        ("S1", "10", "0", "10", "10", "equal"), ("S2", "10", "0", "10", "9", "unused"), ("S3", "10", "7", "17", "19", "over"),
        ("S4", "10", "0", "10", "10", "equal"), ("S5", "10", "5", "15", "14", "unused"),
        ("S6", "0", "0", "0", "2", "not-in-contract"),
    ]
    rows = manager.locator("#rows tbody tr:has(th)")
    assert re.sub(r"\s", " ", rows.nth(2).locator("td").nth(6).inner_text()) == OVER[way.name]
    expect(rows.nth(5)).to_contain_text(NO_PRICE[way.name])


NO_PRICE = {"plain": "no price known", "silent": "aucun prix connu"}
WENT = {"plain": "contract C-007 price 12.00 → 12.50", "silent": "contract C-007 price 12,00 → 12,50"}


def checked(page: Page, plan: str, live: str) -> None:
    """Hold a plan against an export of the live table."""
    fill(page, f"{plan}/check", file_1=a_file("contracts.csv", live), live_1="file")


def test_story_12_only_two_contracts_are_promoted(way: Way) -> None:
    project, manager = way.project(12), way.come("p")
    manager.goto(f"{project}/sandbox/plans/new?run=1")
    expect(manager.locator("main tbody tr").filter(has=manager.locator(".st-fake")).locator("input")).to_have_count(0)
    for contract in ("C-001", "C-007"):
        manager.locator(f'main tbody input[value*="{contract}"]').check()
    manager.locator("main form button.btn-primary").click()
    fill(manager, "", title="Two contracts")
    plan = f"{project}/sandbox/plans/1"
    expect(manager).to_have_url(re.compile(f"{plan}$"))
    assert [row["key"]["contract"] for row in manager.request.get(f"{way.address}{plan}/plan.json").json()["rows"]] == [
        "C-001", "C-007"]
    manager.goto(f"{project}/changes")
    change = manager.locator("main tbody th a").first.get_attribute("href") or ""
    fill(manager, f"{change}/plan", evidence_id=option(manager, f"{change}/plan", "evidence_id", "Two contracts"))

    checked(manager, plan, MOVED)
    expect(manager.locator("main")).to_contain_text(WENT[way.name])
    manager.goto(change)
    expect(manager.locator("#plan")).to_contain_text(WENT[way.name])
    expect(manager.locator(f'main a[href$="{change}/submit"]')).to_have_count(0)
    assert submitted(manager, change) == 409
    expect(manager.locator("main")).to_contain_text(WENT[way.name])

    manager.goto(f"{plan}/resolve")
    taken = manager.locator('main select[name^="taken_"]')
    expect(taken).to_have_count(1)
    taken.select_option("trial")
    fill(manager, "", **{taken.get_attribute("name") or "": "trial"})
    second = f"{project}/sandbox/plans/2"
    expect(manager).to_have_url(re.compile(f"{second}$"))
    assert way.post(manager, f"{second}/rehearse").status == 303
    manager.goto(second)
    expect(manager.locator("#rehearsal .st-pass")).to_have_count(1)
    fill(manager, f"{change}/plan", evidence_id=option(manager, f"{change}/plan", "evidence_id", "Two contracts"))
    assert submitted(manager, change) == 409  # the back-out text was written for the first plan
    manager.goto(change)
    manager.locator('main form[action$="/back-out-text"] button').first.click()
    assert submitted(manager, change) == 303
    for letter in ("o", "t"):
        signer = way.come(letter)
        signer.goto(change)
        fill(signer, "", verdict="approved", reason="As looked at.", password=PASSWORD)
    manager.goto(f"{change}/apply")
    expect(manager.locator("main form button[type=submit]")).to_have_count(0)  # a check made since is missing
    checked(manager, second, MOVED)
    assert way.post(manager, f"{change}/apply").status == 303
    manager.goto(f"{change}/apply")
    manager.locator("#exports a").first.click()
    files = downloaded(manager)
    table = [each.decode("utf-8-sig") for name, each in files.items() if name.endswith(".csv")]
    handed = [row for each in table for row in csv.DictReader(io.StringIO(each))]
    assert [(row["contract"], row["changed"], row["price"]) for row in handed] == [
        ("C-001", "price", "11.00"), ("C-007", "price", "13.00")]
    checklist = files["checklist.md"].decode()
    assert [name for name in ("C-001", "C-007", "C-009", "[FAKE]") if name in checklist] == ["C-001", "C-007"]

    manager.goto(second)
    manager.locator(f'main form[action$="{second}/revert"] button').click()
    back = manager.request.get(f"{way.address}{project}/sandbox/plans/3/plan.json").json()
    assert [(row["key"]["contract"], row["fields"]["price"]) for row in back["rows"]] == [
        ("C-007", {"live": "13.00", "trial": "12.50"}), ("C-001", {"live": "11.00", "trial": "10.00"}),
    ]


def submitted(page: Page, change: str) -> int:
    """Ask both approvers; the status of the answer."""
    page.goto(f"{change}/submit")
    for box in page.locator('main [name="asked"]').all():
        if re.search(r"\b[ot]-", page.locator(f'label[for="{box.get_attribute("id")}"]').inner_text()):
            box.check()
    with page.expect_response(lambda answer: answer.request.method == "POST") as answered:
        page.locator("main form button.btn-primary").last.click()
    return answered.value.status


def downloaded(page: Page) -> dict[str, bytes]:
    """The files of the archive that the page of a piece of evidence offers."""
    with page.expect_download() as waiting:
        page.locator('main a[href*="download"], main a[download]').first.click()
    with zipfile.ZipFile(io.BytesIO(Path(waiting.value.path()).read_bytes())) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def test_mapping_is_built_from_nothing_by_forms(way: Way) -> None:
    project, manager = way.project(21), way.come("p")
    fill(manager, f"{project}/sandbox/mappings/new", name="counts", title="Counts", way="blank")
    manager.goto(f"{project}/sandbox/mappings")
    manager.locator("main tbody th a").first.click()
    mapping = re.sub(r"[?#].*", "", manager.url)
    for table in ("supplier.usage", "psa.contracts"):
        manager.goto(f"{mapping}/edit/source/0?table={table}")
        press(manager, "save")
    manager.goto(f"{mapping}/edit/map/0")
    form = manager.locator("form#part")
    form.locator('[name="name"]').fill("counted")
    form.locator('[name="from"]').select_option("usage")
    for at, (name, formula, kind) in enumerate((("contract", "contract", "text"), ("quantity", "int(unitz)", "int"))):
        form.locator(f'[name="field_{at}_name"]').fill(name)
        form.locator(f'[name="field_{at}_type"]').select_option(kind)
        form.locator(f'[name="field_{at}_formula"]').fill(formula)
    if way.name == "silent":
        press(manager, "preview")
    pointed = manager.locator("#live pre.pointed")
    expect(pointed).to_contain_text("int(unitz)")
    formula, mark = pointed.inner_text().splitlines()[:2]
    assert (formula[mark.index("^"):][:5], mark.strip()) == ("unitz", "^^^^^")
    expect(manager.locator("#live")).to_contain_text("units")
    form.locator('[name="field_1_formula"]').fill("int(units)")
    if way.name == "silent":
        press(manager, "preview")
    expect(manager.locator("#live tbody tr")).to_have_count(3)
    expect(manager.locator("#live tbody tr").nth(1).locator("td")).to_have_text(["C-007", "17"])
    press(manager, "save")
    told = {"table": "psa.contracts", "from": "counted", "key": "contract", "compare": "quantity", "missing": "keep"}
    fill(manager, f"{mapping}/edit/target/0", **told)
    fill(manager, f"{mapping}/save", note="First version.")
    manager.goto(f"{project}/sandbox/runs/new")
    number = manager.locator('[name="version_id"] option[value]:not([value=""])').first.get_attribute("value")
    fill(manager, f"{project}/sandbox/runs/new?version_id={number}", title="January")
    done(manager)
    assert [row[1:3] for row in cells(manager, "#rows tbody tr:has(.st-update)")] == [["C-007", "quantity: 12 → 17"]]
