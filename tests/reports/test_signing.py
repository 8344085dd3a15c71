"""Signatures under PDFs and time stamps of bundles, with certificates and an authority of the tests' own."""

from __future__ import annotations

import hashlib
import io
import logging
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest
from click.testing import CliRunner, Result
from flask import Flask
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from sqlalchemy import select

from tests.factories.bundles import bundle_files, unpack
from tests.factories.certificates import Issued, authority, issued
from tests.factories.people import a_person
from tests.factories.projects import a_project
from workbench.database import db
from workbench.people.rules import Role
from workbench.reports import actions, manifest, signing, verify
from workbench.reports.commands import bundle, report
from workbench.reports.models import BuiltReport
from workbench.trail import queries as trail
from workbench.web.refusals import Refused

PASSWORD = b"correct horse battery"


@pytest.fixture(scope="module")
def root() -> Issued:
    return issued("Tests' own root")


@pytest.fixture(scope="module")
def stamper(root: Issued) -> Issued:
    return issued("Tests' own stamps", root, stamps=True)


@pytest.fixture(scope="module")
def signer(root: Issued) -> Issued:
    return issued("Nordpont IT Services", root)


@pytest.fixture
def p12(signer: Issued, tmp_path: Path) -> Path:
    file = tmp_path / "company.p12"
    file.write_bytes(signer.p12(PASSWORD))
    (tmp_path / "password").write_bytes(PASSWORD + b"\n")
    return file


@pytest.fixture(scope="module")
def pdf() -> bytes:
    """One blank page, packed as a built report is: with object streams."""
    document, out = pikepdf.new(), io.BytesIO()
    document.add_blank_page()
    document.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


@pytest.fixture
def zipped(tmp_path: Path) -> Path:
    file = tmp_path / "bundle.zip"
    manifest.write_zip(bundle_files(2), file)
    return file


def sign(file: Path, p12: Path, *words: str, typed: str | None = None) -> Result:
    given = [] if typed is not None else ["--password-file", str(p12.with_name("password"))]
    return CliRunner().invoke(report, ["sign", str(file), "--certificate", str(p12), *given, *words], input=typed)


def standing(data: bytes, root: Issued) -> tuple[bool, bool, str]:
    """(whole and trusted, time stamp trusted, subfilter) of the signature, judged by pyHanko's own validator."""
    found = PdfFileReader(io.BytesIO(data)).embedded_signatures[0]
    trust = ValidationContext(trust_roots=[root.asn1])
    status = validate_pdf_signature(found, signer_validation_context=trust, ts_validation_context=trust)
    stamp = status.timestamp_validity
    return status.bottom_line, stamp is not None and stamp.trusted, str(found.sig_object["/SubFilter"])


def test_pdf_is_signed_behind_its_own_bytes(tmp_path: Path, p12: Path, pdf: bytes, root: Issued) -> None:
    (tmp_path / "r.pdf").write_bytes(pdf)
    done = sign(tmp_path / "r.pdf", p12)
    target = tmp_path / "r-signed.pdf"
    assert (done.exit_code, done.output) == (0, f"{target}: signed by Nordpont IT Services, PAdES B-B\n")
    data = target.read_bytes()
    assert hashlib.sha256(data[: len(pdf)]).digest() == hashlib.sha256(pdf).digest()
    assert standing(data, root) == (True, False, "/ETSI.CAdES.detached")


def test_signature_with_a_time_stamp_holds_and_breaks_with_the_file(
    tmp_path: Path, p12: Path, pdf: bytes, root: Issued, stamper: Issued
) -> None:
    (tmp_path / "r.pdf").write_bytes(pdf)
    with authority(stamper) as address:
        done = sign(tmp_path / "r.pdf", p12, "--timestamp", address, "-o", str(tmp_path / "s.pdf"), typed=f"{PASSWORD.decode()}\n")
    assert done.exit_code == 0, done.output
    data = (tmp_path / "s.pdf").read_bytes()
    assert standing(data, root) == (True, True, "/ETSI.CAdES.detached")
    changed = bytearray(data)
    changed[data.index(b"%PDF-") + 9] ^= 1  # within the comment of the head, which no reader looks at
    assert standing(bytes(changed), root)[0] is False


