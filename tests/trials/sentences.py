"""Every sentence that stands in the source of the sandbox, with samples in its places."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# How many ways of putting a sentence together are looked at.
_MOST = 24
# Functions that show a value; what they give is no sentence.
_SHOW = {"shown", "_shown", "text_from", "in_words", "exact", "named", "_said", "_says", "money", "_in_words"}
# Signs of SQL, of regular expressions and of code.
_CODE = re.compile(
    r"\b(SELECT|CASE|WHEN|COALESCE|NULL|NULLIF|NULLS|FROM|VARCHAR|BIGINT|BOOLEAN|COPY|SET|SHOW|PRAGMA|FORMAT|OR|AND|AS|LIMIT|CAST|"
    r"UNION|IN|BETWEEN|ORDER|GRANT|START|ALL|WHERE|FILTER|DESCRIBE|JOIN|TIMESTAMP|ADD)\b|\w\(\?|"
    r"coalesce\(|regexp|starts_with|read_parquet|read_csv|list_\w+\(|trim\(|lambda|::|translate\(|concat_ws|date_diff|nullif\(|"
    r"string_split|sha256\(|epoch_ms|count\(\*\)|transform\(|contains\(lower|-XX|-Djava|\(\?P<|MM\|M"
)
Parts = tuple["str | Hole", ...]


@dataclass(frozen=True)
class Hole:
    """A place of a sentence; `shape` is how what stands there looks: plain, quoted or a number."""

    shape: str = "plain"


@dataclass(frozen=True)
class Sentence:
    """One sentence as it may be said: where it stands, and its words with samples in its places."""

    file: str
    line: int
    text: str
    samples: tuple[str, ...]


class Module:
    """The tree of one file, with the way up."""

    def __init__(self, path: Path, root: Path) -> None:
        self.file = path.relative_to(root).as_posix()
        self.name = ".".join(path.relative_to(root.parent).with_suffix("").parts).removesuffix(".__init__")
        self.tree = ast.parse(path.read_text(encoding="utf-8"))
        nodes: list[ast.AST] = [self.tree]
        self.parent: dict[ast.AST, ast.AST] = {}
        for node in nodes:  # the list grows while it is gone over
            for child in ast.iter_child_nodes(node):
                self.parent[child] = node
                nodes.append(child)
        self.functions = {node.name: node for node in reversed(nodes) if isinstance(node, ast.FunctionDef)}
        self.imports = {
            one.asname or one.name: (node.module or "", one.name)
            for node in nodes if isinstance(node, ast.ImportFrom) for one in node.names
        }
        self.texts = [node for node in nodes if self._is_text(node)]

    def _is_text(self, node: ast.AST) -> bool:
        if not isinstance(node, ast.JoinedStr) and not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
            return False
        return not isinstance(self.parent.get(node), ast.Expr | ast.JoinedStr | ast.FormattedValue)

    def above(self, node: ast.AST) -> Iterator[ast.AST]:
        """The node and what holds it, outwards."""
        while node is not None:
            yield node
            node = self.parent.get(node)  # type: ignore[assignment]

    def scope(self, node: ast.AST) -> ast.FunctionDef | None:
        """The function that the node stands in."""
        return next((one for one in self.above(node) if isinstance(one, ast.FunctionDef) and one is not node), None)


class Reader:
    """Reads the texts of a package and puts them together as the code does."""

    def __init__(self, root: Path) -> None:
        self.modules = {one.name: one for one in (Module(path, root) for path in sorted(root.rglob("*.py")))}
        self.pieces: set[int] = set()
        self._given: dict[ast.FunctionDef | None, dict[str, list[ast.expr]]] = {}

    def sentences(self) -> Iterator[Sentence]:
        """All of them but those that are only pieces of others."""
        found = [
            (module, node, parts)
            for module in self.modules.values() for node in module.texts
            for parts in self.ways(self._outermost(node, module), module, 0) or []
        ]
        for module, node, parts in found:
            if id(node) not in self.pieces and _is_prose(parts):
                yield _sentence(module.file, getattr(node, "lineno", 0), parts)

    @staticmethod
    def _outermost(node: ast.AST, module: Module) -> ast.AST:
        while isinstance(above := module.parent.get(node), ast.BinOp) and isinstance(above.op, ast.Add):
            node = above
        return node

    def ways(self, node: ast.AST, module: Module, depth: int) -> list[Parts] | None:
        """What a text may be; None for what is no known text."""
        if depth > 6:
            return None
        if depth:
            self.pieces.add(id(node))
        read = getattr(self, f"_{type(node).__name__.lower()}", None)
        ways: list[Parts] | None = read(node, module, depth + 1) if read else None
        return ways and ways[:_MOST]

    def _any(self, nodes: list[ast.expr], module: Module, depth: int) -> list[Parts] | None:
        """One of several: None where none of them is a text."""
        found = [self.ways(node, module, depth) for node in nodes]
        return None if all(one is None for one in found) else [way for one in found for way in one or [(Hole(),)]]

    def _constant(self, node: ast.Constant, module: Module, depth: int) -> list[Parts] | None:
        return [(node.value,)] if isinstance(node.value, str) else None

    def _joinedstr(self, node: ast.JoinedStr, module: Module, depth: int) -> list[Parts]:
        lists: list[list[Parts]] = []
        for one in node.values:
            if isinstance(one, ast.Constant):
                lists.append([(str(one.value),)])
            elif isinstance(one, ast.FormattedValue):
                plain = one.conversion == -1 and one.format_spec is None
                shape = "number" if one.format_spec else "plain" if plain else "quoted"
                lists.append((self.ways(one.value, module, depth) if plain else None) or [(Hole(shape),)])
        return [sum(way, ()) for way in itertools.islice(itertools.product(*lists), _MOST)]

    def _binop(self, node: ast.BinOp, module: Module, depth: int) -> list[Parts] | None:
        sides = [self.ways(each, module, depth) for each in (node.left, node.right)]
        if not isinstance(node.op, ast.Add) or sides == [None, None]:
            return None
        first, second = (side or [(Hole(),)] for side in sides)
        return [one + other for one in first for other in second]

    def _ifexp(self, node: ast.IfExp, module: Module, depth: int) -> list[Parts] | None:
        return self._any([node.body, node.orelse], module, depth)

    def _boolop(self, node: ast.BoolOp, module: Module, depth: int) -> list[Parts] | None:
        return self._any(node.values, module, depth)

    def _name(self, node: ast.Name, module: Module, depth: int) -> list[Parts] | None:
        above, scope = list(module.above(node)), module.scope(node)
        values = [value for value in self._names(scope).get(node.id, []) if value not in above]
        return _with_words(self._any(values, module, depth) if values else None)

    def _names(self, scope: ast.FunctionDef | None) -> dict[str, list[ast.expr]]:
        if scope not in self._given:
            self._given[scope] = _given(scope)
        return self._given[scope]

    def _call(self, node: ast.Call, module: Module, depth: int) -> list[Parts] | None:
        called = _called(node.func)
        if called in _SHOW:
            return None
        home, name = module, called
        if called not in module.functions:
            where, name = module.imports.get(called, ("", ""))
            home = self.modules.get(where, module)
        function = home.functions.get(name)
        if function is None:
            return None
        given = [each.value for each in ast.walk(function) if isinstance(each, ast.Return) and each.value is not None
                 and home.scope(each) is function]
        return _with_words(self._any(given, home, depth) if given else None)


def _called(func: ast.expr) -> str:
    """The name of a function, or of a method of the same object; empty for any other."""
    if isinstance(func, ast.Name):
        return func.id
    own = isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name) and func.value.id == "self"
    return func.attr if own and isinstance(func, ast.Attribute) else ""


def _given(scope: ast.FunctionDef | None) -> dict[str, list[ast.expr]]:
    """What a function gives to the names of its own."""
    found: dict[str, list[ast.expr]] = {}
    for each in ast.walk(scope) if scope else ():
        if not isinstance(each, ast.Assign):
            continue
        for target in each.targets:
            pairs = [(target, each.value)]
            if isinstance(target, ast.Tuple) and isinstance(each.value, ast.Tuple):
                pairs = list(zip(target.elts, each.value.elts, strict=False))
            for one, value in pairs:
                if isinstance(one, ast.Name):
                    found.setdefault(one.id, []).append(value)
    return found


def _with_words(ways: list[Parts] | None) -> list[Parts] | None:
    """The same, where one of them says something in words."""
    return ways if ways and any(isinstance(part, str) and re.search("[a-z]{2}", part) for way in ways for part in way) else None


def _is_prose(parts: Parts) -> bool:
    """Whether this is a sentence: two words at least, and no sign of code."""
    words = [word for part in parts if isinstance(part, str) for word in re.findall(r"[A-Za-z']{2,}", part)]
    plain = "".join(part if isinstance(part, str) else "{}" for part in parts)
    return len(words) >= 2 and " " in plain.strip() and not _CODE.search(plain)


def _sentence(file: str, line: int, parts: Parts) -> Sentence:
    samples: list[str] = []
    text = ""
    parts = tuple(part for part in parts if part != "")
    for place, part in enumerate(parts):
        if isinstance(part, str):
            text += part
            continue
        following = parts[place + 1] if place + 1 < len(parts) else ""
        if _is_tail(part, parts[place - 1] if place else ""):
            continue
        number = len(samples) + 1
        sample = {"plain": f"v{number}x", "quoted": f"'v{number}x'", "number": str(1000 + number)}[part.shape]
        samples.append(sample)
        # What runs into a word is where something is, with the sign that sets it apart.
        text += sample + (": " if isinstance(following, str) and re.match("[a-z]{2}", following) else "")
    return Sentence(file, line, text, tuple(samples))


def _is_tail(hole: Hole, before: str | Hole) -> bool:
    """Whether a place may stay empty: one that follows a word or another place without a space is a further part."""
    return hole.shape == "plain" and (isinstance(before, Hole) or re.search("[a-z]{3}$", before) is not None)
