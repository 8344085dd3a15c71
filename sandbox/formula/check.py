"""From what was written to a typed tree: every name known, every argument of the right type, constants computed."""
from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from sandbox.formula.faults import CellFault, FormulaFault
from sandbox.formula.functions import FUNCTION_NAMES, FUNCTIONS, NUMBERS, TOGETHER, Function, Wanted
from sandbox.formula.oracle import computed
from sandbox.formula.parser import Written, parsed
from sandbox.formula.tree import Call, ColumnRef, Literal, Node, Parameter, Typed
from sandbox.formula.types import BOOL, DECIMAL, INT, MAX_SCALE, TEXT, Kind, Type
from sandbox.naming import nearest

_NOTHING: Mapping[str, Type] = {}
_MIN_INT, _MAX_INT, _DIGITS = -2**63, 2**63 - 1, 18
_CONVERSIONS = {Kind.INT: "int", Kind.DECIMAL: "decimal", Kind.DATE: "date", Kind.BOOL: "bool", Kind.TEXT: "text"}
_OTHER_WORDS = {"null": "nothing", "none": "nothing", "empty": "nothing", "len": "", "left": "substring", "mid": "substring",
                "cast": "int", "number": "decimal", "str": "text", "string": "text", "ifnull": "coalesce",
                "nvl": "coalesce", "min": "least", "max": "greatest", "iif": "if", "iff": "if", "todate": "date",
                "strip": "trim", "lcase": "lower", "ucase": "upper", "concatenate": "concat"}


def typed(text: str, columns: Mapping[str, Type], *, parameters: Mapping[str, Type] = _NOTHING,
          wanted: Type | None = None) -> Typed:
    """The checked formula, of the type `wanted` where one is given; raises FormulaFault at the first fault."""
    checker = _Checker(text, columns, parameters)
    written = parsed(text)
    root = checker.node(written)
    if wanted is not None:
        root = checker.declared(written, root, wanted)
    return Typed(text, root, frozenset(checker.used))


