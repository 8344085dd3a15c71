"""The first five steps, each as the people of the project do it on the pages."""

from __future__ import annotations

import re
from typing import Any

from tests.sandbox.cases import FEBRUARY, LINES, LIST, P1, counted, file_text
from tests.walk.company import HOME, Company, day
from tests.walk.visitor import Reader

VOICE, WORDS = "Ondine Quenneville", "zibeline-4417"  # said in confidence; must leave nowhere
FILES = {"packages": P1, "contracts": LINES, "usage": counted(FEBRUARY), "prices": LIST}


def observe(company: Company) -> None:
    """Step 1: the situation, its source, a measurable objective."""
    ada = company["ada"]
    ada.press(f"{HOME}/checklists/", "/checklists/", pack_id="lifecycle_gates")
    for name, layer in (("Nimbus PSA", "editor"), ("Portal of the supplier", "supplier")):
        ada.fill("/tools/new", name=name, layer=layer, sensitivity="internal", owner_id="Anne Ferrand", standing="live")
        ada.fill(f"{HOME}/tools/add", tool_id=name)
    ada.fill(f"{HOME}/evidence/new", title="Observation of one billing day", file=(b"09:00 counts are typed", "day.txt"))
    proof = re.search(r">(E-\d+)<", ada.get(f"{HOME}/evidence/").text)
    assert proof is not None
    swot: dict[str, Any] = {
        f"{quadrant}-0-{column}": value
        for quadrant in ("strengths", "weaknesses", "opportunities", "threats")
        for column, value in (("statement", f"One of the {quadrant}"), ("evidence", proof.group(1)))
    }
    company.write("swot", **swot)
    company.write(
        "situation_map",
        **{"elements-0-name": "Billing", "elements-0-kind": "process", "elements-0-hub": "administration"},
        **{"connections-0-source": "Nimbus PSA", "connections-0-target": "Billing", "connections-0-passes": "counts",
           "connections-0-how": "hand"},
    )
    company.write("source_of_issue", source="tool", level="operational", observation="Counts are typed twice.", reason="No export.")
    company.write("specification_note", aim="Invoices from the mapping", budget="4000 EUR", time="6 months", sponsor="Serge")
    company.add("records/needs", statement="Counts reach the invoice without typing", priority="must", source="Anne Ferrand")
    company.add(
        "records/objectives", statement="No count is typed", measure="Counts typed a month", baseline="140", target="0"
    )
    company.add("records/baselines", measure="Time for one invoice run", value="420", unit="minutes", measured_on=day())
    company.add("records/criteria", name="Works without typing", weight="60")
    company.add("records/risks", statement="A wrong count reaches a client", likelihood="3", impact="3")


def research(company: Company) -> None:
    """Step 2: two kinds of source for the need, and what they taught."""
    for kind in ("case", "method"):
        company.add("records/sources", reference=f"A {kind} of a company of twelve", kind=kind, need_id="N-1")
    company.write(
        "synthesis", **{"by_need-0-need": "N-1", "by_need-0-text": "Counts can be mapped."}, facts="One table is enough.",
        questions="Who keeps the table?",
    )


def consult(company: Company) -> None:
    """Step 3: each hub, each layer; a caution, a promise, something said in confidence, an answer by a link."""
    for hub in ("administration", "technical", "sales"):
        company.add(
            "records/consultations", statement=f"Heard in {hub}", kind="opinion", said_by=f"Head of {hub}", layer="internal",
            hub=hub, held_on=day(), has_consent="y",
        )
    company.add(
        "records/consultations", statement=f"They will raise the price, {WORDS}", kind="advice", said_by=VOICE,
        layer="supplier", held_on=day(), has_consent="y", is_confidential="y",
    )
    caution = company.add(
        "records/consultations", statement="The portal changes without notice", kind="caution", said_by="Reseller D",
        layer="reseller", held_on=day(), has_consent="y",
    )
    _answer_by_link(company)
    company.add(
        "records/limitations", statement="No export per customer", tool_id="Nimbus PSA", layer="editor",
        first_reported_on=day(-1200), reported_by="service desk", chaser_id="Ada Martin", next_chase_on=day(60),
    )
    promise: dict[str, Any] = {"feature": "Export per customer", "layer": "editor", "promised_by": "the editor’s support"}
    company.add("records/promises", tool_id="Nimbus PSA", **promise)
    assert [each for each in company.missing(3) if not each.startswith("item-")] == ["cautions_answered", "promises_chased"]
    company["ada"].fill(f"{HOME}/records/promises/1/edit", due_on=day(90), owner_id="Ada Martin", next_chase_on=day(60))
    company["ada"].fill(
        f"{HOME}/records/consultations/{caution}/dispose", disposition_kind="risk", disposition="Watched as R-1."
    )


