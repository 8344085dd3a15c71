"""Which language a request speaks: chosen for this browser, the person's own, the browser's wish, the default."""

from __future__ import annotations

from typing import Any

from flask import Flask, g, has_request_context, request, session
from flask_babel import Babel, get_translations
from flask_babel.speaklater import LazyString

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


def catalogue() -> Any:
    """The texts of the language in force, looked up once as long as it stays the same.

    A page holds hundreds of words; finding the language anew for each was a third of drawing it. Where Flask-Babel
    keeps its state otherwise than here supposed, nothing is kept and the look-up is merely slower.
    """
    state = g.get("_flask_babel")
    locale = getattr(state, "babel_locale", None)
    kept = getattr(state, "ninefold_texts", None)
    if kept is not None and kept[0] is locale:
        return kept[1]
    texts = get_translations()
    state = g.get("_flask_babel")
    locale = getattr(state, "babel_locale", None)
    if locale is not None:
        state.ninefold_texts = (locale, texts)
    return texts


def init_app(app: Flask, settings: Settings) -> None:
    """Load the catalogues and let every template know its language and theme."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(layout.TRANSLATIONS)
    app.config["BABEL_DEFAULT_LOCALE"] = settings.language
    # A sentence is text, never markup. Flask-Babel vouches for its lazy ones as if they were HTML, with whatever was put into
    # them, such as the name of a column; without that they are escaped like any other text.
    if "__html__" in vars(LazyString):
        del LazyString.__html__
    Babel(app, locale_selector=lambda: chosen(settings.language), timezone_selector=lambda: "UTC")

    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda text: catalogue().ugettext(text),
        ngettext=lambda one, many, count: catalogue().ungettext(one, many, count),
        newstyle=True,
    )

    @app.context_processor
    def frame() -> dict[str, str]:
        theme = session.get("theme") or getattr(g.get("person"), "theme", "") or "auto"
        return {"language": chosen(settings.language), "theme": theme}
