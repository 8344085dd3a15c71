"""Certificates of tests' own, and a time stamp authority on this machine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from asn1crypto import keys, tsp
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign.timestamps import DummyTimeStamper


@dataclass(frozen=True)
class Issued:
    """A key with its certificate."""

    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
    certificate: x509.Certificate

    def p12(self, password: bytes) -> bytes:
        """Both as a PKCS #12 file."""
        how = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
        return pkcs12.serialize_key_and_certificates(b"tests", self.key, self.certificate, None, how)

    @property
    def pem(self) -> bytes:
        """The certificate as text."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def asn1(self) -> Any:
        """The certificate as pyHanko takes it."""
        return asn1.Certificate.load(self.certificate.public_bytes(serialization.Encoding.DER))


def issued(name: str, by: Issued | None = None, *, days: int = 30, stamps: bool = False) -> Issued:
    """A certificate by `by`, or one that signs itself and others; `days` negative: run out."""
    now = datetime.now(UTC)  # noqa: TID251 - certificates live in real time
    # The authority that pyHanko offers for tests signs with RSA alone.
    key = rsa.generate_private_key(65537, 2048) if stamps else ec.generate_private_key(ec.SECP256R1())
    own = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=not stamps and by is not None, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=by is None, crl_sign=by is None, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    made = (
        x509.CertificateBuilder().subject_name(own).issuer_name(by.certificate.subject if by else own)
        .public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=60)).not_valid_after(now + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
        .add_extension(usage, critical=True)
    )  # fmt: skip
    if stamps:
        made = made.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    return Issued(key, made.sign(by.key if by else key, hashes.SHA256()))


@contextmanager
def authority(stamper: Issued, *, status: int = 200, answer: bytes = b"") -> Iterator[str]:
    """The address of a time stamp authority; with `answer` it says that whatever is asked, with `status` it fails."""
    secret = keys.PrivateKeyInfo.load(
        stamper.key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    signs = DummyTimeStamper(tsa_cert=stamper.asn1, tsa_key=secret)

    class Answers(BaseHTTPRequestHandler):
        """Stamps what it is sent."""

        def do_POST(self) -> None:
            """The answer, as RFC 3161 section 3.4 sends it."""
            query = self.rfile.read(int(self.headers["Content-Length"]))
            said = answer or signs.request_tsa_response(tsp.TimeStampReq.load(query)).dump()
            self.send_response(status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_words: Any) -> None:
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/stamp"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
