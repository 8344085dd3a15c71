"""Names that people give to fields and things: made alike, and the known one nearest to one that is not known."""
from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from functools import lru_cache

# Written without points and spaces, as names are once normalised.
LEGAL_FORMS = frozenset({
    "sarl", "sas", "sasu", "sa", "sca", "scs", "snc", "eurl", "eirl", "sprl", "srl", "bvba", "bv", "nv", "asbl", "vzw",
    "scrl", "gmbh", "ag", "kg", "ohg", "gbr", "ug", "mbh", "ltd", "limited", "llc", "llp", "plc", "inc", "incorporated",
    "corp", "corporation", "co", "spa", "srls", "sl", "slu", "sau", "lda", "oy", "ab", "as", "aps", "oyj", "kft", "zrt",
    "doo", "dd",
})
_PAIRS = (("societe", "anonyme"), ("pty", "ltd"), ("sp", "z", "oo"), ("spol", "s", "ro"), ("s", "a", "rl"),
          ("naamloze", "vennootschap"), ("besloten", "vennootschap"))
_ALSO_WORDS = {"as", "co", "ab", "dd", "spa"}  # at the beginning of a name these are no legal forms
_JOINED = {"&": " and ", "+": " and ", "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ł": "l"}
_AND = {"et": "and", "und": "and", "en": "and", "e": "and", "y": "and"}
_POINTED = re.compile(r"\b(?:\w\.){2,}\w?")
_SYNONYMS = (
    {"quantity", "qty", "quantite", "qte", "menge", "anzahl", "aantal", "cantidad", "units", "unites", "count", "nombre"},
    {"client", "customer", "kunde", "klant", "account", "compte", "cliente", "company", "societe", "firma"},
    {"price", "prix", "preis", "prijs", "precio", "tarif", "rate"},
    {"date", "datum", "fecha", "day", "jour", "tag"},
    {"service", "article", "item", "product", "produit", "produkt", "artikel", "sku", "dienst"},
    {"code", "reference", "ref", "number", "numero", "nummer", "no", "nr", "id", "identifier", "key"},
    {"name", "nom", "naam", "label", "libelle", "bezeichnung", "title", "titre"},
    {"amount", "montant", "betrag", "bedrag", "total", "sum", "importe"},
    {"contract", "contrat", "vertrag", "overeenkomst", "contrato", "agreement"},
    {"start", "debut", "beginn", "from", "begin"}, {"end", "fin", "ende", "until", "to", "bis"},
    {"currency", "devise", "wahrung", "munt", "moneda"}, {"unit", "unite", "einheit", "eenheid"},
    {"description", "beschreibung", "omschrijving", "descripcion", "text", "comment", "commentaire", "remark"},
    {"email", "mail", "courriel"}, {"phone", "telephone", "tel", "telefon", "telefoon"},
)
_ONE_WORD = {word: min(group) for group in _SYNONYMS for word in group}
_MEANINGS = frozenset(_ONE_WORD.values())
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[_\-./]+")
_ALIKE = 0.6  # share of letters, as difflib counts them
_WITHIN = 0.7  # what a name counts whose words all stand in the other one
_SURE = 0.8  # from here on letters say more than meaning: units was meant where unit stands
_SHORTEST, _LONGER = 3, 2.5  # letters of a name that may stand within another one, and how much longer that may be


@lru_cache(maxsize=100_000)
def normalised(name: str) -> str:
    """The name without case, accents, punctuation and legal form; letters of other scripts are kept.

    A name that is nothing but a legal form stays as it is: "Limited" is not no name at all.
    """
    text = unicodedata.normalize("NFKC", name).casefold()
    text = _POINTED.sub(lambda found: found[0].replace(".", ""), text)
    text = "".join(_JOINED.get(sign, sign) for sign in text)
    # Marks go from Latin, Greek and Cyrillic letters; in other scripts they are vowels that tell words apart.
    text = "".join(sign for sign in unicodedata.normalize("NFKD", text)
                   if not (unicodedata.combining(sign) and ord(sign) < 0x370))
    text = unicodedata.normalize("NFC", text).replace("'", "").replace("’", "")
    words = "".join(sign if unicodedata.category(sign)[0] in "LMN" else " " for sign in text).split()
    words = [_AND.get(word, word) for word in words]
    return " ".join(_without_form(words) or words)


def _without_form(words: Sequence[str]) -> list[str]:
    kept = list(words)
    shrunk = True
    while shrunk and kept:
        shrunk = False
        for pair in _PAIRS:
            if tuple(kept[-len(pair):]) == pair:
                kept, shrunk = kept[:-len(pair)], True
        if kept and kept[-1] in LEGAL_FORMS | {"and"}:
            kept, shrunk = kept[:-1], True
    return kept[1:] if len(kept) > 1 and kept[0] in LEGAL_FORMS - _ALSO_WORDS else kept


def field_name(name: str) -> str:
    """The words of a field's name, each by the first of its synonyms: `ClientID` and `customer_no` are one."""
    words = normalised(" ".join(_CAMEL.split(name))).split()
    return " ".join(_ONE_WORD.get(word, word) for word in words)


def nearest(wanted: str, known: Iterable[str], least: float = _ALIKE) -> str:
    """The known name most like `wanted`, spelled as it is known; an empty text where none is like it from `least` of 1 on.

    The same letters and digits come first, then the same words by their synonyms (qty for quantity), then letters alike.
    A word that is known to mean something else, as unit does for quantity, counts only where nearly all letters agree.
    """
    best, most = "", 0.0
    matcher = SequenceMatcher()
    matcher.set_seq2(_plain(wanted))  # what it keeps, it keeps of the second
    for name in known:
        points = _likeness(matcher, wanted, name, least)
        if points >= least and points > most:
            best, most = name, points
    return best


def _likeness(matcher: SequenceMatcher[str], wanted: str, name: str, least: float) -> float:
    plain, other = _plain(wanted), _plain(name)
    if plain == other:
        return 3.0
    one, two = field_name(wanted), field_name(name)
    if one == two != "":
        return 2.0
    matcher.set_seq1(other)
    is_near = matcher.real_quick_ratio() >= least and matcher.quick_ratio() >= least
    letters = matcher.ratio() if is_near else 0.0
    if letters < _SURE and set(one.split()) | set(two.split()) <= _MEANINGS and not set(one.split()) & set(two.split()):
        return 0.0
    return max(letters, _contained(plain, other, set(one.split()), set(two.split()), least))


def _contained(plain: str, other: str, one: set[str], two: set[str], least: float) -> float:
    """What a name counts that stands within the other: sku in "SKU code" though half of the letters differ."""
    if one and (one <= two or two <= one) and min(len(one), len(two)) * _LONGER >= max(len(one), len(two)):
        return _WITHIN
    short, long = sorted((plain, other), key=len)
    return least if short in long and len(short) >= _SHORTEST and len(short) * _LONGER >= len(long) else 0.0


def _plain(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum()) or name
