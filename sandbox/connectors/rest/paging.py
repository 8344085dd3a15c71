"""From one page to the next: what to ask first, where the records lie, and when the last page is reached."""
from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sandbox.connectors.rest.settings import Wanted
from sandbox.errors import InputRefused
from sandbox.http.addresses import coded, followed, joined, place_of
from sandbox.receiving.flattening import inside

State = dict[str, str | int]

_LINK = re.compile(r'<([^<>]*)>((?:\s*;\s*[^;,="<>]+(?:=\s*(?:"[^"]*"|[^;,"<>]*))?)*)')
_NEXT = re.compile(r'(?i);\s*rel\s*=\s*(?:"(?:[^"]*\s)?next(?:\s[^"]*)?"|next\s*(?:;|$))')
_NOTHING_HERE = object()


def first_state(table: Wanted) -> State:
    """Where a table begins."""
    if table.page.style not in ("page", "offset"):
        return {}
    return {"number": table.page.first if table.page.style == "page" else 0}


def address(base: str, table: Wanted, state: State) -> str:
    """What is asked in this state: the table's path with its own parameters and those of the page."""
    if "url" in state:
        return str(state["url"])
    pairs = list(table.query)
    if table.page.size_parameter:
        pairs.append((table.page.size_parameter, str(table.page.size)))
    if "number" in state or "cursor" in state:
        pairs.append((table.page.parameter, str(state.get("cursor", state.get("number")))))
    return joined(base, "/".join(coded(part) if "%" not in part else part for part in table.path.split("/")), pairs)


def records_of(table: Wanted, document: Any) -> list[Any]:
    """The records in an answer; raises InputRefused naming where lists lie when they are not where they should be."""
    found = inside(document, table.at)
    if isinstance(found, list):
        return found
    if found is None and table.at and _is_null(document, table.at):
        return []
    if isinstance(found, Mapping) and table.at:
        return [found]
    lists = [path for path in _lists(document) if path]
    hint = f"; lists lie at {', '.join(sorted(lists)[:5])}" if lists else "; the answer holds no list"
    place = f'at "{table.at}"' if table.at else "at the top of the answer (no `at` is set)"
    raise InputRefused(f"table {table.name}: the records should be a list {place}{hint}")


def _is_null(document: Any, path: str) -> bool:
    above, _, last = path.rpartition(".")
    holder = inside(document, above)
    return isinstance(holder, Mapping) and holder.get(last, _NOTHING_HERE) is None


def _lists(document: Any, prefix: str = "", depth: int = 0) -> list[str]:
    if isinstance(document, list):
        return [prefix]
    if not isinstance(document, Mapping) or depth > 3:
        return []
    return [path for key, value in document.items()
            for path in _lists(value, f"{prefix}.{key}" if prefix else key, depth + 1)]


def next_state(
    table: Wanted, base: str, state: State, document: Any, headers: Mapping[str, str], count: int, so_far: int,
) -> State | None:
    """Where the next page begins, or None after the last; `count` records came now, `so_far` with all pages before."""
    page = table.page
    if page.style in ("page", "offset"):
        if count == 0 or (page.total and so_far >= _total(table, document)):
            return None
        return {"number": int(state["number"]) + (1 if page.style == "page" else count)}
    if page.style == "cursor":
        cursor = inside(document, page.next)
        return {"cursor": _text(table, cursor)} if cursor not in (None, "", False) else None
    if page.style == "link":
        target = inside(document, page.next) if page.next else next_link(headers.get("link", ""))
        return {"url": _allowed(table, base, state, _text(table, target))} if target else None
    return None


def next_link(header: str) -> str:
    """The target with the relation `next` in a Link header, or nothing."""
    return next((target for target, rest in _LINK.findall(header) if _NEXT.search(rest)), "")


def _total(table: Wanted, document: Any) -> int:
    text = inside(document, table.page.total)
    if not isinstance(text, str) or not text.isdecimal():
        raise InputRefused(f'table {table.name}: "{table.page.total}" should hold the number of records')
    return int(text)


def _text(table: Wanted, value: Any) -> str:
    if not isinstance(value, str):
        raise InputRefused(f'table {table.name}: "{table.page.next}" should hold text, but holds a {type(value).__name__}')
    return str(value)


def _allowed(table: Wanted, base: str, state: State, target: str) -> str:
    """A next link may only lead to the table's own path on its own server: the secret goes nowhere else."""
    first = place_of(address(base, table, {}))
    place = place_of(followed(address(base, table, state), target))
    if place.server != first.server:
        raise InputRefused(f"table {table.name}: the next page lies on {place.scheme}://{place.authority}, not on this source")
    if place.path not in {first.path, *table.also}:
        raise InputRefused(f"table {table.name}: the next page lies at {place.path}, which is not allowed; if it is right, "
                           "name that path under `also`")
    return place.url
