"""Templates: they parse, carry no style and no script of their own, import what they use, and protect every form."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, meta, nodes

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"
STATIC = ROOT / "workbench" / "static"
FILES = sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html"))
SHEETS = sorted(path.relative_to(STATIC).as_posix() for path in STATIC.rglob("*.css") if "vendor" not in path.parts)
ENVIRONMENT = Environment(
    loader=FileSystemLoader(TEMPLATES), extensions=["jinja2.ext.i18n"], undefined=StrictUndefined, autoescape=True
)
COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)


@cache
def source(name: str) -> str:
    """The template's text without its comments."""
    return COMMENT.sub("", (TEMPLATES / name).read_text(encoding="utf-8"))


@cache
def tree(name: str) -> nodes.Template:
    """The template as Jinja reads it."""
    return ENVIRONMENT.parse((TEMPLATES / name).read_text(encoding="utf-8"), name)


def imported_names(name: str) -> set[str]:
    """The names that `from … import` and `import … as` bring into a template."""
    found: set[str] = set()
    for statement in tree(name).find_all(nodes.FromImport):
        found.update(item if isinstance(item, str) else item[1] for item in statement.names)
    found.update(statement.target for statement in tree(name).find_all(nodes.Import))
    return found


def used_names(name: str) -> set[str]:
    """Every name a template reads."""
    return {node.name for node in tree(name).find_all(nodes.Name) if node.ctx == "load"}


def each(names: Sequence[str], look: Callable[[str], list[str]]) -> dict[str, list[str]]:
    """{file: its faults}. One test for all files: thousands of tests of a millisecond cost more than what they do."""
    return {name: found for name in names if (found := look(name))}


def test_templates_there_are_some() -> None:
    assert {"layout/base.html", "layout/page.html", "layout/print.html", "components/forms.html"} - set(FILES) == set()


def test_templates_folder_holds_no_python() -> None:
    assert sorted(path.name for path in TEMPLATES.rglob("*.py")) == []


def test_template_parses_and_its_parts_exist() -> None:
    def faults(name: str) -> list[str]:
        wanted = {part for part in meta.find_referenced_templates(tree(name)) if part is not None}
        return sorted(wanted - set(FILES))

    assert each(FILES, faults) == {}


def test_template_imports_only_what_it_uses() -> None:
    def faults(name: str) -> list[str]:
        return sorted(imported_names(name) - used_names(name))

    assert each(FILES, faults) == {}


def test_template_imports_macros_that_exist() -> None:
    def faults(name: str) -> list[str]:
        missing = set()
        for statement in tree(name).find_all(nodes.FromImport):
            if isinstance(statement.template, nodes.Const):
                offered = {macro.name for macro in tree(statement.template.value).find_all(nodes.Macro)}
                missing |= {item if isinstance(item, str) else item[0] for item in statement.names} - offered
        return sorted(missing)

    assert each(FILES, faults) == {}


def test_template_has_no_inline_style() -> None:
    def faults(name: str) -> list[str]:
        return re.findall(r"<style\b|\sstyle\s*=", source(name), re.IGNORECASE)

    assert each(FILES, faults) == {}


def test_template_has_no_inline_script() -> None:
    def faults(name: str) -> list[str]:
        text = source(name)
        bare = [tag for tag in re.findall(r"<script\b[^>]*>", text, re.IGNORECASE) if "src=" not in tag]
        handlers = re.findall(r"<[a-z][^>]*\s(on[a-z]+)\s*=", text, re.IGNORECASE)
        return [*bare, *handlers, *re.findall(r"javascript:", text, re.IGNORECASE)]

    assert each(FILES, faults) == {}


def test_template_loads_nothing_from_elsewhere() -> None:
    def faults(name: str) -> list[str]:
        return re.findall(r"(?:src|href|action)=[\"'](?:https?:)?//", source(name))

    assert each(FILES, faults) == {}


def test_template_forms_that_change_something_are_protected() -> None:
    def faults(name: str) -> list[str]:
        pattern = r"<form\b[^>]*method=[\"']?post[^>]*>.*?(?:</form>|\{%-?\s*endmacro)"
        forms = re.findall(pattern, source(name), re.IGNORECASE | re.DOTALL)
        return [form[:80] for form in forms if "csrf_token" not in form or "idempotency_key" not in form]

    assert each(FILES, faults) == {}


def test_template_is_short_enough() -> None:
    def faults(name: str) -> list[str]:
        lines = (TEMPLATES / name).read_text(encoding="utf-8").splitlines()
        return [f"{len(lines)} lines"] if len(lines) > 400 else []

    assert each(FILES, faults) == {}


def test_sheet_is_short_enough() -> None:
    def faults(name: str) -> list[str]:
        lines = (STATIC / name).read_text(encoding="utf-8").splitlines()
        return [f"{len(lines)} lines"] if len(lines) > 400 else []

    assert each(SHEETS, faults) == {}


def test_template_icons_are_in_the_sprite() -> None:
    sprite = set(re.findall(r'<symbol id="([a-z0-9-]+)"', (STATIC / "icons.svg").read_text(encoding="utf-8")))

    def faults(name: str) -> list[str]:
        calls = [node for node in tree(name).find_all(nodes.Call) if isinstance(node.node, nodes.Name) and node.args]
        first = [node.args[0] for node in calls if isinstance(node.node, nodes.Name) and node.node.name == "icon"]
        named = {argument.value for argument in first if isinstance(argument, nodes.Const)}
        return sorted(named - sprite)

    assert each(FILES, faults) == {}


def test_sheet_loads_nothing_from_elsewhere() -> None:
    def faults(name: str) -> list[str]:
        addresses = re.findall(r"url\(\s*[\"']?([^\"')]+)", (STATIC / name).read_text(encoding="utf-8"))
        elsewhere = [address for address in addresses if not address.startswith(("data:", "../fonts/"))]
        fonts = [address for address in addresses if address.startswith("../")]
        missing = [address for address in fonts if not (STATIC / name).parent.joinpath(address).is_file()]
        return [*elsewhere, *missing]

    assert each(SHEETS, faults) == {}


def test_every_state_has_its_colour_and_icon() -> None:
    words = set(re.findall(r"state == '(\w+)'", source("components/status.html")))
    for sheet in ("css/states.css", "css/print.css"):
        drawn = set(re.findall(r"\.st-([a-z-]+)", (STATIC / sheet).read_text(encoding="utf-8")))
        assert {word.replace("_", "-") for word in words} - drawn == set(), sheet


def test_static_files_fit_the_budget_of_a_page() -> None:
    linked = re.findall(r"filename='([^']+\.(?:css|js|svg))'", source("layout/base.html"))
    files = [*linked, "icons.svg", "logo.svg"]
    assert sum(len(gzip.compress((STATIC / name).read_bytes())) for name in files) <= 120_000
