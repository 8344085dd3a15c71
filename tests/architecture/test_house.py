"""The house rules that a machine can hold: sizes, places, guarded pages, protected forms, drawn flows."""

from __future__ import annotations

import ast
import functools
import importlib
import re
from pathlib import Path

from workbench import layout
from workbench.flow import Flow

ROOT = layout.ROOT
KEPT_OUT = {".venv", ".git", "var", "vendor", "packs", "node_modules", "build", "dist"}
LIMIT = 400


def files(*endings: str) -> list[Path]:
    """What is written by hand, below the folders that hold it."""
    folders = [ROOT / name for name in ("workbench", "sandbox", "templates", "tests", "scripts", "benchmarks", "demo")]
    found = [file for folder in folders for ending in endings for file in folder.rglob(f"*{ending}")]
    return sorted(file for file in found if not KEPT_OUT & set(file.relative_to(ROOT).parts))


@functools.cache
def trees() -> dict[str, ast.Module]:
    return {
        file.relative_to(ROOT).as_posix(): ast.parse(file.read_text(encoding="utf-8"))
        for file in files(".py")
        if "tests" not in file.parts
    }


def test_no_file_is_longer_than_four_hundred_lines() -> None:
    long = {
        file.relative_to(ROOT).as_posix(): len(file.read_text(encoding="utf-8").splitlines())
        for file in files(".py", ".html", ".css")
    }
    assert {name: lines for name, lines in long.items() if lines > LIMIT} == {}


def test_templates_hold_no_python() -> None:
    assert list((ROOT / "templates").rglob("*.py")) == []


def test_first_files_of_packages_hold_a_docstring_and_nothing_else() -> None:
    bodies = {
        name: [type(each).__name__ for each in tree.body[1:]]
        for name, tree in trees().items()
        if re.fullmatch(r"workbench/[a-z]+/__init__\.py|workbench/__init__\.py", name)
    }
    assert {name: body for name, body in bodies.items() if body} == {}


def test_every_module_says_in_one_line_what_it_is_for() -> None:
    without = [name for name, tree in trees().items() if "/versions/" not in name and not ast.get_docstring(tree)]
    assert without == []


def test_views_are_sentences() -> None:
    """The ninetieth of a hundred view functions has at most thirty lines."""
    lengths = sorted(
        (node.end_lineno or 0) - node.lineno + 1
        for name, tree in trees().items()
        if name.endswith("/views.py")
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
    )
    assert lengths[int(len(lengths) * 0.9)] <= 30


def test_only_the_request_and_the_command_commit() -> None:
    """`db.session.commit` stands in web/transactions.py alone (house rule 8)."""
    committing = {
        name
        for name, tree in trees().items()
        if name.startswith("workbench/")
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr == "commit"
        and ast.unparse(node.value) in ("db.session", "session")
    }
    assert committing == {"workbench/web/transactions.py"}


def test_nothing_asks_the_time_but_the_clock() -> None:
    asking = {
        name
        for name, tree in trees().items()
        if name.startswith("workbench/")
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in ("utcnow", "today", "now")
        and ast.unparse(node.value) in ("datetime", "date")
    }
    assert asking == {"workbench/clock.py"}


def flows() -> dict[str, Flow]:
    found = {}
    for file in sorted([*(ROOT / "workbench").glob("*/rules.py"), *(ROOT / "workbench").glob("*/rules/[a-z]*.py")]):
        place = ".".join(file.relative_to(ROOT).with_suffix("").parts)
        module = importlib.import_module(place)
        found.update({f"{place}.{name}": value for name, value in vars(module).items() if isinstance(value, Flow)})
    return found


def test_flows_are_drawn_in_the_documentation() -> None:
    text = (ROOT / "docs" / "flows.md").read_text(encoding="utf-8") if flows() else ""
    assert [name for name, flow in flows().items() if flow.as_mermaid() not in text] == []


def test_no_path_of_a_machine_and_no_index_stands_in_a_file() -> None:
    """What works only on one machine would be found by the next person."""
    told = re.compile(r"/(?:home|Users|root)/[a-z]+/|--index-url|--extra-index-url")
    texts = files(".py", ".html", ".css", ".toml", ".csv", ".sh", ".md") + sorted((ROOT / "requirements").glob("*"))
    own = Path(__file__).resolve()
    assert [
        file.name for file in texts if file != own and told.search(file.read_text(encoding="utf-8", errors="replace"))
    ] == []
