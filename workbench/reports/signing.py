"""Signatures under PDFs (PAdES) and RFC 3161 time stamps, with a certificate of the company's own. Needs the extra [sign].

The signature is added behind the report's bytes: those that were built stay as they are, and are found again within the
signed file. Neither password nor key ever stands in a message, a log or the trail.
"""

from __future__ import annotations

import io
import logging
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import current_app
from flask_babel import get_locale
from flask_babel import gettext as _

from workbench import clock
from workbench.config import Settings
from workbench.reports import verify
from workbench.reports.verify_words import FAULTS, FRENCH, reason, worded
from workbench.web.refusals import Refused

LARGEST, WAIT, PASSWORD = 1 << 20, 30, 1024  # bytes of an authority's answer, seconds, bytes of a password
FIELD = "Signature"
HTTP = ("http", "https")


@dataclass(frozen=True)
class Certificate:
    """A PKCS #12 file that was opened. `authority` is the address of a time stamp authority, empty for none."""

    data: bytes = field(repr=False)
    password: bytes = field(repr=False)
    authority: str
    holder: str


def at_hand() -> Certificate | None:
    """The certificate that the settings name, or None where reports are not signed. Raises Refused."""
    settings: Settings = current_app.extensions["ninefold"]
    if not settings.signing_certificate:
        return None
    file = Path(settings.signing_password_file) if settings.signing_password_file else None
    return opened(Path(settings.signing_certificate), read_password(file), settings.signing_authority)


def read_password(file: Path | None) -> bytes:
    """The first line of a file; nothing where there is none."""
    if file is None:
        return b""
    try:
        with file.open("rb") as stream:
            return stream.readline(PASSWORD).rstrip(b"\r\n")
    except OSError as error:
        raise Refused(_("%(file)s cannot be read: %(why)s.", file=file, why=error.strerror)) from error


def opened(file: Path, password: bytes, authority: str = "") -> Certificate:
    """The certificate of a PKCS #12 file (.p12, .pfx). Raises Refused: not there, wrong password, without key, run out."""
    _modules()
    from cryptography import x509  # noqa: PLC0415 - cold start
    from cryptography.hazmat.primitives.serialization import pkcs12  # noqa: PLC0415 - cold start

    _check_address(authority)
    try:
        data = file.read_bytes()
    except OSError as error:
        raise Refused(_("%(file)s cannot be read: %(why)s.", file=file, why=error.strerror)) from error
    try:
        key, certificate, _others = pkcs12.load_key_and_certificates(data, password or None)
    except (ValueError, TypeError):  # what they say is not passed on
        key = certificate = None
    if key is None or certificate is None:
        raise Refused(_("%(file)s is no PKCS #12 file with a key and its certificate, or its password is another.", file=file))
    if not certificate.not_valid_before_utc <= clock.now() <= certificate.not_valid_after_utc:
        ends = certificate.not_valid_after_utc.date().isoformat()
        raise Refused(_("The certificate in %(file)s is not valid today; it ends on %(day)s.", file=file, day=ends))
    names = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return Certificate(data, password, authority, str(names[0].value) if names else certificate.subject.rfc4514_string())


def signed(pdf: bytes, certificate: Certificate) -> bytes:
    """The PDF with a signature behind it: PAdES B-B, and with an authority B-T. Raises Refused."""
    hanko = _modules()
    signer = hanko.signers.SimpleSigner.load_pkcs12_data(certificate.data, (), certificate.password or None)
    if signer is None:
        raise Refused(_("The certificate cannot be used to sign."))
    meta = hanko.signers.PdfSignatureMetadata(
        field_name=FIELD, md_algorithm="sha256", subfilter=hanko.fields.SigSeedSubFilter.PADES, name=certificate.holder
    )
    stamper = _stamper(hanko, certificate.authority) if certificate.authority else None
    try:
        writer = hanko.IncrementalPdfFileWriter(io.BytesIO(pdf), strict=False)
        done = hanko.signers.sign_pdf(writer, meta, signer=signer, timestamper=stamper)
    except hanko.errors as error:
        logging.getLogger(__name__).info("signing failed: %s", type(error).__name__)
        raise Refused(_("This file cannot be signed: it is no whole PDF, or it has a signature of that name already.")) from error
    data: bytes = done.getvalue()
    if not data.startswith(pdf):
        raise Refused(_("This file cannot be signed without changing what stands in it."))
    return data


