"""Files shared with a guest auditor: who may, what the guest sees, what is noted, and that the secret stays with the guest."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from tests.conftest import Inspector
from tests.factories.people import a_member, a_person
from tests.factories.projects import a_project
from workbench import clock
from workbench.config import Settings
from workbench.database import Base, db
from workbench.evidence import store
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.projects.models import Project
from workbench.reports import actions, queries
from workbench.reports.models import BuiltReport, SharedFile, SharedOpening, Sharing
from workbench.reports.rules import BUNDLE, sharing_state
from workbench.trail.actions import record
from workbench.trail.models import Entry
from workbench.trail.queries import verify
from workbench.web import transactions
from workbench.web.refusals import BadValue, NotThere, Refused

PAGE = "/projects/INV-1/reports/sharing"
TYPED = {"guest": "Jeanne Roy, Certifier SA", "reason": "Stage 1 of the audit.", "days": "30"}


@pytest.fixture
def lead(app: Flask) -> Person:
    """A quality lead."""
    return a_person(role=Role.QUALITY_LEAD, name="Sylvie Petit")


@pytest.fixture
def project(lead: Person) -> Project:
    """INV-1."""
    return a_project(by=lead, key="INV-1")


@pytest.fixture
def built(project: Project, lead: Person, app: Flask) -> list[BuiltReport]:
    """A report and a bundle."""
    home = app.extensions["ninefold"].home
    return [a_built(project, lead, home), a_built(project, lead, home, key=BUNDLE, data=b"PK a bundle")]


def a_built(project: Project, by: Person, home: Any, *, key: str = "audit_report", data: bytes = b"%PDF-1.7 built") -> BuiltReport:
    kind = ("zip", "application/zip") if key == BUNDLE else ("pdf", "application/pdf")
    row = BuiltReport(
        project_id=project.id, key=key, language="en", sha256=store.keep(data, home=home), size=len(data),
        filename=f"INV-1-{key}-en-3.{kind[0]}", checkpoint_size=3, built_at=clock.now(), built_by_id=by.id, media_type=kind[1],
    )
    db.session.add(row)
    record("report_built", row, by=by, project=project.key)
    return row


def a_sharing(project: Project, built: list[BuiltReport], by: Person, **facts: Any) -> tuple[Sharing, str]:
    wish = {"guest": TYPED["guest"], "reason": TYPED["reason"], "days": 30, **facts}
    made, secret = actions.share(project=project, built=built, by=by, **wish)
    transactions.commit()
    return made, secret


@pytest.fixture
def later() -> Iterator[Callable[[timedelta], None]]:
    """Lets the clock stand so long after the test began."""
    began = clock.now()
    yield lambda time: clock.fix(began + time)
    clock.fix(None)


def acts() -> list[str]:
    """The newest acts of the trail, oldest first."""
    return list(db.session.scalars(select(Entry.act).where(Entry.act.contains("shar")).order_by(Entry.seq)))


def openings() -> int:
    return db.session.scalar(select(func.count()).select_from(SharedOpening)) or 0


def everything_kept() -> str:
    """Every row of every table as text, the trail's entries among them."""
    return "\n".join(
        repr(tuple(row)) for table in Base.metadata.sorted_tables for row in db.session.execute(select(table))
    )


def test_sharing_on_the_pages_shows_the_address_once(
    client: Inspector, project: Project, lead: Person, built: list[BuiltReport]
) -> None:
    number = built[0].id
    client.sign_in(lead)
    assert f'href="{PAGE}/new?file={number}"' in client.get(PAGE.removesuffix("sharing")).text
    form = client.get(f"{PAGE}/new?file={number}").text
    assert (form.count('type="checkbox"'), form.count("<input checked")) == (2, 1)
    keys = client.keys()
    answer = client.post(f"{PAGE}/new", {**TYPED, "files": [number]}, keys=keys)
    assert client.post(f"{PAGE}/new", {**TYPED, "files": [number]}, keys=keys).location == answer.location
    row = db.session.query(Sharing).one()
    assert (answer.status_code, answer.location) == (303, f"{PAGE}/{row.id}")
    shown = re.findall(r'value="http://localhost/shared/([\w-]{43})"', client.get(answer.location).text)
    assert [queries.secret_hash(each) for each in shown] == [row.secret_sha256]
    assert "/shared/" not in client.get(answer.location).text
    assert row.ends_at - row.made_at == timedelta(days=30)
    told = db.session.scalars(select(Entry).where(Entry.act == "reports_shared")).one().leaf
    assert (b"Jeanne" in told, b"Stage 1 of the audit." in told, built[0].sha256.encode() in told) == (False, True, True)
    assert shown[0] not in everything_kept()
    assert "Jeanne Roy, Certifier SA" in client.get(PAGE).text
    assert PAGE in client.get("/projects/INV-1/reports/").text


