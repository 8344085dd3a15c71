"""Hosts in every odd spelling, addresses wrapped in others, and the strict reading of web addresses."""
from __future__ import annotations

import ipaddress
import socket

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.errors import InputRefused
from sandbox.http.addresses import followed, joined, masked, place_of
from sandbox.http.approvals import (
    Approval,
    address_kinds,
    approval_for,
    checked_addresses,
    normalised_host,
    why_refused,
)

NOWHERE = ".".join("0000")
LOOPBACK = ["127.0.0.1", "2130706433", "0x7f000001", "0x7f.1", "017700000001", "0177.0.0.1", "127.1", "127.0.0.1.",
            "１２７.0.0.1", "\u2060127.0.0.1", "127。0。0。1", "⑫7.1",
            "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]"]


@pytest.mark.parametrize("spelling", LOOPBACK)
def test_loopback_in_every_spelling_is_one_address(spelling):
    assert normalised_host(spelling) == "127.0.0.1"


@pytest.mark.parametrize(("given_host", "normal"), [
    ("PSA.Example.COM.", "psa.example.com"), ("bücher.example", "xn--bcher-kva.example"),
    ("ＰＳＡ.example", "psa.example"), ("[::1]", "::1"), ("[0:0:0:0:0:0:0:1]", "::1"), ("localhost", "localhost"),
    ("db_1.internal", "db_1.internal"),
])
def test_names_have_one_spelling(given_host, normal):
    assert normalised_host(given_host) == normal


@pytest.mark.parametrize("host", ["", ".", "a..b", "127.0.0.1%2f", "fe80::1%eth0", "[fe80::1%25eth0]", "256.1.1.1", "1.2.3.4.5",
                                  "0x1ffffffff", "08.0.0.1", "1.2.3.99999", "a b", "a\nb", "-a.example", "a" * 64, "::gg",
                                  "exa\u0000mple", "a/b", "a@b"])
def test_what_is_no_host_is_refused(host):
    with pytest.raises(InputRefused):
        normalised_host(host)


@pytest.mark.parametrize(("address", "kinds"), [
    ("93.184.216.34", ()), ("2606:2800:220:1::1", ()),
    ("127.0.0.1", ("loopback",)), ("::1", ("loopback",)), ("10.1.2.3", ("private",)), ("192.168.0.9", ("private",)),
    ("fd12::1", ("private",)), ("169.254.1.1", ("link-local",)), ("fe80::1", ("link-local",)), ("100.64.0.1", ("shared",)),
    ("169.254.169.254", ("metadata", "link-local")), ("fd00:ec2::254", ("metadata",)), ("168.63.129.16", ("metadata",)),
    (NOWHERE, ("unspecified",)), ("0.1.2.3", ("unspecified",)), ("::", ("unspecified",)), ("224.0.0.1", ("multicast",)),
    ("ff02::1", ("multicast",)), ("240.0.0.1", ("private",)), ("255.255.255.255", ("private",)),
    ("::ffff:10.0.0.1", ("private",)), ("::ffff:93.184.216.34", ()),
    ("64:ff9b::7f00:1", ("translated", "loopback")), ("64:ff9b::808:808", ("translated",)),
    ("64:ff9b:1:a9fe:a9:fe00::", ("translated", "metadata", "link-local", "unspecified")),
    ("2002:7f00:1::1", ("translated", "loopback")), ("2001:0:7f00:1::", ("translated", "loopback", "private")),
    ("fe80::5efe:7f00:1", ("link-local", "translated", "loopback")), ("::127.0.0.1", ("translated", "loopback")),
])
def test_kinds_of_an_address_include_those_of_what_it_carries(address, kinds):
    assert sorted(address_kinds(address)) == sorted(kinds)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2 ** 32 - 1))
def test_no_wrapping_makes_a_refused_address_pass(number):
    inner = str(ipaddress.IPv4Address(number))
    wrapped = [f"::ffff:{inner}", f"64:ff9b::{inner}", str(ipaddress.IPv6Address(0x2002 << 112 | number << 80 | 1)),
               str(ipaddress.IPv6Address(0x20010000 << 96 | 0x08080808 << 64 | number ^ 0xFFFFFFFF))]
    if why_refused(inner):
        assert [why_refused(each) == "" for each in wrapped] == [False] * 4
    assert normalised_host(str(number)) == normalised_host(hex(number)) == inner


