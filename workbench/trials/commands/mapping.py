"""The `mapping` commands: whether a mapping file can be run; needs no database."""
from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

import sandbox
from workbench.terminal import printable
from workbench.trials.commands.saying import GivenFile

_FAULTS, _UNREADABLE = 1, 2


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def mapping() -> None:
    """Check the rules that turn received tables into what a tool should hold."""


@mapping.command("check")
@click.argument("file", type=GivenFile())
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_context
def check(context: click.Context, /, file: Path, form: str) -> None:
    """Name every fault of a mapping file, with its line and what to write instead.

    The exit status is 0 where there is none, 1 where there are faults, 2 where the file cannot be read.
    """
    try:
        found = sandbox.checked(sandbox.text_of(file.read_bytes(), file.name), file.name)
    except sandbox.MappingFaults as faults:
        click.echo(_as_json(faults) if form == "json" else _shown(faults.in_words()))
        context.exit(_FAULTS)
    except (sandbox.SandboxError, OSError) as error:
        said = f"{file.name}: cannot be read ({error.strerror})" if isinstance(error, OSError) else str(error)
        click.echo(f"Error: {_shown(said)}", err=True)
        context.exit(_UNREADABLE)
    if form == "json":
        click.echo(json.dumps({"name": found.spec.name, "sha256": found.sha256, "faults": [],
                               "warnings": list(found.warnings)}, ensure_ascii=False, indent=2))
        return
    counts = ((len(found.sources), "source"), (len(found.steps), "step"), (len(found.targets), "target"))
    said = ", ".join(f"{number} {what}{'' if number == 1 else 's'}" for number, what in counts)
    click.echo(f"{found.spec.name}: no fault in {said}")
    for warning in found.warnings:
        click.echo(f"Warning: {warning}")


def _as_json(faults: sandbox.MappingFaults) -> str:
    return json.dumps({"faults": [asdict(fault) for fault in faults.faults], "warnings": []}, ensure_ascii=False,
                      indent=2)


def _shown(text: str) -> str:
    return printable(text, keeps_lines=True)
