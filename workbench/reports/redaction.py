"""What a reader's level may not see, taken out of a report: names, clients, amounts, files, addresses; stable words stand there.

Everything that prints a report calls this: the page, the properties and attachments of its PDF, other formats.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _

from workbench.reports.names import Names, names_withheld
from workbench.reports.rules import Brief, Kind, Options

# Where the cover says how many places were withheld; texts of people are escaped, so that none of them looks like it.
COUNTED = '<span id="withheld"></span>'
_TAG = re.compile(r"""(<!--.*?-->|<!\[CDATA\[.*?\]\]>|<(?:[^<>"']|"[^"]*"|'[^']*')*>)""", re.DOTALL)
_ATTRIBUTE = re.compile(r'(\s(?:alt|title|content|label|summary|aria-label|aria-description|href)=")([^"]*)"')
# The lines of one text of a drawing: a name may go over several of them.
_DRAWN = re.compile(r"(<text[^>]*>)((?:<tspan[^>]*>[^<]*</tspan>){2,})(</text>)")
_LINE = re.compile(r"(<tspan[^>]*>)([^<]*)</tspan>")
_OPENED = re.compile(r"<(\w+)([^>]*)")
# Hashes, signatures and commands stay as they are: a name found within one by chance would break it.
_KEPT = re.compile(r'\bclass="[^"]*\b(?:hash|note)\b')
_PARTICLES = frozenset((
    "de", "du", "des", "la", "le", "les", "van", "von", "der", "den", "ten", "ter", "di", "da", "do", "dos", "el", "al", "ben",
    "bin", "zu", "et",
))
_MAIL = r"(?<![\w.+%'-])[\w.+%'-]+@[\w-]+(?:\.[\w-]+)+"
_ADDRESS = r"(?:(?<![\w+.-])[a-z][a-z0-9+.-]*://|mailto:|www\.)[^\s<>\"“”«»]*[^\s<>\"“”«».,;:!?)\]]"
_NUMERIC = r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?::\d{1,5})?(?![\w.])"
_CURRENCY = (
    r"(?:[A-Z]{0,3}[€$£¥₹]|\b(?:EUR|USD|GBP|CHF|CAD|AUD|NZD|JPY|CNY|INR|SEK|NOK|DKK|PLN|CZK|HUF|RON|BGN|BRL|MXN|ZAR|SGD|HKD|MAD|"
    r"TND|XOF|XAF|ILS|KRW|UAH|ISK|AED|SAR)\b|\b(?:[Ee]uros?|[Dd]ollars?|[Pp]ounds?)\b)"
)
_SPACE = r"[ \u00a0\u202f]?"
_WHOLE = r"(?:\d{1,3}(?:[ \u00a0\u202f,.'’]\d{3}){1,6}|\d+)"
_NUMBER, _CENTS = rf"{_WHOLE}(?:[.,]\d+)?", rf"{_WHOLE}[.,]\d\d(?!\d)"
# “12 k”, “1,200.–”, “2.5 million”, “2 millions d’”
_MANY = r"(?:[kKM]\b|bn\b|M[dr]s?\b|[Mm]io\b\.?|(?i:thousand|mille|(?:m|b)illions?|milliards?)\b(?:\s+d(?:e\s|['’]))?)"
_ROUND = rf"{_NUMBER}(?:[.,][-–—](?![\w-]))?(?:{_SPACE}{_MANY})?"
# What leads from one amount to the next where one of them alone has a currency: “12–14 €”, “€8.00 and 9.30”.
_TO = r"(?:\s?[-–—/]\s?|\s(?:to|à)\s)"
_AND = r"\s(?:and|or|et|ou)\s"
_BEFORE = rf"(?:{_ROUND}{_TO}|{_CENTS}{_AND})"
_AFTER = rf"(?:{_TO}{_ROUND}(?:{_SPACE}{_CURRENCY}(?!\w))?|{_AND}{_CENTS}(?!{_SPACE}(?:[kKM]{_SPACE})?{_CURRENCY}))*"
_AMOUNT = (
    rf"(?:(?<![\w.,-])[-−+]?{_BEFORE})?[-−+]?{_CURRENCY}{_SPACE}[-−]?{_ROUND}{_AFTER}"
    rf"|(?<![\w.,])[-−+]?{_BEFORE}?{_ROUND}{_SPACE}{_CURRENCY}(?!\w)"
)


@dataclass
class Redactor:
    """Takes out of texts what the options withhold; `count` says how often it did. One for everything a report is made of."""

    options: Options
    labels: dict[str, str]  # by the plain form of a text
    pattern: re.Pattern[str] | None
    withheld: str
    count: int = field(default=0)

    def text(self, told: str) -> str:
        """A text without what the reader may not see."""
        return self.pattern.sub(self._instead, told) if self.pattern is not None else told

    def data(self, value: Any) -> Any:
        """The same of every text in lists and dictionaries; keys stay."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {key: self.data(each) for key, each in value.items()}
        return [self.data(each) for each in value] if isinstance(value, (list, tuple)) else value

    def page(self, page: str) -> str:
        """The same of an HTML page: its texts and the attributes that hold some, never its tags. Says the count on the cover."""
        if self.pattern is None:
            return page
        parts, inside = _TAG.split(_DRAWN.sub(self._drawn, page)), _Kept()
        for place, part in enumerate(parts):
            if place % 2:
                inside.meet(part)
                parts[place] = _ATTRIBUTE.sub(self._attribute, part)
            elif part and not inside:
                self.count += part.count(self.withheld)
                parts[place] = self._node(part)
        return "".join(parts).replace(COUNTED, str(self.count), 1)

    def _drawn(self, match: re.Match[str]) -> str:
        """A text of a drawing: read as one, and where something of it is withheld, broken into as many lines again."""
        tags, lines = zip(*_LINE.findall(match[2]), strict=True)
        told = html.unescape(" ".join(lines))
        kept = self.text(told)
        if kept == told:
            return match[0]
        self.count -= kept.count(self.withheld) - told.count(self.withheld)  # these are counted where the page is read
        broken = _broken(kept, max(map(len, lines)), len(lines))
        return match[1] + "".join(
            f"{tag}{html.escape(line)}</tspan>" for tag, line in zip(tags, broken, strict=True)
        ) + match[3]

    def _node(self, part: str) -> str:
        """A text as HTML writes it: left byte by byte where nothing is withheld."""
        told = html.unescape(part)
        kept = self.text(told)
        return part if kept == told else html.escape(kept)

    def _attribute(self, match: re.Match[str]) -> str:
        told = html.unescape(match[2])
        kept = told if told.startswith("#") else self.text(told)
        if kept == told:
            return match[0]
        return f'{match[1]}{"#" if "href" in match[1] else html.escape(kept)}"'

    def _instead(self, match: re.Match[str]) -> str:
        if match.lastgroup == "numeric" and not _is_address(match[0]):
            return match[0]
        self.count += 1
        return self.labels.get(_plain(match[0]), self.withheld)


def _broken(text: str, width: int, count: int) -> list[str]:
    """The words of a text in so many lines: each takes what has room in it, the last what is left."""
    lines = [""] * count
    place = 0
    for word in text.split(" "):
        if lines[place] and place < count - 1 and len(lines[place]) + 1 + len(word) > width:
            place += 1
        lines[place] = f"{lines[place]} {word}".strip()
    return lines


class _Kept:
    """Whether the texts at hand are left as they are, by the tags that were met."""

    def __init__(self) -> None:
        self.name, self.depth = "", 0

    def __bool__(self) -> bool:
        return self.depth > 0

    def meet(self, tag: str) -> None:
        """Go into an element, or leave one."""
        opened = _OPENED.match(tag)
        if self.depth and opened and opened[1] == self.name and not tag.endswith("/>"):
            self.depth += 1
        elif self.depth and tag == f"</{self.name}>":
            self.depth -= 1
        elif not self.depth and opened and (opened[1] in ("code", "style", "script") or _KEPT.search(opened[2])):
            self.name, self.depth = opened[1], 1


def is_money(unit: str) -> bool:
    """Whether a unit is a currency, such as “EUR a month”: a number beside it is an amount although it says none."""
    return re.search(_CURRENCY, unit) is not None


def withheld() -> str:
    """The word that stands where something was withheld, in the language at hand."""
    return str(_("[withheld]"))


def redactor(brief: Brief) -> Redactor:
    """What takes out of a report on that brief what its reader may not see. At the level that sees all it asks nothing."""
    return redactor_for(brief.options, brief.language, brief.organisation)


def redactor_for(options: Options, language: str, organisation: str) -> Redactor:
    """The same for what is no report on a brief."""
    with force_locale(language):
        if options.shows(Kind.AMOUNTS):
            return Redactor(options, {}, None, withheld())
        names = Names() if options.shows(Kind.PERSONS) else names_withheld()
        return redactor_of(names, options, spared=organisation)


def redactor_of(names: Names, options: Options, *, spared: str = "") -> Redactor:
    """The same from names that were read. The words of `spared`, the company's own name, are no parts of names."""
    labels: dict[str, str] = {}
    parts: dict[str, set[str]] = {}
    people = [(name, True) for name in names.persons]
    people += [(name, _is_personal(name)) for name in names.voices if " " in name or name[:1].isupper()]
    for name, has_parts in people:
        label = labels.setdefault(_plain(name), str(_("[person %(number)s]", number=len(labels) + 1)))
        for part in _parts(name) if has_parts else ():
            parts.setdefault(part, set()).add(label)
    for number, name in enumerate(names.clients, 1):
        labels.setdefault(_plain(name), str(_("[client %(number)s]", number=number)))
    own = {_plain(word) for word in spared.split()}
    alone = {part: whose for part, whose in parts.items() if _plain(part) not in own}
    whole = [*(name for name, _has_parts in people), *names.clients, *names.files, *names.hosts]
    words = {name for name in names.voices if " " not in name} - {*names.persons, *names.clients}
    pattern = _pattern(whole, alone, options, words)
    for part, whose in alone.items():  # two persons of that name: nobody is told which one is meant
        labels.setdefault(_plain(part), min(whose) if len(whose) == 1 else str(_("[person]")))
    return Redactor(options, labels, pattern, withheld())


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).replace("’", "'").casefold().split())


