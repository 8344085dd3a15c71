"""Which hosts may be read: an administrator's approval, one spelling for every host, and what an address really is."""
from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sandbox.errors import InputRefused

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_PART = re.compile(r"0[xX][0-9a-fA-F]*|[0-9]+")

# Addresses at which clouds hand out credentials to whoever asks from inside; no tool of a company lives there.
_METADATA = frozenset(map(ipaddress.ip_address, (
    "169.254.169.254", "169.254.170.2", "169.254.169.123", "168.63.129.16", "100.100.100.200", "192.0.0.192",
    "fd00:ec2::254", "fd20:ce::254")))
_SHARED = ipaddress.ip_network("100.64.0.0/10")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_LOCAL_NAT64 = ipaddress.ip_network("64:ff9b:1::/48")
_COMPATIBLE = ipaddress.ip_network("::/96")
_ISATAP = (0x00005EFE, 0x02005EFE)

# Of these an administrator may tick one by its host; of the others none is ever a tool that one reads.
_MAY_BE_TICKED = frozenset({"loopback", "private", "link-local", "shared", "translated"})


@dataclass(frozen=True)
class Approval:
    """One scheme, host and port that an administrator approved; `allows_private` where they ticked that very host.

    Of a SQLite file the scheme is `sqlite`, the host its full path, links followed, and the port 0.
    """

    scheme: str
    host: str
    port: int
    allows_private: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "scheme", self.scheme.lower())
        if self.scheme != "sqlite":
            object.__setattr__(self, "host", normalised_host(self.host))


def approval_for(approvals: Iterable[Approval], scheme: str, host: str, port: int) -> Approval:
    """The approval of exactly this place, however the host is spelt; raises InputRefused where there is none."""
    name = normalised_host(host)
    for approval in approvals:
        if (approval.scheme, approval.host, approval.port) == (scheme.lower(), name, port):
            return approval
    raise InputRefused(f"{scheme}://{shown_host(name)}:{port} is not approved; an administrator approves scheme, host "
                       "and port one by one")


def checked_addresses(approval: Approval, addresses: Sequence[str]) -> tuple[str, ...]:
    """The addresses of an approved host, every one of them judged; one bad address refuses the host."""
    if not addresses:
        raise InputRefused(f"{approval.host} has no address; is the name right, and can this machine look names up?")
    for address in addresses:
        why = why_refused(address, allows_private=approval.allows_private)
        if why:
            raise InputRefused(f"{approval.host} leads to {address}, which is {why}")
    return tuple(addresses)


def why_refused(address: str, *, allows_private: bool = False) -> str:
    """Why this address may not be connected to, as the end of a sentence; empty when it may."""
    try:
        kinds = address_kinds(address)
    except ValueError:
        return "not an address"
    for kind in kinds:
        if kind not in _MAY_BE_TICKED:
            return f"a {kind} address and is never read"
    if kinds and not allows_private:
        return f"a {kinds[0]} address; an administrator may allow it by ticking this very host"
    return ""


def address_kinds(address: str) -> tuple[str, ...]:
    """What is special about an address and about every address wrapped in it; empty for a plain public one.

    Raises ValueError for text that is not an address, and for one with a zone.
    """
    if "%" in address:
        raise ValueError(address)
    found: list[str] = []
    for each in _unwrapped(ipaddress.ip_address(address)):
        found += [kind for kind in _kinds(each) if kind not in found]
    return tuple(found)


def _kinds(address: _Address) -> list[str]:
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return []  # only another spelling: the address inside is judged by itself
    tests = (
        ("metadata", address in _METADATA),
        ("unspecified", address.is_unspecified or (address.version == 4 and int(address) >> 24 == 0)),
        ("multicast", address.is_multicast),
        ("loopback", address.is_loopback),
        ("link-local", address.is_link_local),
        ("shared", address in _SHARED),
        ("translated", _is_translated(address)),
    )
    kinds = [kind for kind, holds in tests if holds]
    if not kinds and address.is_private:
        kinds.append("private")
    if not kinds and (address.is_reserved or not address.is_global):
        kinds.append("reserved")
    return kinds


