"""Which language a request speaks: chosen for this browser, the person's own, the browser's wish, the default."""

from __future__ import annotations

from flask import Flask, g, has_request_context, request, session
from flask_babel import Babel

from workbench import layout
from workbench.config import LANGUAGES, Settings


def chosen(default: str) -> str:
    """The language of the request at hand; the default for a command or a job, which have none."""
    if not has_request_context():
        return default
    person = g.get("person")
    for wish in (session.get("language"), getattr(person, "language", "")):
        if wish in LANGUAGES:
            return str(wish)
    return request.accept_languages.best_match(LANGUAGES) or default


def init_app(app: Flask, settings: Settings) -> None:
    """Load the catalogues and let every template know its language and theme."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(layout.TRANSLATIONS)
    app.config["BABEL_DEFAULT_LOCALE"] = settings.language
    Babel(app, locale_selector=lambda: chosen(settings.language), timezone_selector=lambda: "UTC")

    @app.context_processor
    def frame() -> dict[str, str]:
        theme = session.get("theme") or getattr(g.get("person"), "theme", "") or "auto"
        return {"language": chosen(settings.language), "theme": theme}