WRONG: list[dict[str, Any]] = [
    {"days": "0"}, {"days": "91"}, {"days": "soon"}, {"guest": " "}, {"reason": ""}, {"files": []}, {"files": ["77"]},
    {"more": "x"},
]


def test_what_cannot_be_shared_is_said_beside_its_field(
    client: Inspector, project: Project, lead: Person, built: list[BuiltReport]
) -> None:
    number = built[0].id
    client.sign_in(lead)
    assert [client.post(f"{PAGE}/new", {**TYPED, "files": [number], **wrong}).status_code for wrong in WRONG] == [422] * len(WRONG)
    assert db.session.query(Sharing).count() == 0


def test_only_who_may_build_and_read_may_share(project: Project, lead: Person, built: list[BuiltReport], home: Any) -> None:
    member = a_person()
    a_member(project, member)
    with pytest.raises(Refused, match="You may not share"):
        a_sharing(project, built[:1], member)
    other = a_built(a_project(by=lead, key="INV-2"), lead, home)
    with pytest.raises(NotThere):
        a_sharing(project, [other], lead)
    for wrong, field in (({"days": 91}, "days"), ({"days": 0}, "days")):
        with pytest.raises(BadValue) as told:
            a_sharing(project, built, lead, **wrong)
        assert told.value.field == field
    with pytest.raises(BadValue, match="at least one"):
        a_sharing(project, [], lead)
    assert db.session.query(SharedFile).count() == 0


def test_guest_takes_the_files_away_without_account_or_cookie(
    app: Flask, client: Inspector, project: Project, lead: Person, built: list[BuiltReport], caplog: pytest.LogCaptureFixture
) -> None:
    settings: Settings = app.extensions["ninefold"]
    row, secret = a_sharing(project, built, lead)
    number, report, bundle = row.id, built[0], built[1]
    caplog.set_level(logging.DEBUG)
    page = client.get(f"/shared/{secret}")
    told = (
        "Our organisation", "INV-1, ", "Sylvie Petit", "Jeanne Roy, Certifier SA", report.sha256, bundle.sha256, report.filename,
        "sha256sum", "python3 verify.py --key",
    )
    assert [each for each in told if each not in page.text] == []
    taken = {each.id: client.get(f"/shared/{secret}/{each.id}") for each in built}
    assert [hashlib.sha256(answer.data).hexdigest() for answer in taken.values()] == [report.sha256, bundle.sha256]
    assert taken[bundle.id].headers["Content-Type"] == "application/zip"
    file_headers = {
        "Content-Disposition": f"attachment; filename={report.filename}", "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'", "Content-Type": "application/pdf",
    }
    assert {name: taken[report.id].headers[name] for name in file_headers} == file_headers
    for answer in (page, *taken.values()):
        kept = {name: answer.headers[name] for name in ("Referrer-Policy", "X-Robots-Tag", "Cache-Control")}
        assert kept == {
            "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow, noarchive", "Cache-Control": "private, no-store",
        }
        assert answer.headers.getlist("Set-Cookie") == []
    outside = [each for each in re.findall(r'(?:href|src|action)="([^"]*)"', page.text) if re.match(r"https?:|//", each)]
    assert (outside, page.text.count("<form")) == ([], 0)
    assert acts() == ["reports_shared", "shared_list_opened", "shared_file_opened", "shared_file_opened"]
    last = db.session.scalars(select(Entry).order_by(Entry.seq.desc())).first()
    assert last is not None
    assert f'"name":"guest of sharing {number}"'.encode() in last.leaf
    assert secret not in everything_kept()
    assert [each for each in caplog.messages if secret in each] == []
    db.session.rollback()
    assert list(verify(settings.keys).faults) == []