def _answer_by_link(company: Company) -> None:
    """The editor answers on a page of their own, with nothing but a link."""
    page = company["ada"].fill(
        f"{HOME}/records/guest-links/new", addressee="Support of the editor", organisation="Nimbus", layer="editor",
        questions="When will there be an export per customer?", expires_on=day(14),
    )
    address = re.search(r"http://[^/]+(/answer/[\w-]+)", page.text)
    assert address is not None
    guest = company.stranger()
    assert "Thank" in guest.fill(address.group(1), statement_1="In a few months.", has_consent="y").text
    guest.get(address.group(1), code=404)


def identify(company: Company) -> None:
    """Step 4: two paths beside the present way; the one that a limitation killed cannot be chosen; a bounded trial."""
    ada = company["ada"]
    ada.press(f"{HOME}/paths", "/paths/present-way")
    for name in ("Full interface", "File and mapping"):
        ada.fill(f"{HOME}/paths/new", name=name, tool_ids=["1"], needs_covered="N-1", reversibility="easy")
    killed, chosen = 2, 3  # the present way is the first
    ada.fill(f"{HOME}/paths/{killed}/kill", limitation_id="L-01", reason="There is no export per customer.")
    assert "L-01" in ada.fill(f"{HOME}/paths/{killed}/choose", code=409, reason="It would be best.").text
    company["claire"].fill(f"{HOME}/paths/{killed}/choose", code=422, reason="Best.", in_spite_of="No export", waiver="")
    ada.fill(f"{HOME}/paths/{chosen}/choose", reason="A file is there each month.")
    company.add("paths/hypotheses", statement="The file explains each row", success_measure="No row without a reason")
    company.write(
        "trial_plan", success_measure="No unexplained row", stop_rule="Any change of live data", data_used="January",
        masking="Names of persons are left out", begins=day(), ends_on=day(30),
    )
    company.add(
        "paths/meetings", purpose="decision", held_on=day(), hubs=["administration", "technical", "sales"], minutes="Agreed."
    )


def experiment(company: Company) -> None:
    """Step 5: a run on a received copy, its rows settled, the way back rehearsed with the plan, the three hubs told."""
    ada = company["ada"]
    files: dict[str, Any] = {role: (file_text(role, rows).encode(), f"{role}.csv") for role, rows in FILES.items()}
    ada.fill(f"{HOME}/sandbox/new", title="February", period_on="2026-02", **files)
    company.work()
    _settle_rows(company)
    ada.fill(f"{HOME}/sandbox/hypotheses/1/verdict", verdict="held", run_number="run 1", got="Each row has its reason.")
    company.add(
        "paths/meetings", purpose="presentation", held_on=day(), hubs=["administration", "technical", "sales"], minutes="Shown."
    )
    ada.fill(f"{HOME}/records/limitations/1/decide", decision="wait", disposition="Promised for the next year.")
    _request_change(company)


def _settle_rows(company: Company) -> None:
    page = company["ada"].get(f"{HOME}/sandbox/1?show=open").text
    for form in (each for each in Reader(page).forms if "row_key" in each.names):
        company["ada"].send(form, "", on=False, decision="accept_difference", reason="Agreed.")


def _request_change(company: Company) -> None:
    """A plan with a fake row is found out; the clean one is rehearsed."""
    ada = company["ada"]
    ada.fill(f"{HOME}/evidence/new", title="Promotion plan", file=(b"contract;client\nC-1;[FAKE] Bakery\n", "plan.csv"))
    ada.fill(
        f"{HOME}/changes/new", title="Bill from the mapping", change_type="normal", reason="Less typing.", likelihood="1",
        impact_level="1", items_touched="The mapping", affected="Billing", data_involved="Counts only",
        implementation_plan="One evening", tests="One month", communication="A note to billing",
        back_out_plan="Put the old file back.", window_start=f"{day(1)}T18:00", window_end=f"{day(1)}T20:00",
    )
    ada.fill(f"{HOME}/changes/1/plan", evidence_id="Promotion plan")
    assert "plan_clean" in company.missing(5)
    piece = max(int(each) for each in re.findall(rf"{HOME}/evidence/(\d+)\"", ada.get(f"{HOME}/evidence/").text))
    ada.fill(f"{HOME}/evidence/{piece}/versions/new", file=(b"contract;client\nC-1;Bakery\n", "plan.csv"))
    ada.fill(f"{HOME}/changes/1/plan", evidence_id="Promotion plan")
    ada.press(f"{HOME}/changes/1", "/back-out-text")
    ada.fill(f"{HOME}/changes/1/rehearse", held_on=day(), observed_by="Tara", result="ok", minutes="20")

