"""The calendar of changes, over every project that the person may see: the page and its export."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Response, g, render_template, request
from flask_babel import gettext as _

from workbench import clock
from workbench.changes import forms, queries, rules
from workbench.people.guards import requires
from workbench.people.rules import Permission as P
from workbench.web import sheets
from workbench.web.filters import at
from workbench.web.paging import PER_PAGE, Page, wanted_page


def told_at(value: Any) -> sheets.Told:
    """A time in a sheet: as it is read, and as it is sorted."""
    return sheets.Told(at(value), value)


def _month() -> date:
    asked = request.args.get("month", "")
    there = rules.is_period(asked) and rules.FIRST_YEAR <= int(asked[:4]) <= rules.LAST_YEAR
    return date.fromisoformat(f"{asked}-01") if there else clock.today().replace(day=1)


def _entries() -> list[queries.Entry]:
    asked = {name: request.args.get(name, "") for name in ("key", "state", "sort")}
    return queries.calendar(g.person, _month(), **asked)


@requires(P.SESSION_USE)
def calendar() -> str:
    """The windows of a month, with their clashes."""
    entries, number = _entries(), wanted_page(request.args.get("page"))
    rows = entries[(number - 1) * PER_PAGE : number * PER_PAGE]
    return render_template(
        "changes/calendar.html", page=Page(rows, number, len(entries)), month=_month(), words=forms,
        months=rules.months_around(_month()), clashing=sum(bool(each.clashes) for each in entries),
    )


@requires(P.SESSION_USE)
def export_calendar() -> Response:
    """Exactly the windows shown, as CSV."""
    names = (
        _("Project"), _("Request"), _("Title"), _("State"), _("Planned start (UTC)"), _("Planned end (UTC)"), _("Tools"),
        _("Overlaps"),
    )
    rows = [
        [
            each.key, each.row.code, each.row.title, str(forms.STATES[each.row.standing]), told_at(each.row.window_start),
            told_at(each.row.window_end), ", ".join(each.tools), "; ".join(forms.clash(one) for one in each.clashes),
        ]
        for each in _entries()
    ]
    return sheets.csv_answer([[str(each) for each in names], *rows], f"changes-{_month():%Y-%m}.csv")


def serve_calendar(state: Any) -> None:
    """The calendar lies outside of any project, so its address does not begin as the other pages' do."""
    state.app.add_url_rule("/changes/calendar", "changes.calendar", calendar)
    state.app.add_url_rule("/changes/calendar.csv", "changes.export_calendar", export_calendar)
