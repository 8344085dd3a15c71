"""One report set in a process of its own: `python -m benchmarks.report_run naive|ours|preview PAGE HOME` prints JSON."""

from __future__ import annotations

import importlib
import io
import json
import resource
import sys
import time
from pathlib import Path

import pikepdf

from workbench.reports import document


def main() -> int:
    """Set the page, say what it took: seconds of wall and of computing (children too), the largest process, bytes, pages."""
    variant, page, home = sys.argv[1], Path(sys.argv[2]).read_text(encoding="utf-8"), Path(sys.argv[3])
    if variant == "naive":
        setting = importlib.import_module("benchmarks.naive.report").set_pages
    else:
        wanted = document.preview if variant == "preview" else document.set_pages

        def setting(text: str) -> bytes:
            return wanted(text, home=home)

    begun = time.perf_counter()
    made = setting(page)
    wall = time.perf_counter() - begun
    own, children = (resource.getrusage(each) for each in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    with pikepdf.open(io.BytesIO(made)) as opened:
        pages = len(opened.pages)
    cpu = own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
    print(json.dumps({
        "wall_s": round(wall, 3), "cpu_s": round(cpu, 3), "pages": pages, "bytes": len(made),
        "parent_mb": own.ru_maxrss // 1024, "largest_child_mb": children.ru_maxrss // 1024,
    }))
    return 0


if __name__ == "__main__":
    sys.exit(main())
