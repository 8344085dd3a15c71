"""A report as large as an audit's: so many answers of checklists with their notes and evidence, in the markup of our templates."""

from __future__ import annotations

import hashlib

ANSWERS = {"100 pages": 780, "450 pages": 3_900}
PER_CLAUSE, PER_CHAPTER = 13, 78
_STATES = (
    ("conform", "conform"), ("partly", "partly"), ("minor_nonconformity", "minor nonconformity"),
    ("not_applicable", "not applicable"),
)  # fmt: skip
_QUESTION = (
    "Who decides that the {0} is complete for client {1}, by which day of the month, and where does the record "
    "of that decision stay?"
)
_NOTE = (
    "Looked at {0} records of month {1} together with the team; the count of the supplier, the contract and the invoice "
    "were read side by side, and the two that differ were followed back to the mail that changed them."
)
_THINGS = ("count", "contract", "price list", "handover", "export", "invoice run", "access review", "backup")


def page(answers: int, changed: int = -1) -> str:
    """The whole report; the answer of that number has another note."""
    chapters = [range(first, min(first + PER_CHAPTER, answers)) for first in range(0, answers, PER_CHAPTER)]
    entries = "".join(_entry(number) for number in range(1, len(chapters) + 1))
    body = "".join(_chapter(number, chapter, changed) for number, chapter in enumerate(chapters, 1))
    root = hashlib.sha256(str((answers, changed)).encode()).hexdigest()
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Audit report INV-1</title><meta name="generator" content="Ninefold">
<meta name="dcterms.created" content="2026-02-01T09:00:00+00:00"><meta name="author" content="Nordpont"></head>
<body class="document">
<section class="cover" data-page="page" data-of="of">
<div class="cover-head"><p class="cover-organisation">Nordpont</p>
<p class="cover-kind">Audit report</p><p class="cover-title">Supplier usage to client invoices</p></div>
<div class="cover-body"><p class="cover-running">INV-1 · Audit report</p><p class="cover-mark">Confidential</p>
<table class="cover-facts"><tbody><tr><th scope="row">Root hash</th><td class="hash">{root}</td></tr></tbody></table></div>
</section>
<nav class="contents"><h1 class="plain">Contents</h1><ol>{entries}</ol></nav>
<main><section><h1 id="summary">Summary</h1><p class="key">{answers} items were answered.</p></section>{body}</main>
</body></html>"""


def _entry(number: int) -> str:
    return f'<li><a href="#chapter-{number}"><span class="number">{number}</span> Chapter {number}</a></li>'


def _chapter(number: int, answers: range, changed: int) -> str:
    clauses = "".join(
        _clause(f"{number}.{place}", range(first, min(first + PER_CLAUSE, answers.stop)), changed)
        for place, first in enumerate(range(answers.start, answers.stop, PER_CLAUSE), 1)
    )
    heading = f'<h1 id="chapter-{number}"><span class="number">{number}</span> Chapter {number}</h1>'
    return f'<section class="wide">{heading}<p>See <a href="#summary">the summary</a>.</p>{clauses}</section>'


def _clause(ref: str, answers: range, changed: int) -> str:
    rows = "".join(_row(ref, each, each == changed) for each in answers)
    heads = "".join(f'<th scope="col">{each}</th>' for each in ("Item", "Question", "Answer", "Note", "Evidence", "Answered by"))
    widths = "".join(f'<col class="w{each}">' for each in (7, 27, 12, 28, 16, 10))
    table = f'<table class="grid"><colgroup>{widths}</colgroup><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'
    return f'<h2 id="clause-{ref}">{ref} Of the {_THINGS[len(answers) % 8]} and what follows from it</h2>{table}'


def _row(ref: str, number: int, is_changed: bool) -> str:
    state, label = _STATES[number % 4]
    digest = hashlib.sha256(str(number).encode()).hexdigest()
    note = _NOTE.format(3 + number % 9, number) + (" One more was found later." if is_changed else "")
    return (
        f'<tr{"" if number % 2 else " class=z"}><td>{ref}.{number}</td><td>{_QUESTION.format(_THINGS[number % 8], number)}</td>'
        f'<td><span class="status st-{state}">{label}</span></td><td>{note}</td>'
        f'<td class="hash">E{number}<br>{digest[:32]}<wbr>{digest[32:]}</td><td>Ada Martin<br><small>1 Feb 2026</small></td></tr>'
    )
