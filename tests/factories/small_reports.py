"""A report of a few pages as the templates write it, for tests of how pages are set: no database is needed."""

from __future__ import annotations

COVER = """<section class="cover" data-page="page" data-of="of">
<div class="cover-head"><p class="cover-organisation">Nordpont</p><p class="cover-title">Small</p></div>
<div class="cover-body"><p class="cover-running">INV-1 · Small report</p><p class="cover-mark">Internal</p>
<table class="cover-facts"><tbody><tr><th scope="row">State of</th><td>{state}</td></tr></tbody></table></div></section>"""
TABLE = (
    '<table class="grid"><colgroup><col class="w20"><col class="w80"></colgroup>'
    '<thead><tr><th scope="col">No.</th><th scope="col">Text</th></tr></thead><tbody>{rows}</tbody></table>'
)


def table(count: int, text: str = "a line") -> str:
    """A table of so many numbered rows."""
    return TABLE.format(rows="".join(f"<tr><td>R{number}</td><td>{text}</td></tr>" for number in range(1, count + 1)))


def a_small_report(*, state: str = "today", first: str = "First words.", rows: int = 6, language: str = "en") -> str:
    """Cover, contents and four sections in three parts: two upright, a landscape one with a table, a chapter that links back."""
    return f"""<!doctype html>
<html lang="{language}">
<head><meta charset="utf-8"><title>Small report INV-1</title><meta name="generator" content="Ninefold">
<meta name="dcterms.created" content="2026-02-01T09:00:00+00:00"><meta name="author" content="Nordpont &amp; Co">
<meta name="description" content="A small report"></head>
<body class="document">
{COVER.format(state=state)}
<nav class="contents"><h1 class="plain">Contents</h1><ol>
<li><a href="#summary"><span class="number">1</span> Summary</a></li>
<li><a href="#method"><span class="number">2</span> Method</a></li>
<li><a href="#matrix"><span class="number">3</span> Matrix</a></li>
<li><a href="#end"><span class="number">4</span> End</a></li>
</ol></nav>
<main>
<section><h1 id="summary"><span class="number">1</span> Summary</h1><p>{first} See <a href="#end">the end</a>.</p></section>
<section><h1 id="method"><span class="number">2</span> Method</h1><h2>Sampling</h2><h3>How it was drawn</h3><p>Words.</p></section>
<section class="wide"><h1 id="matrix"><span class="number">3</span> Matrix</h1>{table(rows)}</section>
<section class="chapter"><h1 id="end"><span class="number">4</span> End</h1><p>Back to <a href="#summary">the summary</a>.</p>
{table(2, "last")}</section>
</main>
</body>
</html>"""
