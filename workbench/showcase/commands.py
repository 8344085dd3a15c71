"""`workbench up`, `workbench worker` and `workbench demo`: set up, show, serve."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from workbench.config import LANGUAGES, Settings

if TYPE_CHECKING:
    from workbench.showcase.running import Summary

_LANGUAGE = click.option(
    "--language", type=click.Choice([*LANGUAGES, "both"]), default="both", show_default=True,
    help="Which language; MAIL-1 and QMS-1 come with the English one.",
)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--demo", is_flag=True, help="Load the demo project, run its trial, build its report and its bundle.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to serve on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="The port to serve on.")
@click.option("--no-serve", is_flag=True, help="Prepare everything, then end.")
@click.pass_obj
def up(settings: Settings, demo: bool, host: str, port: int, no_serve: bool) -> None:
    """Prepare the data folder and the database, then serve the application with its job worker."""
    from workbench.showcase import running, serving  # noqa: PLC0415 - cold start: --help needs no web stack

    with _clearly():
        if demo:  # what is built from the pages carries the name of the story as well
            settings = replace(settings, organisation=running.organisation(settings))
        listening = None if no_serve else serving.listen(host, port)
        with serving.prepared(settings) as app:
            click.echo(f"data folder    {settings.home}")
            if demo:
                _load(settings, LANGUAGES)
                _run_or_say(settings, serves=listening is not None)
            if listening is not None:
                click.echo(f"serving        http://{f'[{host}]' if ':' in host else host}:{port}  (Ctrl-C ends it)")
                serving.serve(app, settings, listening)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_obj
def worker(settings: Settings) -> None:
    """Do queued jobs in a process of its own, until told to stop."""
    from workbench.showcase import serving  # noqa: PLC0415 - cold start

    with _clearly(), serving.prepared(settings) as app:
        click.echo("waiting for jobs (Ctrl-C ends it)")
        serving.work(app, settings)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def demo() -> None:
    """The demo projects: usage to client invoices, in English (INV-1) and French (FAC-1); MAIL-1, closed, and QMS-1, English."""


@demo.command()
@_LANGUAGE
@click.pass_obj
def load(settings: Settings, language: str) -> None:
    """Load the demo projects; one that is there already stays as it is."""
    from workbench.showcase import serving  # noqa: PLC0415 - cold start

    with _clearly(), serving.prepared(settings):
        _load(settings, _languages(language))


@demo.command()
@_LANGUAGE
@click.pass_obj
def run(settings: Settings, language: str) -> None:
    """Run the loaded demo: its trial, its report, its bundle; what is there is not made again."""
    from workbench.showcase import serving  # noqa: PLC0415 - cold start

    with _clearly(), serving.prepared(settings):
        _run(settings, _languages(language))


def _run_or_say(settings: Settings, *, serves: bool) -> None:
    """Run the demo. Where no PDF can be made on this machine, serving goes on without; ending here is a failure."""
    from workbench.reports.pdf import PdfFailed  # noqa: PLC0415 - cold start

    try:
        _run(settings, LANGUAGES)
    except PdfFailed as failure:
        if not serves:
            raise
        click.echo(f"not built      {failure}")


def _languages(wish: str) -> Sequence[str]:
    return LANGUAGES if wish == "both" else (wish,)


@contextlib.contextmanager
def _clearly() -> Iterator[None]:
    """What keeps a command from its work ends it with a clear message and exit status 1."""
    from workbench.reports.pdf import PdfFailed  # noqa: PLC0415 - cold start
    from workbench.showcase import loading, running, serving  # noqa: PLC0415 - cold start
    from workbench.web.refusals import BadValue, Refused  # noqa: PLC0415 - cold start

    try:
        yield
    except (PdfFailed, loading.NotLoadable, running.BundleBroken, serving.CannotStart) as error:
        raise click.ClickException(str(error)) from error
    except BadValue as refusal:
        raise click.ClickException(f"{refusal.field}: {refusal.message}") from refusal
    except Refused as refusal:
        raise click.ClickException("\n".join([refusal.message, *(f"- {each}" for each in refusal.details)])) from refusal


def _load(settings: Settings, languages: Sequence[str]) -> None:
    from workbench.showcase import loading  # noqa: PLC0415 - cold start

    loaded = loading.load(settings, languages)
    others = {
        loading.CLOSED: "nine months of records, closed after a relapse",
        loading.SYSTEM_KEY: "the management system, with an audit and a management review",
    }
    for key in loaded.made:
        told = others.get(key, "ten weeks of records, up to step 5")
        click.echo(f"{key:<14} loaded: {told}")
    for key in loaded.there:
        click.echo(f"{key:<14} is there already and stays as it is")
    if loaded.sign_in.exists():
        click.echo(f"sign in        as ada@example.test with the password {loading.password_of(settings)}")
        click.echo(f"               everybody else: {loaded.sign_in}")


def _run(settings: Settings, languages: Sequence[str]) -> None:
    from workbench.showcase import loading, running  # noqa: PLC0415 - cold start

    for language in languages:
        _say(running.run(settings, loading.KEYS[language]))


def _say(summary: Summary) -> None:
    """What was done, where each file lies, and the golden figures."""
    for each in summary.done:
        click.echo(f"{summary.key:<14} {each.what}{'' if each.is_new else ' (there already)'}: {each.place}")
    for month in summary.golden:
        click.echo(
            f"{summary.key:<14} {month.period} {month.client}: {month.used} counted of {month.entitled} held, {month.over} over, "
            f"{month.unused} unused; billed {month.packages} packages and {month.extra_units} extra units, {month.amount} "
            f"(a sync of every count: {month.synced_units} units, {month.synced_amount})"
        )
    live = "unchanged" if summary.is_live_unchanged else "CHANGED while the trial ran"
    rows = "; ".join(each.what for each in summary.open_rows) or "none"
    click.echo(f"{summary.key:<14} live data {live}; rows that wait for a decision: {rows}")
