"""The one client that speaks HTTP: it can ask with GET and HEAD, and has no way to send anything."""
from __future__ import annotations

import gzip
import hashlib
import http.client
import io
import re
import socket
import ssl
import time
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any

from sandbox.errors import InputRefused
from sandbox.http.addresses import Place, masked, place_of
from sandbox.http.approvals import Approval, approval_for, checked_addresses

_CHUNK = 65536
_TICK = 0.01  # seconds
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")
_USUAL = ("accept", "authorization", "user-agent", "if-none-match")
# A key may travel in a header of its own name, but not in one that changes the verb, the host, the length or the way.
_NEVER = re.compile(r"(?i).*method.*|.*forward.*|proxy.*|x-real.*|host|content-.*|transfer-.*|te|trailer|connection|"
                    r"keep-alive|upgrade|expect|range|cookie|x-http.*|x-original.*|x-rewrite.*")
_AGAIN = (429, 503)


class Verb(StrEnum):
    """All that can be asked; there is no third."""

    GET = "GET"
    HEAD = "HEAD"


class AnswerRefused(InputRefused):
    """An answer that is not what was asked for: its status, its size or its time."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Bounds:
    """What one reading may use, over all its requests; bytes are counted as they come and as they unpack."""

    requests: int = 20_000
    bytes: int = 4_000_000_000
    per_answer: int = 100_000_000
    seconds: float = 3600
    seconds_per_answer: float = 120
    idle_seconds: float = 30  # without a byte
    retries: int = 5
    longest_wait: float = 120
    first_wait: float = 1.0  # doubled at each retry where the answer does not say how long
    per_second: float = 0  # requests, at most; 0 = as fast as answers come


@dataclass(frozen=True)
class Answer:
    """What came back; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    sha256: str


@dataclass
class Link:
    """How names become addresses, how time passes, and whom to trust; the defaults are the machine's."""

    resolve: Callable[[str, int], Sequence[str]] = field(default=lambda host, port: looked_up(host, port))
    sleep: Callable[[float], None] = time.sleep
    authority: str = ""  # certificates (PEM) of a company's own authority, trusted besides the machine's


