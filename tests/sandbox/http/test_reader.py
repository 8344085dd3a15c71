"""The one HTTP client against real servers: only GET and HEAD, only judged addresses, always within its bounds."""
from __future__ import annotations

import datetime
import gzip
import hashlib
import ipaddress
import ssl
import time
from dataclasses import replace
from email.utils import formatdate

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sandbox.errors import InputRefused
from sandbox.http.approvals import Approval
from sandbox.http.reader import AnswerRefused, Bounds, Link, Reader, Verb
from tests.sandbox.http.service import service

QUICK = Bounds(first_wait=0.01, seconds=20, seconds_per_answer=2, retries=3, per_answer=200_000)


def reader(*ports, limits=QUICK, **more):
    return Reader([Approval("http", "127.0.0.1", port, allows_private=True) for port in ports], limits=limits, **more)


def fine(asked):
    return 200, {"Content-Type": "application/json"}, b'{"a":1}'


def test_every_request_is_get_or_head_and_is_logged():
    with service(fine) as live, reader(live.port, headers={"Authorization": "Bearer s3cret"}, secrets=["s3cret"]) as mine:
        assert mine.get(f"{live.url}/x?token=s3cret").body == b'{"a":1}'
        assert (mine.head(f"{live.url}/y").body, mine.head(f"{live.url}/y").status) == (b"", 200)
        assert ([asked.verb for asked in live.asked], live.asked[0].body) == (["GET", "HEAD", "HEAD"], b"")
        assert live.asked[0].headers == {"Host": f"127.0.0.1:{live.port}", "Accept-Encoding": "identity", "User-Agent": "Ninefold",
                                         "Accept": "application/json", "Authorization": "Bearer s3cret"}
        assert mine.requests[0] == {"verb": "GET", "url": f"{live.url}/x?token=***", "status": 200, "bytes": 7,
                                    "sha256": hashlib.sha256(b'{"a":1}').hexdigest()}


def test_no_other_verb_and_no_body_can_be_expressed():
    assert [verb.value for verb in Verb] == ["GET", "HEAD"]
    with service(fine) as live, reader(live.port) as mine:
        mine.get(f"{live.url}/")
        connection = next(iter(mine._open.values()))
        for method in ("POST", "get", "GET ", "PUT", "DELETE", "GET / HTTP/1.1\r\nX: y\r\n\r\nPOST"):
            with pytest.raises(InputRefused, match="only reads"):
                connection.putrequest(method, "/")
        with pytest.raises(InputRefused, match="only reads"):
            connection.request("GET", "/", body=b"data")
        connection.close()
        assert live.verbs == {"GET"}


@pytest.mark.parametrize(("name", "value", "key"), [
    ("X-HTTP-Method-Override", "DELETE", "X-HTTP-Method-Override"), ("X-Method", "PUT", "X-Method"), ("Host", "b.example", "Host"),
    ("Content-Length", "5", "Content-Length"), ("Transfer-Encoding", "chunked", "transfer-encoding"), ("Cookie", "a", "Cookie"),
    ("X-Forwarded-Host", "b", "X-Forwarded-Host"), ("X-Other", "a", "X-API-Key"), ("X-API-Key", "a\r\nX: y", "X-API-Key"),
    ("X-API-Key", "a\x00b", "X-API-Key"), ("X-API\r\nKey", "a", "X-API\r\nKey"), ("Authorization", "é", ""), ("", "a", ""),
])
def test_headers_outside_the_list_are_refused(name, value, key):
    with pytest.raises(InputRefused):
        Reader([], headers={name: value}, key_header=key)


def test_a_key_may_travel_in_a_header_of_its_own():
    with service(fine) as live, reader(live.port, headers={"X-API-Key": "k"}, key_header="x-api-key") as mine:
        mine.get(f"{live.url}/")
        assert live.asked[0].headers["X-Api-Key"] == "k"