def test_list_counts_once_an_hour_and_looking_ahead_counts_never(
    client: Inspector, project: Project, lead: Person, built: list[BuiltReport],
    later: Callable[[timedelta], None],
) -> None:
    _row, secret = a_sharing(project, built, lead)
    address, file = f"/shared/{secret}", f"/shared/{secret}/{built[0].id}"
    for ahead in ({"Sec-Purpose": "prefetch"}, {"Purpose": "preview"}, {"User-Agent": "Slackbot-LinkExpanding 1.0"}):
        assert [client.get(each, headers=ahead).status_code for each in (address, file)] == [503, 503]
    heads = [client.open(each, method="HEAD") for each in (address, file)]
    assert ([each.status_code for each in heads], [each.data for each in heads], openings()) == ([200, 200], [b"", b""], 0)
    assert [each.headers.get("Content-Disposition") for each in heads] == [None, None]
    assert client.open(address, method="HEAD", headers={"User-Agent": "Mozilla/5.0 (Linux; CUBOT NOTE 30)"}).status_code == 200
    assert client.post(address).status_code == 405
    seen = []
    for minutes, place in ((0, "192.0.2.1"), (59, "192.0.2.1"), (59, "192.0.2.2"), (61, "192.0.2.1")):
        later(timedelta(minutes=minutes))
        client.get(address, environ_base={"REMOTE_ADDR": place})
        seen.append(openings())
    assert seen == [1, 1, 2, 3]
    for _again in range(2):
        client.get(file)
    assert openings() == 5


def closed(client: Inspector, address: str) -> tuple[int, str]:
    answer: TestResponse = client.get(address)
    return answer.status_code, re.sub(r"/shared/[^\"?]*|nonce=\"[^\"]*\"", "", answer.text)


def test_unknown_ended_and_revoked_links_look_the_same(
    client: Inspector, project: Project, lead: Person, built: list[BuiltReport],
    later: Callable[[timedelta], None],
) -> None:
    row, revoked = a_sharing(project, built, lead)
    _other, ended = a_sharing(project, built, lead, days=1)
    actions.revoke_sharing(project=project, sharing=row, reason="Sent to the wrong address.", by=lead)
    later(timedelta(days=1, seconds=1))
    files = [f"/shared/{each}/{built[0].id}" for each in ("x", revoked, ended)]
    seen = {closed(client, each) for each in ["/shared/x", f"/shared/{revoked}", f"/shared/{ended}", *files]}
    (status, text), = seen
    assert (status, "INV-1" in text, "This link opens nothing" in text, openings()) == (404, False, True, 0)
    with pytest.raises(Refused, match="revoked already"):
        actions.revoke_sharing(project=project, sharing=db.session.merge(row), reason="x", by=lead)


def test_link_opens_its_own_files_only(client: Inspector, project: Project, lead: Person, built: list[BuiltReport]) -> None:
    _row, secret = a_sharing(project, built[:1], lead)
    other = built[1].id
    assert [client.get(f"/shared/{secret}/{each}").status_code for each in (other, 99, "file")] == [404, 404, 404]


def test_link_ends_while_it_is_being_opened(app: Flask, project: Project, lead: Person, built: list[BuiltReport]) -> None:
    row, secret = a_sharing(project, built, lead)
    actions.revoke_sharing(project=project, sharing=row, reason="x", by=lead)
    with pytest.raises(NotThere):
        actions.note_opening(secret=secret, address="192.0.2.1")
    assert openings() == 0


def test_damaged_file_is_refused_with_words_and_not_noted(
    client: Inspector, project: Project, lead: Person, built: list[BuiltReport], home: Any
) -> None:
    _row, secret = a_sharing(project, built, lead)
    path = store.path_of(built[0].sha256, home=home)
    path.chmod(0o644)
    path.write_bytes(b"%PDF-1.7 other")
    answer = client.get(f"/shared/{secret}/{built[0].id}")
    assert (answer.status_code, "are not those that were built" in answer.text, openings()) == (409, True, 0)


