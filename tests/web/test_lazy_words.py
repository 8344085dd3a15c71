"""Sentences are text: what was put into one that is translated late is escaped as everywhere else."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from markupsafe import escape


def test_lazy_sentence_enters_a_page_as_text(app):
    with app.test_request_context():
        words = _l("Mask of %(column)s", column="<b>e</b>")
        assert app.jinja_env.from_string("{{ words }}").render(words=words) == "Mask of &lt;b&gt;e&lt;/b&gt;"
        assert str(escape(words)) == "Mask of &lt;b&gt;e&lt;/b&gt;"
