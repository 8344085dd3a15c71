"""Capital and small letters, one character for one: what every engine does, whatever the text is."""
from __future__ import annotations

# Capitals of one character where Python writes two: ẞ, and the Greek letters with an iota below.
_CAPITALS = {0xDF: 0x1E9E, 0x1FB3: 0x1FBC, 0x1FC3: 0x1FCC, 0x1FF3: 0x1FFC}
_CAPITALS.update({base + offset: base + offset + 8 for base in (0x1F80, 0x1F90, 0x1FA0) for offset in range(8)})
_SMALL = {0x130: 0x69}
# Pairs that Unicode 16 brought: newer versions of Python know them, engines do not yet.
_LATER = {0x19B, 0x264, 0x1C89, 0x1C8A, *range(0xA7CB, 0xA7DD), *range(0x10D50, 0x10D86)} - {0xA7D0, 0xA7D1, 0xA7D6,
                                                                                         0xA7D7, 0xA7D8, 0xA7D9}


def upper(text: str) -> str:
    """The text in capitals, as long as it was."""
    return text.upper() if text.isascii() else "".join(map(_capital, text))


def lower(text: str) -> str:
    """The text in small letters, as long as it was."""
    return text.lower() if text.isascii() else "".join(map(_little, text))


def _capital(sign: str) -> str:
    return _one(sign, sign.upper(), _CAPITALS)


def _little(sign: str) -> str:
    return _one(sign, sign.lower(), _SMALL)


def _one(sign: str, mapped: str, exceptions: dict[int, int]) -> str:
    code = ord(sign)
    if code in exceptions:
        return chr(exceptions[code])
    return sign if len(mapped) != 1 or code in _LATER else mapped