def test_guest_page_speaks_the_asked_language(client: Inspector, project: Project, lead: Person, built: list[BuiltReport]) -> None:
    _row, secret = a_sharing(project, built, lead)
    french = {"Accept-Language": "fr-CH, fr;q=0.9"}
    pages = [
        client.get(f"/shared/{secret}", headers=french), client.get(f"/shared/{secret}?language=fr"),
        client.get(f"/shared/{secret}?language=en", headers=french), client.get(f"/shared/{secret}?language=de"),
    ]
    assert [re.search(r'<html lang="(..)"', each.text).group(1) for each in pages] == ["fr", "fr", "en", "en"]  # type: ignore[union-attr]
    assert [each.headers.getlist("Set-Cookie") for each in pages] == [[], [], [], []]


def test_few_tries_from_one_address(client: Inspector, project: Project) -> None:
    seen = [client.get("/shared/x").status_code for _try in range(31)]
    assert (seen[0], seen[29], seen[30]) == (404, 404, 429)


def test_links_are_listed_filtered_exported_and_revoked(
    client: Inspector, project: Project, lead: Person, built: list[BuiltReport]
) -> None:
    manager = a_person(role=Role.PROJECT_MANAGER, name="Ada Martin")
    place = a_member(project, manager, role=Role.PROJECT_MANAGER)
    row, secret = a_sharing(project, built, manager)
    number, _other = row.id, a_sharing(project, built, lead, guest="=Client")
    assert client.get(f"/shared/{secret}/{built[0].id}").status_code == 200
    client.sign_in(lead)
    assert "may not share here any more" not in client.get(PAGE).text
    place = db.session.merge(place)
    place.role = Role.CONTRIBUTOR
    record("member_changed", place, by=lead, project=project.key)
    transactions.commit()
    assert "may not share here any more" in client.get(PAGE).text
    shown = client.get(f"{PAGE}/{number}").text
    told = ("Ada Martin, who made this link, may not share here any more.", "127.0.0.1", "Stage 1 of the audit.", built[0].filename)
    assert [each for each in told if each not in shown] == []
    assert client.get(f"{PAGE}?q=JEANNE&sort=ending").text.count("<th scope=\"row\"") == 1
    assert "Nothing found" in client.get(f"{PAGE}?state=revoked").text
    answer = client.post(f"{PAGE}/{number}/revoke", {"reason": "The audit is over."})
    assert (answer.status_code, answer.location) == (303, f"{PAGE}/{number}")
    assert client.post(f"{PAGE}/{number}/revoke", {"reason": "x"}).status_code == 409
    assert "The audit is over." in client.get(f"{PAGE}/{number}").text
    lines = client.get(f"{PAGE}.csv?sort=guest").text.splitlines()
    assert (len(lines), lines[1].split(",")[1], lines[2].split(",")[-1]) == (3, "'=Client", "The audit is over.")
    assert len(client.get(f"{PAGE}/{number}/openings.csv").text.splitlines()) == 2
    assert client.get(f"{PAGE}?state=x&sort=y&page=0").status_code == 200
    assert client.get(f"/shared/{secret}").status_code == 404


@pytest.mark.parametrize("rows", [1, 30])
def test_list_of_links_asks_the_same_number_of_queries(
    client: Inspector, project: Project, lead: Person, built: list[BuiltReport], rows: int,
    count_queries: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    for _number in range(rows):
        a_sharing(project, built, lead)
    client.sign_in(lead).get(PAGE)
    with count_queries() as seen:
        page = client.get(PAGE)
    # The person, their rights, the project; the number of links, the links, their files, their openings, who may share.
    assert (len([each for each in seen if each != "BEGIN"]), len(page.data) < 60_000) == (8, True)


def test_opening_on_each_engine_is_one_transaction(any_app: Flask) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    project = a_project(by=lead, key="INV-1")
    settings: Settings = any_app.extensions["ninefold"]
    _row, secret = a_sharing(project, [a_built(project, lead, settings.home)], lead)
    any_app.test_client_class = Inspector
    assert (any_app.test_client().get(f"/shared/{secret}").status_code, openings()) == (200, 1)
    assert (acts()[-1], list(verify(settings.keys).faults)) == ("shared_list_opened", [])


def test_a_link_ends_at_its_moment(app: Flask) -> None:
    now = clock.now()
    seen = [sharing_state(False, now + timedelta(seconds=each), now) for each in (1, 0)]
    assert [*seen, sharing_state(True, now + timedelta(1), now)] == ["open", "ended", "revoked"]
