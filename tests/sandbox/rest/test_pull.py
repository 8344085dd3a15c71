"""Whole readings from a real server: every way of paging, waits, cuts and resumption, and never another verb."""
from __future__ import annotations

import json
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import duckdb
import pytest

from sandbox.connectors.rest.connector import pull, source_hash
from sandbox.connectors.rest.paging import next_link
from sandbox.connectors.rest.settings import source_of
from sandbox.errors import InputRefused
from sandbox.http.approvals import Approval
from sandbox.http.reader import Bounds, Link
from tests.sandbox.http.service import service

QUICK = Bounds(first_wait=0.001, seconds=20, seconds_per_answer=5, retries=3)
CLIENTS = [{"id": number, "name": f"Client {number}", "rate": 12.50, "address": {"city": "Noé"} if number % 2 else None,
            "tags": ["a", 1.0], "is_active": number != 3, "note": None} for number in range(1, 8)]
TEXT = json.dumps(CLIENTS).replace("12.5,", "12.50,")
RECORDS = json.loads(TEXT, parse_float=lambda text: f"#{text}#")  # marks keep the digits until the answer is written


def answer(document, headers=None):
    text = json.dumps(document, ensure_ascii=False)
    for record in {"12.50", "1.0"}:
        text = text.replace(f'"#{record}#"', record)
    return 200, {"Content-Type": "application/json", **(headers or {})}, text.encode()


def tool(asked):
    """A tool that pages in every style, three records at a time whatever was asked."""
    parts = urlsplit(asked.target)
    query = dict(parse_qsl(parts.query))
    start = {"/page": (int(query.get("page", 1)) - 1) * 3, "/offset": int(query.get("offset", 0)),
             "/cursor": int(query.get("after", "c0")[1:]), "/header": int(query.get("from", 0)),
             "/body": int(query.get("from", 0)), "/end": (int(query.get("page", 1)) - 1) * 3}.get(parts.path, 0)
    if parts.path == "/plain":
        return answer(RECORDS)
    some, following = RECORDS[start:start + 3], start + 3 if start + 3 < len(RECORDS) else None
    if parts.path == "/end" and not some:
        return 404, {}, b"{}"
    if parts.path == "/header":
        link = f'<{parts.path}?from={following}>; title="a, b"; rel="next last"' if following else '<x>; rel="prev"'
        return answer(some, {"Link": f'<{parts.path}>; rel="first", {link}'})
    host = asked.headers["Host"]
    after = {"/cursor": f"c{following}", "/body": f"http://{host}/body?from={following}"}.get(parts.path)
    return answer({"data": {"items": some}, "total": len(RECORDS), "next": after if following else None})


STYLES = {
    "plain": {"path": "/plain"},
    "page": {"path": "/page", "at": "data.items", "page": {"style": "page", "size_parameter": "per_page", "size": 100}},
    "offset": {"path": "/offset", "at": "data.items", "page": {"style": "offset", "total": "total"}},
    "cursor": {"path": "/cursor", "at": "data.items", "page": {"style": "cursor", "parameter": "after", "next": "next"}},
    "header": {"path": "/header", "page": {"style": "link"}},
    "body": {"path": "/body", "at": "data.items", "page": {"style": "link", "next": "next"}},
    "end": {"path": "/end", "at": "data.items", "page": {"style": "page"}},
}


def settings(port, **changed):
    tables = [{"name": name, "key": ["id"], **table} for name, table in STYLES.items()]
    return {"base": f"http://127.0.0.1:{port}", "secret": "tool-key", "tables": tables, **changed}


def read(given, folder, port, **more):
    more = {"limits": QUICK, "secrets": {"tool-key": "s3cret-value"}, **more}
    return pull(given, folder, approvals=(Approval("http", "127.0.0.1", port, allows_private=True),), **more)


def cells(received):
    with duckdb.connect() as connection:
        return connection.execute("SELECT * FROM read_parquet(?) ORDER BY _line", [str(received.path)]).fetchall()