def _is_translated(address: _Address) -> bool:
    """Whether a gateway between here and there turns it into an IPv4 address."""
    if not isinstance(address, ipaddress.IPv6Address):
        return False
    return len(_inside(address)) > 0 or address in _LOCAL_NAT64


def _unwrapped(address: _Address) -> list[_Address]:
    found: list[_Address] = [address]
    if isinstance(address, ipaddress.IPv6Address):
        found += [*_inside(address), *([address.ipv4_mapped] if address.ipv4_mapped else [])]
    return found


def _inside(address: ipaddress.IPv6Address) -> list[ipaddress.IPv4Address]:
    """The IPv4 addresses that an IPv6 address of a transition technique carries."""
    number, carried = int(address), []
    if address in _NAT64 or (address in _COMPATIBLE and number > 1):
        carried.append(number & 0xFFFFFFFF)
    if address in _LOCAL_NAT64:  # RFC 6052: bits 64 to 71 stay zero, the address lies on both sides of them
        carried += [number & 0xFFFFFFFF, (number >> 64 & 0xFFFF) << 16 | number >> 40 & 0xFFFF]
    if (number >> 32 & 0xFFFFFFFF) in _ISATAP:
        carried.append(number & 0xFFFFFFFF)
    pairs = address.teredo or ()
    return [*map(ipaddress.IPv4Address, carried), *([address.sixtofour] if address.sixtofour else []), *pairs]


def normalised_host(text: str) -> str:
    """The one spelling of a host: ASCII in lower case, no trailing dot, addresses in their usual notation.

    A number in any notation that a resolver would take for IPv4 (decimal, octal, hexadecimal, fewer parts) becomes that
    address, so that it is judged as what it is. Raises InputRefused for what is neither a name nor an address.
    """
    if "%" in text:
        raise InputRefused(f'the host "{text}" holds a percent sign; write the name itself, without codes or a zone')
    plain = unicodedata.normalize("NFKC", text).strip("[]") if text.startswith("[") else unicodedata.normalize("NFKC", text)
    if ":" in plain:
        return _ipv6(plain, text)
    name = _ascii(plain.replace("\u3002", ".").lower(), text)
    name = name[:-1] if name.endswith(".") else name
    labels = name.split(".")
    if _PART.fullmatch(labels[-1]):
        return _ipv4(labels, text)
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise InputRefused(f'the host "{text}" is neither a name nor an address')
    return name


def shown_host(host: str) -> str:
    """The host as it stands in an address: IPv6 in brackets."""
    return f"[{host}]" if ":" in host else host


def _ascii(name: str, given: str) -> str:
    if name.isascii():
        return name
    try:
        return name.encode("idna").decode("ascii").lower()
    except UnicodeError as error:
        raise InputRefused(f'the host "{given}" is not a name that can be looked up') from error


def _ipv6(plain: str, given: str) -> str:
    try:
        address = ipaddress.IPv6Address(plain)
    except ValueError as error:
        raise InputRefused(f'the host "{given}" is not an IPv6 address') from error
    return str(address.ipv4_mapped or address)


def _ipv4(parts: Sequence[str], given: str) -> str:
    """The address as `inet_aton` reads it: one to four parts, the last one filling what is left."""
    try:
        numbers = [_number(part) for part in parts]
        *first, last = numbers
        room = 256 ** (5 - len(numbers))
        if len(numbers) > 4 or last >= room or any(number > 255 for number in first):
            raise ValueError(given)
        value = sum(number << (24 - 8 * place) for place, number in enumerate(first)) + last
        return str(ipaddress.IPv4Address(value))
    except ValueError as error:
        raise InputRefused(f'the host "{given}" ends in a number but is not an IPv4 address') from error


def _number(part: str) -> int:
    if not _PART.fullmatch(part):
        raise ValueError(part)
    if part[:2].lower() == "0x":
        return int(part[2:] or "0", 16)
    return int(part, 8) if len(part) > 1 and part.startswith("0") else int(part)