def test_a_canary_is_never_reached_by_tricks(monkeypatch):
    with service(fine) as canary:
        def redirect(asked):
            return int(asked.target[1:]), {"Location": f"{canary.url}/stolen"}, b""

        with service(redirect) as live, reader(live.port) as mine:
            monkeypatch.setenv("http_proxy", canary.url)
            monkeypatch.setenv("ALL_PROXY", canary.url)
            for status in (301, 302, 303, 307, 308):
                with pytest.raises(AnswerRefused, match=rf"answers {status} and points to {canary.url}/stolen"):
                    mine.get(f"{live.url}/{status}")
            hosts = ["127.0.0.1", "127.1", "2130706433", "0x7f.1", "0177.0.0.1", "127.0.0.1.", "１２７.0.0.1", "[::ffff:127.0.0.1]",
                     "[::ffff:7f00:1]", "localhost", "127.0.0.1%00", "[::1%25lo]", "psa.example.com@127.0.0.1"]
            for host in hosts:
                with pytest.raises(InputRefused):
                    mine.get(f"http://{host}:{canary.port}/")
                # Approved by that spelling, but not ticked: its address is what counts.
                with pytest.raises(InputRefused):
                    Reader([Approval("http", host, canary.port)]).get(f"http://{host}:{canary.port}/")
        assert canary.asked == []


def test_a_name_is_looked_up_once_and_every_address_is_judged():
    answers, looked = [["127.0.0.1"], ["93.184.216.34"]], []

    def resolve(host, port):
        looked.append((host, port))
        return answers[min(len(looked) - 1, 1)]

    with service(fine) as live:
        name, url = "psa.example.com", f"http://psa.example.com:{live.port}"
        for addresses in (["127.0.0.1"], ["93.184.216.34", "127.0.0.1"], ["::1"], ["64:ff9b::7f00:1"], ["::ffff:127.0.0.1"], []):
            link = Link(resolve=lambda host, port, given=addresses: given)
            with pytest.raises(InputRefused), Reader([Approval("http", name, live.port)], limits=QUICK, link=link) as mine:
                mine.get(f"{url}/")
        assert live.asked == []
        ticked = [Approval("http", name, live.port, allows_private=True)]
        with Reader(ticked, limits=QUICK, link=Link(resolve=resolve)) as mine:
            mine.get(f"{url}/1")
            mine.close()
            mine.get(f"{url}/2")
        assert (looked, live.targets) == ([(name, live.port)], ["/1", "/2"])
        assert live.asked[0].headers["Host"] == f"{name}:{live.port}"


def test_waits_as_asked_and_comes_back_after_a_cut():
    waits = []

    def moody(asked):
        count = len(live.asked)
        if count == 1:
            return 429, {"Retry-After": "7"}, b""
        if count == 2:
            return 503, {"Retry-After": formatdate(time.time() + 9, usegmt=True)}, b""
        if count == 3:
            asked.handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
            return None
        return fine(asked)

    with service(moody) as live, reader(live.port, link=Link(sleep=waits.append)) as mine:
        assert mine.get(f"{live.url}/").status == 200
        assert (waits[0], 7 < waits[1] <= 9, waits[2]) == (7, True, 0.04)
        assert [entry["status"] for entry in mine.requests] == [429, 503, 0, 200]
        assert mine.requests[2]["fault"] == "the connection ended after 4 of 100 bytes"


def test_gives_up_on_long_waits_and_after_the_last_retry():
    with service(lambda asked: (429, {"Retry-After": "86400"}, b"")) as live, reader(live.port) as mine:
        with pytest.raises(AnswerRefused, match="answered 429 and wants 86400 s of patience"):
            mine.get(f"{live.url}/")
        assert len(live.asked) == 1
    with service(lambda asked: None) as live, reader(live.port) as mine:
        with pytest.raises(AnswerRefused, match=r"the connection failed .*; asked 4 times"):
            mine.get(f"{live.url}/")
        assert len(live.asked) == 4


def chunked(asked):
    asked.handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        asked.handler.wfile.write(b"10000\r\n" + b"x" * 65536 + b"\r\n")


def headers_forever(asked):
    asked.handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        asked.handler.wfile.write(b"X: y\r\n")
        time.sleep(0.05)


def slowly(asked):
    asked.handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(1000):
        asked.handler.wfile.write(b"x")
        time.sleep(0.05)


