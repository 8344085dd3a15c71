"""The last four steps, each as the people of the project do it on the pages."""

from __future__ import annotations

import re
from typing import Any

from tests.walk.company import HOME, PASSWORD, Company, day, monday

ITEMS = [f"A{number}" for number in range(1, 13)]


def integrate(company: Company) -> None:
    """Step 6: the change submitted and signed by both hubs; a real month that differs is explained first."""
    ada = company["ada"]
    ada.fill(f"{HOME}/changes/1/submit", asked=["Anne Ferrand", "Tara Nguyen"], due_on=day(5))
    refused = company.missing(6)
    assert {"change_authorised", "plan_as_approved", "no_approval_undecided", "acceptance_closed"} <= set(refused)
    for name in ("anne", "tara"):
        company[name].fill(f"{HOME}/changes/1", to="/decide", verdict="approved", reason="In order.", password=PASSWORD)
    ada.press(f"{HOME}/changes/1", "/schedule")
    company.add(
        "changes/connections", carries="Counts per client", source_tool_id="Nimbus PSA", target_tool_id="Portal", kind="file",
        owner_id="Anne Ferrand", key_custody="vault entry 12",
    )
    company.add(
        "changes/acceptance", period="2026-01", expected_units="62", got_units="61", expected_amount="345.50",
        got_amount="345.50", currency="EUR",
    )
    assert "acceptance_closed" in company.missing(6)
    ada.fill(f"{HOME}/changes/acceptance/1/exceptions", to="/exceptions", what="One unit came a day late.")
    ada.fill(f"{HOME}/changes/acceptance/1/exceptions", to="/exceptions/1", decision="Billed with the next month.")
    company.write(
        "first_mapping", **{"fields-0-tool": "Portal of the supplier", "fields-0-source": "quantity",
                            "fields-0-target_tool": "Nimbus PSA", "fields-0-target": "units"},
    )
    company.write("semi_automation", **{"steps-0-step": "Fetch the file", "steps-0-how": "hand"}, on_difference="Stop and ask.")


def familiarise(company: Company) -> None:
    """Step 7: a role, its instruction signed by somebody else, a task done and seen, support tried."""
    ada = company["ada"]
    company.add("practices/roles", name="billing clerk", is_critical="y", changes="Nothing is typed.", headcount="1")
    company.add("practices/users", role_id="billing clerk", person_id="Anne Ferrand", hub="administration")
    ada.fill(f"{HOME}/practices/new", title="Monthly invoices", role_id="billing clerk", body="Fetch the file, look at the totals.")
    ada.fill(f"{HOME}/practices/1/sign", code=409, password=PASSWORD)
    company["tara"].fill(f"{HOME}/practices/1/sign", password=PASSWORD)
    company.add("practices/tasks", role_id="billing clerk", title="One invoice", in_sandbox="y", instruction_id="Monthly invoices")
    ada.fill(
        f"{HOME}/practices/familiarisation/record", user_id="Anne Ferrand", task_id="One invoice", done_on=day(),
        observer_id="Tara Nguyen", in_sandbox="y",
    )
    company.add(
        "practices/support", who="Service desk", channel="telephone", procedure="Call, then type by hand.", tested_on=day(),
        tested_by_id="Tara Nguyen", result="worked",
    )


def inform(company: Company) -> None:
    """Step 8: the instruction read, one channel for each message, the question answered, the old way ended."""
    ada = company["ada"]
    company.add("practices/questions", question="What if the file is late?", asked_on=day(-40), asked_by="billing clerk")
    assert "questions_answered" in company.missing(8)
    ada.fill(f"{HOME}/practices/questions/1/answer", answer="Wait a day, then call.", answered_on=day(), is_faq="y")
    address = re.search(rf"{HOME}/practices/reading/\d+/\d+", company["anne"].get(f"{HOME}/practices/reading").text)
    assert address is not None
    company["anne"].fill(address.group(), to=address.group())
    plan: dict[str, Any] = {"message": "Invoices come from the mapping", "audience": "billing", "criterion": "all of them"}
    company.add("practices/channels", channel="team meeting", owner_id="Ada Martin", **plan)
    assert "one_channel_a_message" in company.missing(8)
    company.add("practices/channels", channel="mail", owner_id="Ada Martin", is_primary="y", **plan)
    company.add("practices/channels", channel="intranet", owner_id="Ada Martin", is_primary="y", code=422, **plan)
    company.add(
        "practices/announcements", text="From the first of the month on nothing is typed.", sent_on=day(), audience="billing",
        channel_id="mail", tells_old_way_stop="y", go_live_on=day(10),
    )
    company.add("practices/old_ways", what="Typing counts", stops_on=day(30), told_on=day(), announcement_id="AN-1")


def adopt(company: Company) -> None:
    """Step 9: six of eight good weeks, the benefit, a later look, a second person."""
    ada = company["ada"]
    ada.fill(f"{HOME}/adoption/new", behaviour="Invoice made from the mapping", limit_percent="5", baseline_id="B-1")
    for week in range(8):
        old = "40" if week in (0, 1) else "0"
        if week == 7:
            assert "habit_reached" in company.missing(9)
        ada.fill(f"{HOME}/adoption/1/readings/new", week_of=monday(8 - week), new_way="100", old_way=old)
    company.add("adoption/benefits", baseline_id="B-1", value_now="42", measured_on=day(), saving="Six hours a month")
    company.add("adoption/reevaluations", due_on=day(90), who_id="Ada Martin", look_at="The share of the old way")
    company.add("adoption/lessons", happened="The portal changed once.", keep="A look at the totals")
    ada.fill(f"{HOME}/adoption/verify", code=409, statement="All looked at.", password=PASSWORD)
    company["tara"].fill(f"{HOME}/adoption/verify", statement="Five invoices of each week compared.", password=PASSWORD)
    company.write(
        "closing_statement", reached="Nothing is typed", not_reached="No interface", lessons="Ask early", handed_over="Anne",
        **{"signs-0-person": "Serge Dubois", "signs-0-as_whom": "sponsor"},
    )


def survey(company: Company) -> None:
    """The twelve statements by a link, without an account."""
    page = company["ada"].fill(f"{HOME}/adoption/surveys/new", title="Four weeks after the start")
    address = re.search(r"http://[^/]+(/survey/[\w-]+)", page.text)
    assert address is not None
    answers: dict[str, Any] = {name: "4" for name in (*ITEMS, "effectiveness", "capability", "efficiency")}
    company.stranger().fill(address.group(1), perspective="users", **answers)