class _Checker:
    def __init__(self, text: str, columns: Mapping[str, Type], parameters: Mapping[str, Type]) -> None:
        self.text, self.columns, self.parameters = text, columns, parameters
        self.used: set[str] = set()

    def fault(self, at: Written, message: str, *, expected: str = "", near: str = "") -> FormulaFault:
        return FormulaFault(message, self.text, at.start, at.end - at.start, expected=expected, nearest=near)

    def source(self, part: Written) -> str:
        """The part as it was written, short enough for a message."""
        said = self.text[part.start:part.end]
        return said if len(said) <= 40 else f"{said[:39]}…"

    def node(self, part: Written) -> Node:
        if part.kind == "operator":
            return self.folded(part, self.operator(part))
        if part.kind == "call":
            return self.call(part)
        if part.kind == "column":
            return self.column(part)
        if part.kind == "parameter":
            return self.parameter(part)
        return self.literal(part)

    def literal(self, part: Written) -> Literal:
        if part.kind == "number":
            return self.number(part)
        if part.kind == "text":
            return Literal(TEXT, part.name or None)
        return Literal(TEXT, None) if part.kind == "nothing" else Literal(BOOL, part.kind == "true")

    def number(self, part: Written) -> Literal:
        if "." not in part.name:
            value = int(part.name)
            if not _MIN_INT <= value <= _MAX_INT:
                raise self.fault(part, f"{self.source(part)} is out of the range of whole numbers",
                                 expected=f"{_MIN_INT} to {_MAX_INT}")
            return Literal(INT, value)
        places = len(part.name.partition(".")[2])
        exact = Decimal(part.name)
        if places > MAX_SCALE or abs(exact) >= Decimal(10) ** (_DIGITS - places):
            raise self.fault(part, f"{self.source(part)} has too many digits",
                             expected=f"{_DIGITS} digits, at most {MAX_SCALE} of them behind the point")
        return Literal(Type(Kind.DECIMAL, places), exact if exact else abs(exact))

    def column(self, part: Written) -> ColumnRef:
        if part.name not in self.columns:
            raise self.unknown_column(part)
        self.used.add(part.name)
        return ColumnRef(self.columns[part.name], part.name)

    def unknown_column(self, part: Written) -> FormulaFault:
        if part.name.lower() in ("null", "none"):
            return self.fault(part, f"{part.name} is not a word of the formula language", expected="nothing")
        if self.text[part.start] == '"' and not nearest(part.name, self.columns):
            expected = "a column of this name, or a text in single quotes"
        elif part.name in FUNCTION_NAMES:
            expected = f"a column, or ( after the function {part.name}"
        else:
            expected = f"one of {', '.join(list(self.columns)[:8])}" if self.columns else "a value or a parameter"
        sides = [name for name in self.columns if name.partition(".")[2] == part.name]
        if sides:
            return self.fault(part, f"the column {part.name} exists on both sides", expected=" or ".join(sides))
        return self.fault(part, f"there is no column {part.name[:80]}", expected=expected,
                          near=nearest(part.name, self.columns))

    def parameter(self, part: Written) -> Parameter:
        if part.name not in self.parameters:
            known = ", ".join(f":{name}" for name in self.parameters) or "none: this mapping has no parameters"
            near = nearest(part.name, self.parameters)
            raise self.fault(part, f"there is no parameter :{part.name[:80]}", expected=known, near=f":{near}" if near else "")
        return Parameter(self.parameters[part.name], part.name)

    def folded(self, part: Written, made: Node) -> Node:
        """A part without columns or parameters is computed now: what always fails is a fault of the formula."""
        if not isinstance(made, Call) or not all(isinstance(one, Literal) for one in made.arguments):
            return made
        try:
            return Literal(made.type, computed(made, {}, {}))
        except CellFault as error:
            raise self.fault(part, f"this always fails: {error}") from None

    def converted(self, part: Written, node: Node, kind: Type) -> Node | None:
        """The node as `kind` where that loses nothing of its kind: nothing is of every type, whole numbers widen."""
        if node.type == kind:
            return node
        if _is_nothing(node):
            return Literal(kind, None)
        if node.type.kind in NUMBERS and kind.kind is Kind.DECIMAL:
            return self.folded(part, Call(kind, "as", (node,)))
        return None

    def declared(self, part: Written, node: Node, wanted: Type) -> Node:
        made = self.converted(part, node, wanted)
        if made is not None:
            return made
        if node.type.kind is Kind.DECIMAL and wanted == INT:
            proposed = f"round({self.source(part)}) or int({self.source(part)})"
        else:
            proposed = f"{_CONVERSIONS[wanted.kind]}({self.source(part)})" if node.type.kind is Kind.TEXT \
                or wanted == TEXT else f"a formula that gives {wanted}"
        raise self.fault(part, f"the formula gives {node.type}, and {wanted} is wanted", expected=proposed)

    def need(self, part: Written, node: Node, kinds: frozenset[Kind], what: str) -> None:
        if node.type.kind in kinds or _is_nothing(node):
            return
        names = [kind.value for kind in Kind if kind in kinds]
        proposed = " or ".join(names)
        if node.type.kind is Kind.TEXT:
            proposed = " or ".join(f"{_CONVERSIONS[Kind(name)]}({self.source(part)})" for name in names)
        elif kinds == frozenset({Kind.TEXT}):
            proposed = f"text({self.source(part)})"
        raise self.fault(part, f"{what} needs {' or '.join(names)}, and {self.source(part)} is {node.type}", expected=proposed)

    def common(self, parts: tuple[Written, ...], nodes: list[Node], what: str) -> Type:
        """The one type that several values have: the longest decimal among numbers."""
        first: tuple[Written, Type] | None = None
        for part, node in zip(parts, nodes, strict=True):
            if _is_nothing(node):
                continue
            first = first or (part, node.type)
            if not _alike(first[1], node.type):
                raise self.unlike(part, node.type, first, what)
            if _scale(node.type) > _scale(first[1]):
                first = (first[0], node.type)
        # Only nothing: of the type it was computed with, else a text.
        return first[1] if first else next((node.type for node in nodes if node.type != TEXT), TEXT)

    def unlike(self, part: Written, kind: Type, first: tuple[Written, Type], what: str) -> FormulaFault:
        other, theirs = first
        at, to = (part, theirs) if kind == TEXT else (other, kind)
        proposed = f"{_CONVERSIONS[to.kind]}({self.source(at)})" if TEXT in (kind, theirs) else f"values of one type, {theirs}"
        return self.fault(part, f"{what} needs values of one type: {self.source(other)} is {theirs} and "
                                f"{self.source(part)} is {kind}", expected=proposed)

    def operator(self, part: Written) -> Node:
        name = part.name
        if name == "case":
            return self.case(part, part.parts)
        nodes = [self.node(one) for one in part.parts]
        if name in ("and", "or", "not"):
            for one, node in zip(part.parts, nodes, strict=True):
                self.need(one, node, frozenset({Kind.BOOL}), name)
            return Call(BOOL, name, tuple(Literal(BOOL, None) if _is_nothing(node) else node for node in nodes))
        if name == "is nothing":
            return Call(BOOL, name, tuple(nodes))
        if name in ("+", "-", "*", "/", "neg"):
            return self.arithmetic(part, nodes)
        return self.comparison(part, nodes)

    def arithmetic(self, part: Written, nodes: list[Node]) -> Node:
        shown = "-" if part.name == "neg" else part.name
        for one, node in zip(part.parts, nodes, strict=True):
            self.need(one, node, NUMBERS, shown)
        numbers = tuple(Literal(INT, None) if _is_nothing(node) else node for node in nodes)
        return Call(_result(part.name, [node.type for node in numbers]), part.name, numbers)

    def comparison(self, part: Written, nodes: list[Node]) -> Node:
        for one, node in zip(part.parts, nodes, strict=True):
            if _is_nothing(node) and one.kind in ("nothing", "text"):
                raise self.fault(one, "nothing is neither equal to a value nor less or more", expected="is nothing")
        kind = self.common(part.parts, nodes, part.name)
        if kind == BOOL and part.name not in ("=", "<>", "in"):
            raise self.fault(part, f"{part.name} does not order true and false", expected="= or <>")
        numbers = kind.kind in NUMBERS
        return Call(BOOL, part.name, tuple(Literal(kind, None) if _is_nothing(node) and not numbers else
                                           Literal(INT, None) if _is_nothing(node) else node for node in nodes))

    def case(self, part: Written, parts: tuple[Written, ...]) -> Node:
        conditions, values = parts[:-1:2], (*parts[1:-1:2], parts[-1])
        tests = [self.node(one) for one in conditions]
        for one, node in zip(conditions, tests, strict=True):
            self.need(one, node, frozenset({Kind.BOOL}), "a condition")
        results = self.together(values, "case" if part.kind == "operator" else "if")
        pairs = [node for pair in zip(tests, results, strict=False) for node in pair]
        return Call(results[0].type, "case", (*pairs, results[-1]))

    def together(self, parts: tuple[Written, ...], what: str) -> list[Node]:
        """The parts, all converted to the type they have in common."""
        nodes = [self.node(one) for one in parts]
        kind = self.common(parts, nodes, what)
        made = [self.converted(one, node, kind) for one, node in zip(parts, nodes, strict=True)]
        return [node for node in made if node is not None]

    def call(self, part: Written) -> Node:
        name = part.name.lower()
        if name == "if":
            if len(part.parts) != 3:
                raise self.fault(part, f"if takes 3 arguments, and {len(part.parts)} are given",
                                 expected="if(condition, value, otherwise)")
            return self.folded(part, self.case(part, part.parts))
        if name in TOGETHER:
            if len(part.parts) < 2:
                raise self.fault(part, f"{name} takes 2 arguments or more", expected=TOGETHER[name].signature)
            return self.folded(part, self.extreme(part, name))
        if name not in FUNCTIONS:
            near = _OTHER_WORDS.get(name) or nearest(name, FUNCTION_NAMES)
            raise FormulaFault(f"there is no function {part.name[:80]}", self.text, part.start, len(part.name),
                               expected="one of the functions in docs/formats/formula.md", nearest=near)
        return self.folded(part, self.made(part, FUNCTIONS[name], self.arguments(part, FUNCTIONS[name])))

    def extreme(self, part: Written, name: str) -> Node:
        nodes = self.together(part.parts, name)
        if nodes[0].type == BOOL and name != "coalesce":
            raise self.fault(part, f"{name} does not order true and false", expected="numbers, dates or texts")
        return Call(nodes[0].type, name, tuple(nodes))

    def arguments(self, part: Written, function: Function) -> tuple[Node, ...]:
        wanted, given = function.wanted_for(len(part.parts)), part.parts
        if not wanted:
            raise self.fault(part, f"{function.name} is given {len(given)} argument{'s' * (len(given) != 1)}",
                             expected=function.signature)
        if function.name == "decimal" and len(given) == 2 and given[1].kind == "number":
            wanted = (wanted[0], wanted[2])  # decimal(value, places): the mark may be left out
        return tuple(self.argument(one, what, function.name) for one, what in zip(given, wanted, strict=False))

    def argument(self, part: Written, wanted: Wanted, name: str) -> Node:
        node = self.node(part)
        self.need(part, node, wanted.kinds, f"{name}: {wanted.name}")
        if wanted.constant is not None:
            expected = wanted.constant(node.value) if isinstance(node, Literal) else "a value written here, not computed"
            if expected:
                raise self.fault(part, f"{name}: {wanted.name} cannot be {self.source(part)}", expected=expected)
        if _is_nothing(node) and node.type.kind not in wanted.kinds:
            return Literal(_first(wanted.kinds), None)
        return node

    def made(self, part: Written, function: Function, nodes: tuple[Node, ...]) -> Node:
        """The call as engines know it: conversions that change nothing are left out."""
        kind, first = function.result(nodes), nodes[0]
        if function.name == "decimal":
            if first.type != TEXT:
                return first if first.type == kind else Call(kind, "as", (first,))
            mark = nodes[1] if len(nodes) > 1 and nodes[1].type == TEXT else Literal(TEXT, ".")
            return Call(kind, "decimal", (first, mark))
        if function.name == "round" and (kind != INT or first.type == INT):
            return first if first.type == kind else Call(kind, "as", (first,))
        if function.name == "round":
            return Call(kind, "round", (first,))
        if function.name in ("int", "date", "bool", "text") and first.type == kind:
            return first
        return Call(kind, function.name, nodes)


def _is_nothing(node: Node) -> bool:
    return isinstance(node, Literal) and node.value is None


def _first(kinds: frozenset[Kind]) -> Type:
    kind = next(kind for kind in Kind if kind in kinds)
    return DECIMAL if kind is Kind.DECIMAL else Type(kind)


def _alike(one: Type, two: Type) -> bool:
    return one.kind is two.kind or (one.kind in NUMBERS and two.kind in NUMBERS)


def _scale(kind: Type) -> int:
    return kind.scale if kind.kind is Kind.DECIMAL else -1


def _result(name: str, types: list[Type]) -> Type:
    """The type of a computed number."""
    scales = [_scale(kind) for kind in types]
    if name == "/":
        return Type(Kind.DECIMAL, max(DECIMAL.scale, *scales))
    if max(scales) < 0:
        return INT
    places = sum(max(0, scale) for scale in scales) if name == "*" else max(scales)
    return Type(Kind.DECIMAL, min(MAX_SCALE, places))

