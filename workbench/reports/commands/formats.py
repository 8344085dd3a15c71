"""`workbench oscal`: the answers to a project's checklists as a file for other tools."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from workbench.config import LANGUAGES, Settings
from workbench.projects.rules import Confidentiality
from workbench.reports.commands.choosing import unknown
from workbench.reports.rules import LOWEST_FIRST, Options
from workbench.terminal import check_place, write_whole


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("project")
@click.option("--checklist", "packs", metavar="ID", multiple=True, help="Only this checklist; may be given several times.")
@click.option("--language", type=click.Choice(LANGUAGES), help="Language of the questions; default: the installation's.")
@click.option("--confidentiality", type=click.Choice([str(each) for each in LOWEST_FIRST]), default="confidential",
              show_default=True, help="Of whoever will read it. Lower levels see less.")
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The file to write.")
@click.pass_obj
def oscal(
    settings: Settings, /, project: str, packs: tuple[str, ...], language: str | None, confidentiality: str, output: Path
) -> None:
    """Write the answers to PROJECT's checklists as OSCAL assessment results, such as: oscal INV-1 -o results.json."""
    from flask import current_app  # noqa: PLC0415 - cold start

    from workbench.checklists.queries import checklists_of_project  # noqa: PLC0415 - cold start
    from workbench.projects.queries import project_with_key  # noqa: PLC0415 - cold start
    from workbench.reports.formats import oscal as formats  # noqa: PLC0415 - cold start

    check_place(output)
    found = project_with_key(project.upper())
    if found is None:
        raise click.ClickException(f"There is no project {project}.")
    started: list[Any] = [each for each in checklists_of_project(found.id) if not packs or each.checklist.pack_id in packs]
    known = [each.checklist.pack_id for each in checklists_of_project(found.id)]
    for each in packs:
        if each not in known:
            raise click.BadParameter(unknown(each, known), param_hint="--checklist")
    if not started:
        raise click.ClickException(f"No checklist is started on {found.key}.")
    with current_app.test_request_context():
        data = formats.results(
            project=found, checklists=started, language=language or settings.language, organisation=settings.organisation,
            options=Options(confidentiality=Confidentiality(confidentiality)),
        )
    write_whole(output, data)
    click.echo(f"{output}: {len(data)} bytes")
