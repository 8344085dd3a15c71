"""`workbench report` and `workbench bundle`: build what an auditor takes home, and verify it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from workbench.config import LANGUAGES, Settings
from workbench.reports.commands.choosing import chosen, unknown, with_choices
from workbench.terminal import check_place, write_whole

_LANGUAGE = click.option(
    "--language", type=click.Choice(LANGUAGES), help="Language of the report; default: the installation's."
)


_OUTPUT = click.option(
    "-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The file to write."
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def report() -> None:
    """Reports on a project."""


@report.command("list")
def list_reports() -> None:
    """Every report with what may be chosen for it."""
    from flask import current_app  # noqa: PLC0415 - cold start

    from workbench.reports import queries  # noqa: PLC0415 - cold start

    with current_app.test_request_context():
        for key, found in queries.catalogue().items():
            click.echo(f"{key}  {found.TITLE}")
            click.echo(f"    {found.NOTE}")
            for name, title in found.ANNEXES:
                click.echo(f"    --without {name}: {title}")
    click.echo("Every report takes --language, --period, --confidentiality, --steps, --checklist, --only, --paper and --archival.")


@report.command("build")
@click.argument("project")
@click.argument("name", metavar="REPORT")
@_LANGUAGE
@with_choices
@click.option("--first-page", is_flag=True, help="Only the first page, as a PDF to look at; nothing of it is kept.")
@_OUTPUT
@click.pass_obj
def build_report(
    settings: Settings, /, project: str, name: str, language: str | None, output: Path, first_page: bool, **given: Any
) -> None:
    """Build REPORT on PROJECT as a PDF or for Word, such as: report build INV-1 audit_report --steps 1-5 -o report.pdf."""
    check_place(output)
    if first_page:
        if given["file_format"].casefold() != "pdf" or given["archival"]:
            raise click.UsageError("The first page is a PDF to look at: leave --format and --archival out.")
        _build_first_page(settings, project, name, language, output, given)
        return
    _build(settings, project, name, language, output, given)


@report.command("due")
@click.pass_obj
def build_due(settings: Settings) -> None:
    """Build every report under a name whose day has come; for cron where no worker runs. Exits with 1 where one failed."""
    from flask import current_app  # noqa: PLC0415 - cold start

    from workbench import clock, jobs  # noqa: PLC0415 - cold start
    from workbench.reports import actions  # noqa: PLC0415 - cold start
    from workbench.web import transactions  # noqa: PLC0415 - cold start

    with current_app.test_request_context():
        made = actions.order_due(clock.today(), home=settings.home, keys=settings.keys, organisation=settings.organisation)
    numbers = [each.id for each in made]
    transactions.commit()
    failed = False
    for number in numbers:
        jobs.run(current_app._get_current_object(), number, transactions.commit)  # type: ignore[attr-defined]
        done = jobs.fresh(number)
        failed = failed or done.state == jobs.JobState.FAILED
        click.echo(f"{done.title}: {done.state}{f' ({done.error})' if done.error else ''}")
    click.echo(f"{len(numbers)} due")
    if failed:
        raise click.exceptions.Exit(1)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def bundle() -> None:
    """The evidence bundle: what an auditor takes home and verifies without us."""


@bundle.command("build")
@click.argument("project")
@_LANGUAGE
@with_choices
@_OUTPUT
@click.pass_obj
def build_bundle(settings: Settings, /, project: str, language: str | None, output: Path, **given: Any) -> None:
    """Build the bundle of PROJECT: report, lists, evidence, entries, proofs and a verifier. The choices are those of the report."""
    check_place(output)
    if given["confidentiality"].casefold() != "confidential" or given["file_format"].casefold() != "pdf":
        raise click.UsageError("A bundle withholds nothing, and its report is a PDF: leave --confidentiality and --format out.")
    _build(settings, project, "", language, output, given)


@bundle.command("verify")
@click.argument("place", metavar="F.zip", type=click.Path(exists=True, path_type=Path))
@click.option("--key", metavar="VKEY", help="The key printed on the report's cover.")
def verify_bundle(place: Path, key: str | None) -> None:
    """Check a bundle, packed or unpacked, as its own verify.py does; needs no database. Exits 1 and names what is broken."""
    from workbench.reports import manifest  # noqa: PLC0415 - cold start: building needs it, --help does not

    try:
        verdict = manifest.check(place, key)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--key") from error
    for line in [*verdict.problems, *verdict.summary]:
        click.echo(line)
    if verdict.problems:
        raise click.exceptions.Exit(1)


@bundle.command("verifier")
@_OUTPUT
def write_verifier(output: Path) -> None:
    """Write the verifier of every bundle as one file, to check a bundle with that does not come out of it."""
    from workbench.reports import manifest  # noqa: PLC0415 - cold start

    check_place(output)
    write_whole(output, manifest.verifier())
    click.echo(f"{output}: run it as python3 {output.name} FOLDER or F.zip")


def _build(
    settings: Settings, project_key: str, name: str, language: str | None, output: Path, given: dict[str, Any]
) -> None:
    from workbench.reports import actions, pdf  # noqa: PLC0415 - cold start
    from workbench.trail.rules import SYSTEM  # noqa: PLC0415 - cold start

    wish = _wish(settings, project_key, name, language, given) | {"by": SYSTEM}
    try:
        made = actions.build_report(key=name, **wish) if name else actions.build_bundle(**wish)
    except pdf.PdfFailed as failure:
        raise click.ClickException(str(failure)) from failure
    write_whole(output, actions.read_built(made, home=settings.home))
    click.echo(f"{output}: {made.size} bytes, SHA-256 {made.sha256}")
    click.echo(f"built from checkpoint {made.checkpoint_size} of the trail")


def _build_first_page(
    settings: Settings, project_key: str, name: str, language: str | None, output: Path, given: dict[str, Any]
) -> None:
    from workbench.reports import actions, pdf  # noqa: PLC0415 - cold start

    try:
        data = actions.first_page(key=name, **_wish(settings, project_key, name, language, given))
    except pdf.PdfFailed as failure:
        raise click.ClickException(str(failure)) from failure
    write_whole(output, data)
    click.echo(f"{output}: the first page, {len(data)} bytes; nothing of it is kept")


def _wish(settings: Settings, project_key: str, name: str, language: str | None, given: dict[str, Any]) -> dict[str, Any]:
    """What is asked for, as the actions take it. Raises ClickException for a project or report that is not there."""
    from workbench.projects.queries import project_with_key  # noqa: PLC0415 - cold start
    from workbench.reports import queries  # noqa: PLC0415 - cold start
    from workbench.web.transactions import commit  # noqa: PLC0415 - cold start

    project = project_with_key(project_key.upper())
    if project is None:
        raise click.ClickException(f"There is no project {project_key}.")
    if name and name not in queries.catalogue():
        raise click.ClickException(f"There is no report {name}: {unknown(name, list(queries.catalogue()))}")
    return {
        "project": project,
        "language": language or settings.language,
        "home": settings.home,
        "keys": settings.keys,
        "organisation": settings.organisation,
        "pause": commit,
        "options": chosen(queries.catalogue()[name or "audit_report"], project, given),
    }