def looked_up(host: str, port: int) -> tuple[str, ...]:
    """The addresses of a name, once each; none where it cannot be looked up."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        return ()
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


class Reader:
    """Reads approved places within its bounds; `requests` is the log of every request it made.

    A name is looked up once for the whole reading, all its addresses are judged, and connections go to those
    addresses; certificates are checked against the name. Redirects are not followed and no proxy is used.
    """

    def __init__(self, approvals: Iterable[Approval], *, limits: Bounds | None = None, headers: Mapping[str, str] | None = None,
                 key_header: str = "", secrets: Sequence[str] = (), link: Link | None = None) -> None:
        self.limits, self.link = limits or Bounds(), link or Link()
        self.requests: list[dict[str, str | int]] = []
        self._approvals = tuple(approvals)
        self._secrets = tuple(secrets)
        self._headers = _checked_headers(headers or {}, key_header)
        self._end = time.monotonic() + self.limits.seconds
        self._bytes, self._asked, self._last = 0, 0, 0.0
        self._addresses: dict[tuple[str, int], tuple[str, ...]] = {}
        self._open: dict[tuple[str, str, int], _Connection] = {}

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *ending: object) -> None:
        self.close()

    def close(self) -> None:
        for connection in self._open.values():
            connection.close()
        self._open.clear()

    def get(self, url: str) -> Answer:
        """The answer to GET; raises AnswerRefused where it is not 2xx (or 304), too large or too slow."""
        return self._ask(Verb.GET, url)

    def head(self, url: str) -> Answer:
        """The answer to HEAD, whose body is empty."""
        return self._ask(Verb.HEAD, url)

    def _ask(self, verb: Verb, url: str) -> Answer:
        place = place_of(url)
        approval = approval_for(self._approvals, place.scheme, place.host, place.port)
        if (place.host, place.port) not in self._addresses:
            found = [place.host] if place.is_address else self.link.resolve(place.host, place.port)
            self._addresses[place.host, place.port] = checked_addresses(approval, found)
        for attempt in range(self.limits.retries + 1):
            wait = self.limits.first_wait * 2 ** attempt
            try:
                answer = self._once(verb, place)
            except _Lost as error:
                problem, refusal = str(error), AnswerRefused(f"{self._shown(place)}: {error}")
            else:
                if answer.status not in _AGAIN:
                    return self._good(answer, place)
                problem = f"it answered {answer.status}"
                refusal = AnswerRefused(f"{self._shown(place)}: {problem}", answer.status)
                wait = _asked_wait(answer.headers.get("retry-after", ""), wait)
            if attempt == self.limits.retries:
                raise AnswerRefused(f"{refusal}; asked {attempt + 1} times", refusal.status)
            self._pause(wait, place, problem)
        raise AssertionError("the last attempt returns or raises")

    def _pause(self, wait: float, place: Place, problem: str) -> None:
        if wait > min(self.limits.longest_wait, self._end - time.monotonic()):
            raise AnswerRefused(f"{self._shown(place)}: {problem} and wants {wait:g} s of patience; try again later")
        self.link.sleep(wait)

    def _once(self, verb: Verb, place: Place) -> Answer:
        self._take_turn(place)
        entry: dict[str, str | int] = {"verb": verb.value, "url": self._shown(place), "status": 0, "bytes": 0, "sha256": ""}
        self.requests.append(entry)
        connection = self._connection(place)
        try:
            answer, closes = self._exchange(connection, verb, place)
        except BaseException as error:
            self._forget(place)
            told = self._told(error, connection, place)
            entry["fault"] = masked(str(told), self._secrets)
            raise told from error
        if closes:
            self._forget(place)
        entry.update(status=answer.status, bytes=len(answer.body), sha256=answer.sha256)
        return answer

    def _told(self, error: BaseException, connection: _Connection, place: Place) -> BaseException:
        """What went wrong in words: AnswerRefused where asking again is no use, _Lost where it may help."""
        if isinstance(error, ssl.SSLCertVerificationError):
            return AnswerRefused(f"{self._shown(place)}: its certificate is not valid for {place.host} "
                                 f"({error.verify_message})")
        if isinstance(error, TimeoutError) and time.monotonic() >= connection.deadline - _TICK:
            return AnswerRefused(f"{self._shown(place)}: one answer may take {self.limits.seconds_per_answer:g} s; "
                                 "ask for smaller pages")
        if isinstance(error, TimeoutError):
            return _Lost(f"nothing came for {self.limits.idle_seconds:g} s")
        if isinstance(error, (OSError, http.client.HTTPException, EOFError, zlib.error)):
            return _Lost(f"the connection failed ({getattr(error, 'strerror', None) or type(error).__name__})")
        return error

    def _exchange(self, connection: _Connection, verb: Verb, place: Place) -> tuple[Answer, bool]:
        connection.deadline = min(self._end, time.monotonic() + self.limits.seconds_per_answer)
        connection.putrequest(verb.value, place.target, skip_host=True, skip_accept_encoding=True)
        for name, value in {"Host": place.authority, "Accept-Encoding": "identity", **self._headers}.items():
            connection.putheader(name, value)
        connection.endheaders()
        with connection.getresponse() as response:
            headers = {name.lower(): value for name, value in response.getheaders()}
            headers["link"] = ", ".join(response.headers.get_all("link") or [])
            body = b"" if verb is Verb.HEAD else self._body(response, headers, place)
        return Answer(response.status, headers, body, hashlib.sha256(body).hexdigest()), response.will_close

    def _body(self, response: http.client.HTTPResponse, headers: Mapping[str, str], place: Place) -> bytes:
        expected = response.length
        if expected is not None and expected > self.limits.per_answer:
            raise self._too_large(place)
        raw = self._drained(response.read1, place)
        if expected is not None and len(raw) < expected:
            raise _Lost(f"the connection ended after {len(raw)} of {expected} bytes")
        coding = headers.get("content-encoding", "identity").strip().lower()
        if coding in ("identity", "") or not raw:
            return raw
        if coding not in ("gzip", "x-gzip"):
            raise AnswerRefused(f'{self._shown(place)}: the answer is packed as "{coding}", which was not asked for')
        return self._drained(gzip.GzipFile(fileobj=io.BytesIO(raw)).read, place)

    def _drained(self, read: Callable[[int], bytes], place: Place) -> bytes:
        parts, size = [], 0
        while chunk := read(_CHUNK):
            parts.append(chunk)
            size += len(chunk)
            self._bytes += len(chunk)
            if size > self.limits.per_answer:
                raise self._too_large(place)
            if self._bytes > self.limits.bytes:
                raise AnswerRefused(f"{self._shown(place)}: the whole reading may take {self.limits.bytes} bytes; "
                                    "read fewer tables or fewer fields")
        return b"".join(parts)

    def _too_large(self, place: Place) -> AnswerRefused:
        return AnswerRefused(f"{self._shown(place)}: one answer may have {self.limits.per_answer} bytes; "
                             "ask for smaller pages")

    def _good(self, answer: Answer, place: Place) -> Answer:
        if answer.status == 304 or 200 <= answer.status < 300:
            return answer
        if 300 <= answer.status < 400:
            target = masked(answer.headers.get("location", "nowhere")[:300], self._secrets)
            raise AnswerRefused(f"{self._shown(place)}: it answers {answer.status} and points to {target}; redirects are "
                                "not followed, so name the right address yourself", answer.status)
        hint = {401: "; is the secret right?", 403: "; may this account read it?", 404: "; is the path right?"}
        raise AnswerRefused(f"{self._shown(place)}: it answered {answer.status}{hint.get(answer.status, '')}", answer.status)

    def _take_turn(self, place: Place) -> None:
        if self._asked >= self.limits.requests:
            raise AnswerRefused(f"{self._shown(place)}: the whole reading may take {self.limits.requests} requests; "
                                "ask for larger pages")
        if time.monotonic() >= self._end:
            raise AnswerRefused(f"{self._shown(place)}: the whole reading may take {self.limits.seconds:g} s")
        if self.limits.per_second:
            self.link.sleep(max(0.0, self._last + 1 / self.limits.per_second - time.monotonic()))
        self._asked, self._last = self._asked + 1, time.monotonic()

    def _connection(self, place: Place) -> _Connection:
        if place.server not in self._open:
            context = _context(self.link.authority) if place.scheme == "https" else None
            judged = self._addresses[place.host, place.port]
            self._open[place.server] = _Connection(place, judged, context, self.limits.idle_seconds)
        return self._open[place.server]

    def _forget(self, place: Place) -> None:
        connection = self._open.pop(place.server, None)
        if connection is not None:
            connection.close()

    def _shown(self, place: Place) -> str:
        return masked(place.url, self._secrets)


class _Lost(Exception):
    """The connection could not be made or was cut; asking again may help."""


class _Connection(http.client.HTTPConnection):
    """Goes to addresses that were judged, under a deadline for each answer, and refuses every verb and body but ours."""

    def __init__(self, place: Place, addresses: Sequence[str], context: ssl.SSLContext | None, idle: float) -> None:
        super().__init__(place.host, place.port)
        self.deadline = 0.0
        self._place, self._judged, self._context, self._idle = place, addresses, context, idle

    def connect(self) -> None:
        last = OSError("no address")
        for address in self._judged:
            try:
                plain = socket.create_connection((address, self._place.port), timeout=self.patience())
            except OSError as error:
                last = error
                continue
            secured = self._context.wrap_socket(plain, server_hostname=self._place.host) if self._context else plain
            self.sock = _Timed(secured, self)
            return
        raise last

    def patience(self) -> float:
        """Seconds for which the next step may wait; raises TimeoutError at the deadline."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return min(left, self._idle)

    def putrequest(self, method: str, url: str, skip_host: bool = False, skip_accept_encoding: bool = False) -> None:
        if method not in (Verb.GET.value, Verb.HEAD.value):
            raise InputRefused(f"{method} cannot be asked; this client only reads")
        super().putrequest(method, url, skip_host, skip_accept_encoding)

    def endheaders(self, message_body: Any = None, *, encode_chunked: bool = False) -> None:
        if message_body is not None:
            raise InputRefused("a request cannot carry anything; this client only reads")
        super().endheaders()