def test_every_style_of_paging_gives_the_same_table_by_get_alone(tmp_path):
    with service(tool) as live:
        pulled = read(settings(live.port, verify="reread"), tmp_path, live.port)
        first = cells(pulled.tables[0])
        assert pulled.tables[0].columns == ("id", "name", "rate", "address.city", "tags", "is_active", "note")
        assert first[0] == (1, "1", "Client 1", "12.50", "Noé", '["a",1.0]', "true", "")
        assert (first[2][6], first[1][4], len(first)) == ("false", "", 7)
        assert [cells(table) for table in pulled.tables] == [first] * len(STYLES)
        assert (live.verbs, {each.headers["Authorization"] for each in live.asked}) == ({"GET"}, {"Bearer s3cret-value"})
        assert (pulled.before, len(pulled.requests)) == (pulled.after, len(live.asked))
        assert [entry["url"].removeprefix(live.url) for entry in pulled.requests] == live.targets
        assert sorted(path.name for path in tmp_path.iterdir() if path.suffix == ".parquet") == [
            f"received-{number}.parquet" for number in range(1, 8)]
        assert not (tmp_path / ".pages").exists()
        stored = json.dumps([pulled.requests, [dict(table.settings) for table in pulled.tables]])
        assert [b"s3cret-value" in path.read_bytes() for path in tmp_path.glob("*.parquet")] == [False] * 7
        assert "s3cret-value" not in stored


def test_fields_are_chosen_and_named(tmp_path):
    with service(tool) as live:
        table = {"name": "clients", "path": "/plain", "fields": {"client_id": "id", "city": "address.city"}}
        pulled = read(settings(live.port, tables=[table], verify="no"), tmp_path, live.port)
        assert (pulled.tables[0].columns, cells(pulled.tables[0])[:2]) == (("client_id", "city"), [(1, "1", "Noé"), (2, "2", "")])
        assert (pulled.after, pulled.tables[0].settings["decimal"]) == ("", ".")
        wrong = {**table, "fields": ["id", "adress.city"]}
        with pytest.raises(InputRefused, match=r'no record has the field "adress\.city"; the nearest is "address\.city"'):
            read(settings(live.port, tables=[wrong]), tmp_path, live.port)


def test_a_reading_cut_off_goes_on_where_it_stopped(tmp_path):
    waits, state = [], {"calls": 0}

    def moody(asked):
        state["calls"] += 1
        if state["calls"] in (3, 6, 11):
            return 429, {"Retry-After": "1"}, b""
        if state["calls"] in (4, 9):
            return None  # hangs up
        return tool(asked)

    with service(moody) as live:
        few = replace(QUICK, requests=7)
        given, resume = settings(live.port, verify="reread"), tmp_path / "resume"
        for _ in range(3):
            with pytest.raises(InputRefused, match="may take 7 requests"):
                read(given, tmp_path, live.port, resume=resume, link=Link(sleep=waits.append), limits=few)
        pulled = read(given, tmp_path, live.port, resume=resume, link=Link(sleep=waits.append))
        assert (live.verbs, waits.count(1.0)) == ({"GET"}, 3)
        assert [cells(table) for table in pulled.tables] == [cells(pulled.tables[0])] * len(STYLES)
        assert (pulled.before == pulled.after, len(pulled.requests), resume.exists()) == (True, len(live.asked), False)


def test_a_crash_between_two_pages_loses_and_doubles_nothing(tmp_path):
    with service(tool) as live:
        given = settings(live.port, tables=[{"name": "clients", "key": ["id"], **STYLES["cursor"]}], verify="no")
        with pytest.raises(InputRefused):
            read(given, tmp_path, live.port, resume=tmp_path / "resume", limits=replace(QUICK, requests=2))
        with (tmp_path / "resume" / "records-0.jsonl").open("a") as file:
            file.write('[7,{"id":"a half-wri')
        with (tmp_path / "resume" / "requests.jsonl").open("a") as file:
            file.write("{")
        pulled = read(given, tmp_path, live.port, resume=tmp_path / "resume")
        assert ([row[0] for row in cells(pulled.tables[0])], len(live.asked)) == (list(range(1, 8)), 3)
        # Other settings begin anew: half of one table must not become half of another.
        with pytest.raises(InputRefused):
            read(given, tmp_path, live.port, resume=tmp_path / "resume", limits=replace(QUICK, requests=1))
        changed = {**given, "tables": [{**given["tables"][0], "fields": ["id"]}]}
        assert read(changed, tmp_path, live.port, resume=tmp_path / "resume").tables[0].columns == ("id",)