def _stamper(hanko: Any, authority: str) -> Any:
    """What pyhanko asks for a time stamp."""
    from asn1crypto import tsp  # type: ignore[import-untyped]  # noqa: PLC0415 - cold start

    class Stamper(hanko.TimeStamper):  # type: ignore[misc]
        """Asks the authority as a bundle does."""

        async def async_request_tsa_response(self, req: Any) -> Any:
            """The authority's answer."""
            return tsp.TimeStampResp.load(ask(authority, req.dump()))

    return Stamper()


def stamp(manifest: bytes, authority: str) -> bytes:
    """An authority's answer that these bytes were there, checked as verify.py checks it. Raises Refused."""
    client = _client()
    query = client.TimestampRequestBuilder().data(manifest).hash_algorithm(client.HashAlgorithm.SHA256).build()
    answer = ask(authority, query.as_bytes())
    try:
        nonce = client.decode_timestamp_response(answer).tst_info.nonce
    except ValueError:
        nonce = None
    if nonce != query.nonce:
        raise Refused(_("The answer of %(address)s is no time stamp for this request.", address=authority))
    return checked(answer, manifest, authority)


def checked(answer: bytes, manifest: bytes, whose: str) -> bytes:
    """The same answer, once it stamps these bytes. Raises Refused."""
    try:
        verify.stamped_at(answer, manifest)
    except FAULTS as error:
        words = FRENCH if str(get_locale()) == "fr" else {}
        raise Refused(_("%(whose)s: %(why)s.", whose=whose, why=worded(words, *reason(error)))) from error
    return answer


def ask(authority: str, query: bytes) -> bytes:
    """What a time stamp authority answers; within 30 seconds and 1 MiB. Raises Refused."""
    _check_address(authority)
    request = urllib.request.Request(  # noqa: S310 - http and https alone, checked above
        authority, data=query, headers={"Content-Type": "application/timestamp-query"}
    )
    try:
        with urllib.request.urlopen(request, timeout=WAIT) as answer:  # noqa: S310 - as above
            data: bytes = answer.read(LARGEST + 1)
    except urllib.error.HTTPError as error:
        error.close()
        raise Refused(_("%(address)s answered with status %(status)s.", address=authority, status=error.code)) from error
    except (OSError, ValueError) as error:
        raise Refused(_("%(address)s does not answer.", address=authority)) from error
    if not data or len(data) > LARGEST:
        raise Refused(_("%(address)s answered with nothing, or with too much for a time stamp.", address=authority))
    return data


def _check_address(authority: str) -> None:
    found = urlsplit(authority)
    if authority and (found.scheme not in HTTP or not found.hostname or found.username or found.password):
        raise Refused(_("The address of a time stamp authority begins with http:// or https:// and holds no password."))


@dataclass(frozen=True)
class _Hanko:
    """What is used of pyhanko."""

    signers: Any
    fields: Any
    TimeStamper: Any
    IncrementalPdfFileWriter: Any
    errors: tuple[type[Exception], ...]


def _modules() -> _Hanko:
    try:
        from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter  # noqa: PLC0415 - an extra
        from pyhanko.pdf_utils.misc import PdfError  # noqa: PLC0415 - an extra
        from pyhanko.sign import fields, signers, timestamps  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise Refused(_missing()) from error
    from pyhanko.sign.general import SigningError  # noqa: PLC0415 - an extra

    failing = (PdfError, SigningError, timestamps.TimestampRequestError, ValueError, KeyError, TypeError)
    return _Hanko(signers, fields, timestamps.TimeStamper, IncrementalPdfFileWriter, failing)


def _client() -> Any:
    try:
        import rfc3161_client  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise Refused(_missing()) from error
    return rfc3161_client


def _missing() -> str:
    return str(_("Signatures and time stamps need two more packages. Install them with: pip install 'ninefold[sign]'"))