def test_wrong_password_missing_key_and_ended_certificate_are_said_without_the_secret(
    tmp_path: Path, p12: Path, pdf: bytes, root: Issued, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "r.pdf").write_bytes(pdf)
    caplog.set_level(logging.DEBUG)
    wrong = sign(tmp_path / "r.pdf", p12, typed="hunter2hunter2\n")
    none = f"Error: {p12} is no PKCS #12 file with a key and its certificate, or its password is another.\n"
    assert (wrong.exit_code, wrong.output.endswith(none), "hunter2" in wrong.output + caplog.text) == (1, True, False)
    ended = issued("Ended", root, days=-1)
    p12.write_bytes(ended.p12(PASSWORD))
    late = sign(tmp_path / "r.pdf", p12)
    assert late.output == (
        f"Error: The certificate in {p12} is not valid today; it ends on {ended.certificate.not_valid_after_utc:%Y-%m-%d}.\n"
    )
    p12.write_bytes(b"no certificate")
    assert sign(tmp_path / "r.pdf", p12).output == none
    assert PASSWORD.decode() not in caplog.text
    assert not (tmp_path / "r-signed.pdf").exists()


def test_file_that_is_no_pdf_or_has_our_signature_is_refused(tmp_path: Path, p12: Path, pdf: bytes) -> None:
    text = "Error: This file cannot be signed: it is no whole PDF, or it has a signature of that name already.\n"
    for name, data in (("a.pdf", b"not a PDF"), ("b.pdf", pdf[: len(pdf) // 2])):
        (tmp_path / name).write_bytes(data)
        assert sign(tmp_path / name, p12).output == text
    (tmp_path / "c.pdf").write_bytes(pdf)
    assert sign(tmp_path / "c.pdf", p12).exit_code == 0
    assert sign(tmp_path / "c-signed.pdf", p12).output == text


def test_certificate_in_memory_shows_neither_key_nor_password(p12: Path, app: Flask) -> None:
    shown = repr(signing.opened(p12, PASSWORD))
    assert shown == "Certificate(authority='', holder='Nordpont IT Services')"


def test_without_the_extra_one_sentence_says_what_to_install(
    tmp_path: Path, p12: Path, pdf: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "r.pdf").write_bytes(pdf)
    for name in [each for each in sys.modules if each.split(".")[0] == "pyhanko"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pyhanko", None)
    done = sign(tmp_path / "r.pdf", p12)
    assert (done.exit_code, done.output) == (
        1, "Error: Signatures and time stamps need two more packages. Install them with: pip install 'ninefold[sign]'\n",
    )  # fmt: skip


# Time stamps of bundles


def stamped(file: Path, *words: str) -> Result:
    return CliRunner().invoke(bundle, ["timestamp", str(file), *words])


def test_bundle_is_stamped_and_every_verifier_says_so(tmp_path: Path, zipped: Path, root: Issued, stamper: Issued) -> None:
    before = manifest.contents(zipped)
    with authority(stamper) as address:
        done = stamped(zipped, "--tsa", address)
        again = stamped(zipped, "--tsa", address)  # replaces the first
    assert (done.exit_code, again.exit_code) == (0, 0), done.output
    files = manifest.contents(zipped)
    at = verify.stamped_at(files.pop(verify.STAMP), files["manifest.json"])
    assert files == before
    line = f"Time stamp: {at} over manifest.json. Its signature is checked with: {verify.OPENSSL}"
    verdict = manifest.check(zipped)
    assert (verdict.problems, verdict.summary[-2]) == ([], line)
    folder = unpack(manifest.contents(zipped), tmp_path / "unpacked")
    alone = subprocess.run([sys.executable, "-I", "-S", "verify.py"], cwd=folder, capture_output=True, text=True, check=False)
    assert (alone.returncode, alone.stdout.splitlines()) == (0, verdict.summary)
    if shutil.which("openssl"):
        (folder.parent / "root.pem").write_bytes(root.pem)
        command = verify.OPENSSL.replace("ROOT-OF-THE-AUTHORITY.pem", "../root.pem").split()
        checked = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert (checked.returncode, "Verification: OK" in checked.stdout + checked.stderr) == (0, True), checked.stderr


def test_stamp_of_other_bytes_or_changed_is_found_and_named(tmp_path: Path, zipped: Path, stamper: Issued) -> None:
    with authority(stamper) as address:
        stamped(zipped, "--tsa", address)
        other = signing.stamp(b"other bytes", address)
    files = manifest.contents(zipped)
    good, listing = files[verify.STAMP], files["manifest.json"]
    cases = {
        other: "stamps other bytes than manifest.json",
        good[:-1]: "not in the required form", b"": "not in the required form", good + b"\0\0": "not a granted RFC 3161 time stamp",
        good.replace(hashlib.sha256(listing).digest(), bytes(32)): "stamps other bytes than manifest.json",
        good.replace(b"\x02\x01\x00", b"\x02\x01\x02", 1): "not a granted RFC 3161 time stamp",
    }  # fmt: skip
    folder = unpack(files, tmp_path / "unpacked")
    for changed, said in cases.items():
        (folder / verify.STAMP).write_bytes(changed)
        problems = manifest.check(folder).problems
        assert [each.split(": ")[0] for each in problems] == [verify.STAMP], (problems, said)
    time = verify.stamped_at(good, listing).encode()
    (folder / verify.STAMP).write_bytes(good.replace(time, b"2001" + time[4:]))
    assert manifest.check(folder).problems == [f"{verify.STAMP}: what it says is not what its authority signed"]


def test_answer_got_elsewhere_is_taken_and_a_broken_bundle_is_left(tmp_path: Path, zipped: Path, stamper: Issued) -> None:
    listing = manifest.contents(zipped)["manifest.json"]
    with authority(stamper) as address:
        (tmp_path / "answer.tsr").write_bytes(signing.stamp(listing, address))
        (tmp_path / "other.tsr").write_bytes(signing.stamp(b"other", address))
    refused = stamped(zipped, "--response", str(tmp_path / "other.tsr"))
    assert refused.output == "Error: other.tsr: stamps other bytes than manifest.json.\n"
    assert stamped(zipped, "--response", str(tmp_path / "answer.tsr")).exit_code == 0
    broken = {**manifest.contents(zipped), "report.pdf": b"%PDF-1.7 other"}
    manifest.write_zip(broken, zipped)
    content = zipped.read_bytes()
    left = stamped(zipped, "--response", str(tmp_path / "answer.tsr"))
    assert left.output == (
        "Error: bundle.zip does not verify, so it is left as it is.\n- report.pdf: content does not match the manifest\n"
    )
    assert zipped.read_bytes() == content
    assert stamped(zipped).exit_code == 2


@pytest.mark.parametrize(("status", "answer", "said"), [
    (503, b"busy", "answered with status 503."),
    (200, b"<html>", "is no time stamp for this request."),
    (200, bytes(signing.LARGEST + 1), "answered with nothing, or with too much for a time stamp."),
])  # fmt: skip
def test_authority_that_fails_is_named_and_nothing_is_written(
    zipped: Path, stamper: Issued, status: int, answer: bytes, said: str
) -> None:
    content = zipped.read_bytes()
    with authority(stamper, status=status, answer=answer) as address:
        done = stamped(zipped, "--tsa", address)
    assert (done.exit_code, said in done.output, zipped.read_bytes() == content) == (1, True, True), done.output


@pytest.mark.parametrize("address", ["ftp://stamps.example", "file:///etc/passwd", "http://ann:secret@stamps.example/"])
def test_address_of_another_kind_is_refused_unasked(zipped: Path, address: str) -> None:
    done = stamped(zipped, "--tsa", address)
    assert (done.exit_code, "begins with http:// or https://" in done.output, "secret" in done.output) == (1, True, False)


# Built reports


@pytest.mark.pdf
def test_built_report_is_kept_unsigned_and_signed(app: Flask, home: Path, p12: Path, root: Issued) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    project = a_project(by=lead, key="INV-1")
    wish = {"project": project, "key": "audit_report", "language": "en", "home": home, "keys": home / "keys", "by": lead}
    settings = app.extensions["ninefold"]
    first = actions.build_report(**wish)
    app.extensions["ninefold"] = replace(
        settings, signing_certificate=str(p12), signing_password_file=str(p12.with_name("password"))
    )
    made = actions.build_report(**wish)
    signed = db.session.scalars(select(BuiltReport).order_by(BuiltReport.id.desc()).limit(1)).one()
    assert (made.sha256, signed.filename) == (first.sha256, made.filename.replace(".pdf", "-signed.pdf"))
    data = actions.read_built(signed, home=home)
    assert hashlib.sha256(data[: made.size]).hexdigest() == made.sha256
    assert standing(data, root)[0] is True
    told = trail.history("built_report", signed.id)[-1]
    assert (told.act, told.new["sha256"]) == ("report_signed", signed.sha256)
    assert PASSWORD.decode() not in str(told)
    app.extensions["ninefold"] = replace(settings, signing_certificate=str(p12))
    with pytest.raises(Refused, match="its password is another"):
        actions.build_report(**wish)