def test_a_source_that_changes_is_told(tmp_path):
    def changing(asked):
        return answer([{"id": len(live.asked)}])

    for verify in ("reread", "first-page"):
        with service(changing) as live:
            pulled = read(settings(live.port, tables=[{"name": "t", "path": "/t"}], verify=verify), tmp_path, live.port)
            assert (pulled.before == pulled.after, len(live.asked)) == (False, 2)


def test_a_source_is_hashed_again_later(tmp_path):
    with service(tool) as live:
        approvals = (Approval("http", "127.0.0.1", live.port, allows_private=True),)
        for verify in ("reread", "first-page", "no"):
            given = settings(live.port, verify=verify, tables=[{"name": "clients", **STYLES["cursor"]}])
            before = read(given, tmp_path, live.port).before
            assert source_hash(given, secrets={"tool-key": "s3cret-value"}, approvals=approvals) == before


def bad(document, headers=None):
    return lambda asked: answer(document, headers)


def raw(text):
    return lambda asked: (200, {}, text.encode("utf-8", "surrogatepass"))


def circle(steps):
    """A tool whose page 1 leads to page steps[1], and so on for ever."""
    def paged(asked):
        here = int(dict(parse_qsl(urlsplit(asked.target).query)).get("from", 1))
        return answer([{"id": here}], {"Link": f'</t?from={steps[here]}>; rel="next"'})
    return paged


ONE = {"name": "t", "path": "/t"}
LINK = {"page": {"style": "link"}}


@pytest.mark.parametrize(("answering", "table", "message"), [
    (bad({"data": {"rows": [1]}, "others": []}), {}, "no `at` is set.*lists lie at data.rows, others"),
    (bad({"items": {}}), {"at": "data.items"}, 'at "data.items"; the answer holds no list'),
    (raw('[{"a":1'), {}, "not JSON at line 1, column 8"), (raw("<html>"), {}, "not JSON at line 1"),
    (raw('[{"a":NaN}]'), {}, "NaN is not a number"), (raw('[{"a":1,"a":2}]'), {}, 'the field "a" stands twice'),
    (raw("[" * 100_000), {}, "nested deeper"), (raw('\ufeff[{"a":"\ud800"}]'), {}, "not UTF-8"),
    (bad([{"id": 1}, {"id": 1}]), {"key": ["id"]}, "id 1 came twice, as records 1 and 2"),
    (bad([{"id": 1}]), {"key": ["idd"]}, 'the key "idd" is not among the columns; the nearest is "id"'),
    (bad([{"id": 1}]), {"page": {"style": "page"}}, "two pages in a row hold the same records"),
    (bad({"d": [{"id": 1}], "n": "c"}), {"at": "d", "page": {"style": "cursor", "next": "n"}}, "two pages in a row"),
    (bad({"d": [{"id": 1}], "n": 5}), {"at": "d", "page": {"style": "cursor", "next": "n"}}, "two pages in a row"),
    (circle({1: 2, 2: 3, 3: 1}), {"page": {"style": "link"}}, "a page came again after 6 records; its pages lead in a circle"),
    (circle({1: 2, 2: 3, 3: 4, 4: 5, 5: 3}), {"page": {"style": "link"}}, "came again after 6 records"),
    (bad([{"id": 1}], {"Link": '<http://other.example/t>; rel=next'}), LINK, "lies on http://other.example, not"),
    (bad([{"id": 1}], {"Link": '<//127.0.0.1:1/t>; rel="next"'}), LINK, "lies on http://127.0.0.1:1, not"),
    (bad([{"id": 1}], {"Link": '</delete?id=1>; rel="next"'}), LINK, "lies at /delete, which is not allowed"),
    (bad([{"id": 1}], {"Link": '</t?_method=DELETE>; rel="next"'}), LINK, "turn reading into writing"),
    (bad([{"Id": 1, "id": 2}]), {}, 'the fields "Id" and "id" differ by case alone'),
    (bad([{"_line": 1}]), {}, 'the name "_line" is kept'),
    (bad({"d": [{"id": 1}]}), {"at": "d", "page": {"style": "offset", "total": "nope"}},
     '"nope" should hold the number of records'),
])
def test_answers_that_are_not_what_was_agreed_stop_by_name(tmp_path, answering, table, message):
    with service(answering) as live:
        given = settings(live.port, tables=[{**ONE, **table}], verify="no")
        with pytest.raises(InputRefused, match=message):
            read(given, tmp_path, live.port)