class _Timed:
    """A socket under its connection's deadline: a server that sends a byte now and then does not hold a reading up."""

    def __init__(self, plain: socket.socket, connection: _Connection) -> None:
        self._socket, self._connection, self._readers, self._is_done = plain, connection, 0, False

    def sendall(self, data: bytes) -> None:
        self._socket.settimeout(self._connection.patience())
        self._socket.sendall(data)

    def receive(self, buffer: Any) -> int:
        self._socket.settimeout(self._connection.patience())
        return self._socket.recv_into(buffer)

    def makefile(self, mode: str) -> io.BufferedReader:
        self._readers += 1
        return io.BufferedReader(_Incoming(self))

    def close(self) -> None:
        """Closes once the answer is read too: http.client lets go of the connection before it reads the body."""
        self._is_done = True
        self.released(0)

    def released(self, readers: int = 1) -> None:
        self._readers -= readers
        if self._is_done and self._readers <= 0:
            self._socket.close()


class _Incoming(io.RawIOBase):
    def __init__(self, source: _Timed) -> None:
        self._source = source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._source.receive(buffer)

    def close(self) -> None:
        if not self.closed:
            super().close()
            self._source.released()


def _context(authority: str) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if authority:
        try:
            context.load_verify_locations(cadata=authority)
        except ssl.SSLError as error:
            raise InputRefused("the certificate of the authority cannot be read; it should be PEM text") from error
    return context


def _asked_wait(text: str, otherwise: float) -> float:
    """Seconds to wait by a Retry-After header, which holds seconds or a date."""
    if text.strip().isdecimal():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return otherwise


def _checked_headers(given: Mapping[str, str], key_header: str) -> dict[str, str]:
    if key_header and (not _TOKEN.fullmatch(key_header) or _NEVER.fullmatch(key_header)):
        raise InputRefused(f"the key cannot travel in a header named {key_header!r}")
    allowed = {*_USUAL, key_header.lower()} - {""}
    for name, value in given.items():
        if not _TOKEN.fullmatch(name) or name.lower() not in allowed:
            raise InputRefused(f"the header {name!r} cannot be sent; known are {', '.join(sorted(allowed))}")
        if not _VALUE.fullmatch(value):
            raise InputRefused(f"the value of the header {name} holds a character that cannot be sent")
    if len({name.lower() for name in given}) < len(given):
        raise InputRefused("a header is named twice")
    return {"User-Agent": "Ninefold", "Accept": "application/json", **{name.title(): text for name, text in given.items()}}


def trusted(authority: str = "") -> ssl.SSLContext:
    """What certificates are held against: the machine's authorities, and a company's own (PEM) where it is given."""
    return _context(authority)