def _parts(name: str) -> list[str]:
    """The given and family names in a name: no initials, no particles, nothing without a letter at its beginning."""
    words = [word.strip(".,()'’\"") for word in name.split()]
    if len(words) < 2:
        return []
    return [word for word in words if len(word) > 1 and word[0].isalpha() and word.casefold() not in _PARTICLES]


def _is_personal(name: str) -> bool:
    """Whether every word of it begins as a name does; “Service desk” is a role, and “desk” alone says nothing."""
    return all(word[:1].isupper() for word in name.split() if word.casefold() not in _PARTICLES)


def _pattern(whole: Iterable[str], alone: Iterable[str], options: Options, words: Collection[str]) -> re.Pattern[str]:
    """Whole names first, whatever their case, then single ones as they are written or in capitals; the longest first.

    `words` are those of the whole names that may be words as well, and are taken as they are written or in capitals.
    """
    freely = {form for each in whole if len(each) > 3 and each not in words for form in _forms(each)}
    exactly = {form for each in whole if len(each) <= 3 for form in _forms(each)}
    exactly |= {form for each in words for way in (each, each.upper()) for form in _forms(way)}
    exactly |= {form for each in alone for way in (each, each.upper(), each.capitalize()) for form in _forms(way)}
    names = [*_by_initial(freely, ignores_case=True), *_by_initial(exactly, ignores_case=False)]
    alternatives = []
    if not options.shows(Kind.ADDRESSES):
        alternatives += [_MAIL, f"(?i:{_ADDRESS})", f"(?P<numeric>{_NUMERIC})"]
    if names:
        alternatives.append(rf"(?<!\w)(?:{'|'.join(names)})(?!\w)")
    if not options.shows(Kind.AMOUNTS):
        alternatives.append(_AMOUNT)
    return re.compile("|".join(alternatives))