def test_equal_records_on_pages_far_apart_are_no_circle(tmp_path):
    def paged(asked):
        here = int(dict(parse_qsl(urlsplit(asked.target).query)).get("from", 1))
        return answer([{"hours": here % 2}], {"Link": f'</t?from={here + 1}>; rel="next"'} if here < 7 else None)

    with service(paged) as live:
        given = settings(live.port, tables=[{**ONE, **LINK}], verify="no")
        assert read(given, tmp_path, live.port).tables[0].rows == 7


def test_an_empty_table_is_a_table(tmp_path):
    with service(bad({"d": None, "total": 0})) as live:
        table = {**ONE, "at": "d", "key": ["id"], "fields": ["id"], "page": {"style": "offset"}}
        received = read(settings(live.port, tables=[table]), tmp_path, live.port).tables[0]
        assert (received.rows, received.columns, cells(received)) == (0, ("id",), [])


def test_records_that_are_none_are_refused_one_by_one(tmp_path):
    text = r'[{"a":1}, 5, null, {"a":"\ud800"}, {"a.b":1,"a":{"b":2}}, {"a":2}, {"a":"x\u0000y"}]'
    with service(raw(text)) as live:
        table = read(settings(live.port, tables=[ONE], verify="no"), tmp_path, live.port).tables[0]
        assert [(one.row, one.message) for one in table.refused] == [
            (2, "not a record: it has no fields"), (3, "not a record: it has no fields"),
            (4, "the field 'a' holds half of a character"), (5, 'the field "a.b" stands twice in a record')]
        assert cells(table) == [(1, "1"), (6, "2"), (7, "x\x00y")]


@pytest.mark.parametrize(("changed", "message"), [
    ({"bas": "x"}, '"bas" is not a setting; the nearest is "base"'), ({"verify": "reread!"}, 'the nearest is "reread"'),
    ({"tables": [{"name": "a"}]}, 'tables.1: the setting "path" is missing'), ({"base": "ftp://a.example"}, "begins with http"),
    ({"tables": [{**ONE, "pages": {}}]}, 'tables.1: "pages" is not a setting; the nearest is "page"'),
    ({"tables": [{**ONE, "page": {"style": "pages"}}]}, 'tables.1.page.style: .*the nearest is "page"'),
    ({"tables": [ONE, ONE]}, 'the name "t" stands twice'), ({"base": "http://a.example/?x=1"}, "belong to each table's query"),
    ({"tables": [{**ONE, "page": {"style": "cursor"}}]}, "page.next should say"),
    ({"tables": [{**ONE, "page": {"style": "page", "size": 5}}]}, "go together"),
    ({"auth": {"style": "header"}}, "needs the setting header"), ({"auth": {"style": "none"}}, "style none does not use one"),
    ({"secret": "", "auth": {"style": "bearer"}}, "secret"), ({"base": "http://u:p@a.example/"}, "no user, password"),
])
def test_settings_are_refused_by_name(changed, message):
    with pytest.raises(InputRefused, match=message):
        source_of({**settings(1), **changed})


def test_secrets_travel_only_in_their_header(tmp_path):
    with service(lambda asked: (401, {}, b"s3cret-value")) as live:
        for auth, name, value in (({"style": "header", "header": "X-API-Key"}, "X-Api-Key", "s3cret-value"),
                                  ({"style": "basic", "user": "zoé"}, "Authorization", "Basic em/DqTpzM2NyZXQtdmFsdWU=")):
            with pytest.raises(InputRefused) as caught:
                read(settings(live.port, auth=auth), tmp_path, live.port)
            assert (live.asked[-1].headers[name], "s3cret" in str(caught.value)) == (value, False)
        with pytest.raises(InputRefused, match='the secret "tool-key" is not at hand'):
            read(settings(live.port), tmp_path, live.port, secrets={})
        with pytest.raises(InputRefused, match="cannot be sent"):
            read(settings(live.port), tmp_path, live.port, secrets={"tool-key": "a\r\nX-Evil: 1"})


def test_next_links_are_read_as_they_are_written():
    assert [next_link(header) for header in (
        '<https://a.example/?p=1,2>; rel="next"', "<a>;rel=next", '<a>; rel="prev", <b>; title="x, rel=next"; rel="last next"',
        '<a>; rel="nextpage"', "", "<a>; rel=prev", '<a>; REL = "NEXT"')] == ["https://a.example/?p=1,2", "a", "b", "", "", "", "a"]
