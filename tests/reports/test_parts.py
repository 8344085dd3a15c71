"""Cutting a report into parts: where, and that each part stands for itself."""

from __future__ import annotations

import re

from tests.factories.small_reports import a_small_report, table
from tests.inspection import _Reader
from workbench.reports.parts import LONG_TABLE, MOST_ROWS, ROWS, cut


def faults(part: str) -> list[object]:
    """What is wrong with the markup of a part."""
    reader = _Reader()
    reader.feed(f'<!doctype html><html lang="en"><head><title>x</title></head><body>{part}</body></html>')
    reader.close()
    return [*reader.faults, *reader.stack]


def headings(parts: tuple[str, ...]) -> list[list[str]]:
    """The texts of the first headings by part."""
    return [re.findall(r'<h1 id="(\w+)"', part) for part in parts]


def test_a_part_begins_where_a_section_begins_a_page() -> None:
    report = cut(a_small_report())
    assert headings(report.body) == [["summary", "method"], ["matrix"], ["end"]]
    assert [part.split(">")[0] for part in report.body[1:]] == ['<section class="begins wide"', '<section class="begins chapter"']
    assert [faults(each) for each in (report.cover, report.contents, *report.body)] == [[]] * 5
    assert (report.title, report.language, report.meta("author")) == ("Small report INV-1", "en", "Nordpont &amp; Co")


def test_a_part_does_not_change_with_the_date_of_the_report() -> None:
    one, two = cut(a_small_report(state="today")), cut(a_small_report(state="tomorrow").replace("2026-02-01T09", "2026-02-01T10"))
    assert [one.page_of(each) for each in one.body] == [two.page_of(each) for each in two.body]
    assert one.page_of(one.cover) != two.page_of(two.cover)


def test_a_long_table_goes_on_with_its_heads_in_the_next_part() -> None:
    report = cut(a_small_report(rows=LONG_TABLE + 200))
    matrix = report.body[1:-1]
    assert [re.findall(r"<td>R(\d+)</td>", part)[0] for part in matrix] == ["1", str(ROWS + 1), str(2 * ROWS + 1)]
    assert [part.count("<thead>") for part in matrix] == [1, 1, 1]
    assert [part.count("<colgroup>") for part in matrix] == [1, 1, 1]
    assert [faults(each) for each in report.body] == [[]] * len(report.body)
    told = [number for part in matrix for number in re.findall(r"<td>R(\d+)</td>", part)]
    assert told == [str(number) for number in range(1, LONG_TABLE + 201)]
    assert "".join(report.body).count('id="matrix"') == 1


def test_a_changed_row_changes_one_part_only() -> None:
    page = a_small_report(rows=1000)
    other = page.replace("<td>R500</td><td>a line", "<td>R500</td><td>another line, and a longer one")
    before, after = cut(page).body, cut(other).body
    assert len(before) == len(after)
    assert sum(one != two for one, two in zip(before, after, strict=True)) == 1


def test_rows_that_belong_together_are_not_parted() -> None:
    held = table(400).replace(f"<tr><td>R{ROWS + 1}</td>", f'<tr class="more"><td>R{ROWS + 1}</td>')
    report = cut(a_small_report().replace(table(6), held))
    first = [re.findall(r"<td>R(\d+)</td>", part)[:1] for part in report.body]
    assert [str(ROWS + 1)] not in first
    assert max(part.count("<tr") for part in report.body) <= MOST_ROWS + 2


def test_short_sections_begin_no_part_and_long_ones_do() -> None:
    text = "<p>{}</p>"
    long, middling = text.format("word " * 5_000), text.format("word " * 2_000)
    sections = (("a", ""), ("b", long), ("c", ""), ("d", middling), ("e", ""))
    more = "".join(f'<section class="wide flows"><h1 id="{name}">{name}</h1>{told}</section>' for name, told in sections)
    report = cut(a_small_report().replace('<section class="chapter">', more + '<section class="chapter">', 1))
    assert headings(report.body) == [["summary", "method"], ["matrix", "a", "b", "c"], ["d", "e"], ["end"]]


def test_a_short_section_before_a_page_of_another_kind_stays_with_what_is_above_it() -> None:
    more = f'<section><h1 id="a">A</h1><p>{"word " * 7_000}</p></section><section><h1 id="b">B</h1></section>'
    report = cut(a_small_report().replace('<section class="chapter">', f'{more}<section class="chapter">', 1))
    assert headings(report.body) == [["summary", "method"], ["matrix"], ["a", "b"], ["end"]]


def test_a_short_rest_of_a_long_section_stays_with_it() -> None:
    titles = "".join(f"<h2>T{number}</h2><p>{'word ' * size}</p>" for number, size in enumerate((5_000, 2_000, 2_500, 100)))
    more = f'<section><h1 id="a">A</h1>{titles}</section>'
    report = cut(a_small_report().replace('<section class="chapter">', f'{more}<section class="chapter">', 1))
    assert [re.findall(r"<h2>(T\d)", part) for part in report.body[2:-1]] == [["T0"], ["T1", "T2", "T3"]]


def test_links_within_the_report_are_left_to_the_joining_and_others_stay() -> None:
    report = cut(a_small_report(first='<a href="#nowhere">x</a> <a href="https://example.org/">y</a>'))
    page = report.page_of(report.body[0])
    assert re.findall(r'href="([^"]*)"', page) == ["#nowhere", "https://example.org/", "wb-to:end"]


def test_a_page_that_is_no_report_is_one_part() -> None:
    report = cut('<!doctype html><html lang="fr"><head><title>T</title></head><body><p>only</p></body></html>')
    assert (report.cover, report.contents, report.body) == ("", "", ("<p>only</p>",))
