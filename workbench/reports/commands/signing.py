"""`workbench report sign` and `workbench bundle timestamp`: with a certificate and an authority of the company's own."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from workbench.reports.commands.building import bundle, report
from workbench.terminal import check_place, write_whole

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_AUTHORITY = "Address of an RFC 3161 time stamp authority."


def _speaking(command: Callable[..., Any]) -> Callable[..., Any]:
    """Refusals as a command says them; these two commands need no installation."""

    @wraps(command)
    def run(*given: Any, **named: Any) -> Any:
        from workbench.web.refusals import Refused  # noqa: PLC0415 - cold start

        try:
            return command(*given, **named)
        except Refused as refusal:
            raise click.ClickException("\n".join([refusal.message, *(f"- {each}" for each in refusal.details)])) from refusal

    return run


@report.command("sign")
@click.argument("file", metavar="F.pdf", type=_FILE)
@click.option("--certificate", required=True, type=_FILE, metavar="C.p12", help="Your certificate with its key, PKCS #12.")
@click.option("--password-file", type=_FILE, help="A file whose first line is its password; asked for where it is not given.")
@click.option("--timestamp", "authority", default="", metavar="URL", help=f"{_AUTHORITY} The signature is then PAdES B-T.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="The file to write; default: F-signed.pdf.")
@_speaking
def sign_report(file: Path, certificate: Path, password_file: Path | None, authority: str, output: Path | None) -> None:
    """Sign a PDF (PAdES). Its own bytes stay as they are; the signature stands behind them."""
    from workbench.reports import signing  # noqa: PLC0415 - cold start

    target = output or file.with_name(f"{file.stem}-signed.pdf")
    check_place(target)
    if password_file:
        password = signing.read_password(password_file)
    else:
        password = click.prompt("Password of the certificate", default="", hide_input=True, show_default=False).encode()
    mine = signing.opened(certificate, password, authority)
    write_whole(target, signing.signed(file.read_bytes(), mine))
    click.echo(f"{target}: signed by {mine.holder}, PAdES {'B-T' if authority else 'B-B'}")


@bundle.command("timestamp")
@click.argument("file", metavar="F.zip", type=_FILE)
@click.option("--tsa", "authority", default="", metavar="URL", help=_AUTHORITY)
@click.option("--response", type=_FILE, metavar="F.tsr", help="An answer of an authority, got elsewhere for manifest.json.")
@_speaking
def stamp_bundle(file: Path, authority: str, response: Path | None) -> None:
    """Put an RFC 3161 time stamp of its manifest into a bundle, as trail/manifest.tsr. One that is there is replaced."""
    from workbench.reports import manifest, signing, verify  # noqa: PLC0415 - cold start

    if bool(authority) == bool(response):
        raise click.UsageError("Give either --tsa URL or --response F.tsr.")
    check_place(file)
    files = manifest.contents(file)
    listing = files["manifest.json"]
    if response:
        files[verify.STAMP] = signing.checked(response.read_bytes(), listing, response.name)
    else:
        files[verify.STAMP] = signing.stamp(listing, authority)
    write_whole(file, manifest.zip_bytes(files))
    click.echo(f"{file}: manifest.json stamped {verify.stamped_at(files[verify.STAMP], listing)}")
    click.echo(f"Its signature is checked with: {verify.OPENSSL}")