def _forms(text: str) -> set[str]:
    """How a text may be written: with composed letters, or with their marks apart."""
    return {" ".join(unicodedata.normalize(form, text).split()) for form in ("NFC", "NFD")}


def _by_initial(texts: Iterable[str], *, ignores_case: bool) -> list[str]:
    """One alternative for each first letter: a word that begins otherwise is passed over at once, however many names there are."""
    found: dict[str, list[str]] = {}
    for text in sorted(texts, key=lambda each: (-len(each), each)):
        found.setdefault(text[0].lower() if ignores_case else text[0], []).append(text)
    written = []
    for first, those in sorted(found.items()):
        rest = "|".join(_written(each[1:]) for each in those)
        ways = {way for each in those for way in (each[0], each[0].lower(), each[0].upper()) if len(way) == 1}
        initial = f"[{''.join(map(re.escape, sorted(ways)))}]" if ignores_case else re.escape(first)
        written.append(f"{initial}(?i:{rest})" if ignores_case else f"{initial}(?:{rest})")
    return written


def _written(text: str) -> str:
    """The rest of a text as it may stand on a page: its apostrophes and spaces of any kind."""
    return re.sub("['’]", "['’]", re.sub(r"\\? +", lambda _found: r"\s+", re.escape(text)))


def _is_address(text: str) -> bool:
    """Whether four numbers with dots are an address: the numbers of clauses are small, and never 0."""
    numbers = [int(each) for each in text.partition(":")[0].split(".")]
    return max(numbers) < 256 and (max(numbers) > 20 or 0 in numbers)
