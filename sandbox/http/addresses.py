"""Web addresses as text: taken apart strictly, put together from parts, and shown without secrets."""
from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sandbox.errors import InputRefused
from sandbox.http.approvals import normalised_host, shown_host

PORTS = {"http": 80, "https": 443}
_URL = re.compile(r"(?i)(https?)://([^/?#]*)([^#]*)")
_UNSAFE = re.compile(r"[^A-Za-z0-9._~-]")
_TARGET = re.compile(r"/[A-Za-z0-9._~!$&'()*+,;=:@/?%\[\]-]*")
_CODE = re.compile(r"%(?![0-9A-Fa-f]{2})")
# Parameters by which frameworks let a GET stand for another verb.
_OVERRIDES = frozenset({"method", "httpmethod", "xhttpmethod", "methodoverride", "xmethodoverride", "httpmethodoverride",
                        "xhttpmethodoverride"})
_LEAST_SECRET = 4


@dataclass(frozen=True)
class Place:
    """One address to read: where it is, and what is asked there (path and query)."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def server(self) -> tuple[str, str, int]:
        return (self.scheme, self.host, self.port)

    @property
    def authority(self) -> str:
        """Host and port as the Host header has them."""
        return shown_host(self.host) + ("" if self.port == PORTS[self.scheme] else f":{self.port}")

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def is_address(self) -> bool:
        """Whether the host is an address, so that no name needs to be looked up."""
        try:
            ipaddress.ip_address(self.host)
        except ValueError:
            return False
        return True


def place_of(url: str) -> Place:
    """The parts of an absolute http or https address; raises InputRefused for anything odd in it."""
    found = _URL.fullmatch(url.partition("#")[0])
    if not found:
        raise InputRefused(f"{url[:200]!r} is not an address that begins with http:// or https://")
    scheme, authority, target = found[1].lower(), found[2], found[3] or "/"
    if "@" in authority or "\\" in url:
        raise InputRefused("an address may hold no user, password or backslash; a secret is kept apart and named")
    host, port = _host_and_port(authority, PORTS[scheme])
    target = target if target.startswith("/") else f"/{target}"
    if not _TARGET.fullmatch(target) or _CODE.search(target):
        raise InputRefused(f"{target[:200]!r} holds a character that cannot stand in a path; write it as a %-code")
    path, _, query = target.partition("?")
    if {".", ".."} & {decoded(part) for part in path.split("/")} or "/.." in decoded(path):
        raise InputRefused(f"the path {path[:200]!r} goes upwards; write it in full")
    for name in (part.partition("=")[0] for part in re.split("[&;]", query)):  # some servers part at a semicolon too
        if re.sub(r"[^a-z]", "", decoded(name).lower()) in _OVERRIDES:
            raise InputRefused(f'the parameter "{decoded(name)}" can turn reading into writing and is never sent')
    return Place(scheme, normalised_host(host), port, target)


def _host_and_port(authority: str, usual: int) -> tuple[str, int]:
    host, bracket, rest = authority.partition("]") if authority.startswith("[") else ("", "", "")
    if bracket:
        host, rest = host + bracket, rest
    else:
        host, colon, number = authority.partition(":")
        rest = colon + number
    if not host:
        raise InputRefused("the address names no host")
    if rest in ("", ":"):
        return host, usual
    digits = rest[1:]
    if rest[0] != ":" or not (digits.isascii() and digits.isdecimal()) or not 0 < int(digits) < 65536:
        raise InputRefused(f"{rest[1:]!r} is not a port")
    return host, int(digits)


def joined(base: str, path: str, parameters: Iterable[tuple[str, str]] = ()) -> str:
    """The address of a path below `base`, with its parameters coded."""
    place = place_of(base)
    start = place.path.rstrip("/") + "/" + path.lstrip("/") if path else place.path
    pairs = "&".join(f"{coded(name)}={coded(value)}" for name, value in parameters)
    mark = "&" if "?" in start else "?"
    return place_of(f"{place.scheme}://{place.authority}{start}{mark + pairs if pairs else ''}").url


def followed(current: str, target: str) -> str:
    """The address a link on page `current` leads to: absolute, from the root, or only other parameters."""
    here = place_of(current)
    if _URL.match(target):
        return place_of(target).url
    if target.startswith("//"):
        return place_of(f"{here.scheme}:{target}").url
    if target.startswith("/"):
        return place_of(f"{here.scheme}://{here.authority}{target}").url
    start = here.path if target.startswith("?") else here.path.rpartition("/")[0] + "/"
    return place_of(f"{here.scheme}://{here.authority}{start}{target}").url


def pairs_of(query: Mapping[str, str | Sequence[str]]) -> list[tuple[str, str]]:
    """Parameters as pairs; a list gives the same name several times."""
    return [(name, text) for name, value in query.items() for text in ([value] if isinstance(value, str) else value)]


def coded(text: str) -> str:
    return _UNSAFE.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), text)


def decoded(text: str) -> str:
    data = re.sub(rb"%([0-9A-Fa-f]{2})", lambda found: bytes([int(found[1], 16)]), text.encode())
    return data.decode("utf-8", "replace")


def masked(text: str, secrets: Iterable[str]) -> str:
    """The text without the secrets, in plain or in %-codes."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        for spelling in (secret, coded(secret)):
            text = text.replace(spelling, "***") if len(spelling) >= _LEAST_SECRET else text
    return text