@pytest.mark.parametrize(("address", "ticked"), [("127.0.0.1", True), ("10.0.0.1", True), ("fe80::1", True),
                                                 ("169.254.169.254", False), ("224.0.0.1", False), (NOWHERE, False),
                                                 ("::ffff:169.254.169.254", False), ("not an address", False)])
def test_a_tick_allows_private_places_but_never_metadata(address, ticked):
    assert (why_refused(address) == "", why_refused(address, allows_private=True) == "") == (False, ticked)


def test_an_approval_is_for_exactly_one_place():
    approvals = [Approval("HTTPS", "PSA.example.com.", 443)]
    assert approval_for(approvals, "https", "psa.EXAMPLE.com", 443) == approvals[0]
    for scheme, host, port in (("http", "psa.example.com", 443), ("https", "psa.example.com", 8443),
                               ("https", "psa.example.com.evil.example", 443), ("https", "xpsa.example.com", 443)):
        with pytest.raises(InputRefused, match="is not approved"):
            approval_for(approvals, scheme, host, port)


def test_one_bad_address_refuses_the_host():
    approval = Approval("https", "psa.example.com", 443)
    assert checked_addresses(approval, ["93.184.216.34"]) == ("93.184.216.34",)
    with pytest.raises(InputRefused, match=r"psa\.example\.com leads to 127\.0\.0\.1, which is a loopback address"):
        checked_addresses(approval, ["93.184.216.34", "127.0.0.1"])
    with pytest.raises(InputRefused, match="has no address"):
        checked_addresses(approval, [])


@pytest.mark.parametrize("url", [
    "ftp://a.example/", "//a.example/", "a.example", "http://", "http:///x", "http://u@a.example/", "http://u:p@a.example/",
    "http://a.example\\@b.example/", "http://a.example:0/", "http://a.example:99999/", "http://a.example:8a/",
    "http://a.example:+80/", "http://a.example:８０/", "http://a.example/\r\nX: y", "http://a.example/a b", "http://a.example/é",
    "http://a.example/%zz", "http://a.example/../x", "http://a.example/a/%2e%2e/x", "http://a.example/a%2f..%2fx",
    "http://a.example/?_method=DELETE", "http://a.example/?%5Fmethod=PUT", "http://a.example/?X-HTTP-Method-Override=PUT",
    "http://a.example/?a=1&http_method=post", "http://[::1/", "http://[::1]x/", "file:///etc/passwd", "http:/\\a.example/",
])
def test_odd_addresses_are_refused(url):
    with pytest.raises(InputRefused):
        place_of(url)


def test_addresses_are_put_together_and_followed():
    assert place_of("HTTPS://PSA.example.com:443/a?b=%C3%A9#part").url == "https://psa.example.com/a?b=%C3%A9"
    assert joined("https://psa.example.com/api/v1/", "/clients", [("q", "a b&c"), ("f", "é")]) == \
        "https://psa.example.com/api/v1/clients?q=a%20b%26c&f=%C3%A9"
    here = "https://psa.example.com/api/clients?page=1"
    assert [followed(here, target) for target in ("?page=2", "/api/clients?page=2", "clients?page=2", "//o.example/x",
                                                  "https://psa.example.com/api/clients?page=2")] == [
        *["https://psa.example.com/api/clients?page=2"] * 3, "https://o.example/x",
        "https://psa.example.com/api/clients?page=2"]
    assert masked("/x?key=s%2Fcr%20t and s/cr t", ["s/cr t", ""]) == "/x?key=*** and ***"


def as_resolver_reads(text):
    try:
        return socket.inet_ntoa(socket.inet_aton(text))
    except OSError:
        return ""


@settings(max_examples=100, deadline=None)
@given(st.text("0123456789abcdefxX.:[]-．０１② ", min_size=1, max_size=18))
def test_no_spelling_of_an_address_passes_for_a_name(text):
    try:
        host = normalised_host(text)
    except InputRefused:
        return
    assert normalised_host(f"[{host}]" if ":" in host else host) == host
    assert as_resolver_reads(host) in ("", host)
    assert as_resolver_reads(text) in ("", host)


@settings(max_examples=100, deadline=None)
@given(st.text("htps:/?#@\\[].%&=aZ09é\r\n\x00 -_~", max_size=40).map(lambda rest: "http://" + rest))
def test_any_address_is_refused_or_plain(text):
    try:
        place = place_of(text)
    except InputRefused:
        return
    assert place_of(place.url) == place
    assert [letter for letter in place.url if not "!" <= letter <= "~" or letter in '\\"<>^`{|}'] == []