def bomb(asked):
    return 200, {"Content-Encoding": "gzip"}, gzip.compress(b"0" * 5_000_000)


@pytest.mark.parametrize(("answering", "message"), [
    (lambda asked: (200, {}, b"x" * 200_001), "one answer may have 200000 bytes"), (chunked, "one answer may have 200000 bytes"),
    (bomb, "one answer may have 200000 bytes"), (slowly, "one answer may take 0.6 s"), (headers_forever, "0.6 s|HTTPException"),
    (lambda asked: (200, {"Content-Encoding": "br"}, b"x"), 'packed as "br"'),
    (lambda asked: (404, {}, b""), "answered 404; is the path right"), (lambda asked: (401, {}, b""), "401; is the secret right"),
], ids=["large", "endless", "bomb", "slow", "headers", "br", "404", "401"])
def test_bad_answers_end_within_bounds(answering, message):
    began = time.monotonic()
    few = replace(QUICK, seconds_per_answer=0.6)
    with service(answering) as live, reader(live.port, limits=few) as mine, pytest.raises(AnswerRefused, match=message):
        mine.get(f"{live.url}/")
    assert time.monotonic() - began < 5


def test_the_whole_reading_has_bounds_and_a_rate():
    waits = []
    with service(lambda asked: (200, {"Content-Encoding": "gzip"}, gzip.compress(b"x" * 1000))) as live:
        with reader(live.port, limits=replace(QUICK, requests=2, per_second=2), link=Link(sleep=waits.append)) as mine:
            assert [mine.get(f"{live.url}/").body, len(mine.get(f"{live.url}/").body)] == [b"x" * 1000, 1000]
            with pytest.raises(AnswerRefused, match="may take 2 requests"):
                mine.get(f"{live.url}/")
        assert (waits[0], 0.3 < waits[1] <= 0.5) == (0, True)
        with reader(live.port, limits=replace(QUICK, bytes=1500)) as mine:
            mine.get(f"{live.url}/")
            with pytest.raises(AnswerRefused, match="may take 1500 bytes"):
                mine.get(f"{live.url}/")
        with reader(live.port, limits=replace(QUICK, seconds=0)) as mine, pytest.raises(AnswerRefused, match="may take 0 s"):
            mine.get(f"{live.url}/")


def certificate(subject, issuer=None, names=()):
    """(certificate, key) for `subject`, signed by `issuer` or by itself as an authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
    now = datetime.datetime.fromtimestamp(time.time(), datetime.UTC)
    builder = (x509.CertificateBuilder().subject_name(name).issuer_name(issuer[0].subject if issuer else name)
               .public_key(key.public_key()).serial_number(x509.random_serial_number())
               .not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=1))
               .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True))
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign((issuer or (None, key))[1], hashes.SHA256()), key


def test_certificates_are_checked_against_the_name(tmp_path):
    authority = certificate("Our authority")
    pem = authority[0].public_bytes(serialization.Encoding.PEM).decode()
    leaf, key = certificate("psa", authority, [x509.DNSName("psa.example.com"), x509.IPAddress(ipaddress.ip_address("127.0.0.9"))])
    file = tmp_path / "server.pem"
    file.write_bytes(leaf.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    asked_names = []
    context.sni_callback = lambda connection, name, unused: asked_names.append(name)

    def read(host, trusted):
        approvals = [Approval("https", host, live.port, allows_private=True)]
        link = Link(resolve=lambda *unused: ["127.0.0.1"], authority=trusted)
        with Reader(approvals, limits=QUICK, link=link) as mine:
            return mine.get(f"https://{host}:{live.port}/")

    with service(fine, context) as live:
        assert read("psa.example.com", pem).body == b'{"a":1}'
        assert (asked_names, live.asked[0].headers["Host"]) == (["psa.example.com"], f"psa.example.com:{live.port}")
        for host, trusted in (("other.example.com", pem), ("127.0.0.1", pem), ("psa.example.com", "")):
            with pytest.raises(AnswerRefused, match="its certificate is not valid for"):
                read(host, trusted)
        with pytest.raises(InputRefused, match="PEM text"):
            read("psa.example.com", "nonsense")
        assert len(live.asked) == 1
