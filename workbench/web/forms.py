"""The one Form base: CSRF, the record's version and the idempotency key in every form; unknown fields are refused."""

from __future__ import annotations

import secrets
from typing import Any, Self

from flask import g, request
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField, TextAreaField, ValidationError
from wtforms.validators import Length
from wtforms.widgets import CheckboxInput

from workbench.web.addresses import row_number

LONG, LINES = 20_000, 500
_FRAME = {"csrf_token", "idempotency_key", "version", "submit"}


class Form(FlaskForm):
    """Base of every form. `version` is filled by the view for a record that may be edited by two people."""

    idempotency_key = HiddenField(default=lambda: secrets.token_urlsafe(18))
    version = HiddenField()

    @classmethod
    def of_request(cls, **kwargs: Any) -> Self:
        """The form as sent, or empty for a first look."""
        return cls(**kwargs)

    def accepted(self) -> bool:
        """Whether the form was sent and every field holds what was asked; unknown fields refuse the whole form."""
        if not self.is_submitted():
            return False
        unknown = [name for name in request.form if name not in self._fields and name not in _FRAME]
        valid = bool(self.validate())
        if unknown:
            self.form_errors.append(str(_l("The field “%(name)s” is not part of this form.", name=unknown[0][:60])))
            valid = False
        g.form_refused = not valid
        return valid

    def seen_version(self) -> int | None:
        """The version the person saw when the form was opened, or None where the form carries none."""
        return row_number(str(self.version.data or ""))

    def blame(self, name: str, message: str) -> None:
        """Put an action's refusal beside the field it concerns, or above the form."""
        g.form_refused = True
        field = self._fields.get(name)
        if field is None:
            self.form_errors.append(message)
        else:
            field.errors = [*field.errors, message]


class Lines:
    """At most 500 new lines and 8 combining marks per letter: plain text alone can stall the PDF engine (trust.md §4)."""

    def __call__(self, form: Any, field: Any) -> None:
        """Raise a ValidationError that says what is too much."""
        text = field.data or ""
        if text.count("\n") > LINES:
            raise ValidationError(_l("At most %(count)s lines, please.", count=LINES))
        run = 0
        for letter in text:
            run = run + 1 if "\u0300" <= letter <= "\u036f" else 0
            if run > 8:
                raise ValidationError(_l("A letter carries too many marks; type the text anew."))


def stripped(text: str | None) -> str:
    """The text without spaces around it and with plain line ends; also drops NUL, which no database keeps."""
    return (text or "").replace("\r\n", "\n").replace("\x00", "").strip()


class Box(CheckboxInput):
    """One of several boxes. Where one of them has to be ticked, a browser would ask for every single one: the server looks."""

    validation_attrs = ("disabled",)


def line(label: Any, *validators: Any, maximum: int = 200, **kwargs: Any) -> StringField:
    """A one-line text field."""
    return StringField(label, filters=[stripped], validators=[*validators, Length(max=maximum)], **kwargs)


def text(label: Any, *validators: Any, maximum: int = LONG, **kwargs: Any) -> TextAreaField:
    """A field of several lines, with the limits of trust.md §4."""
    return TextAreaField(label, filters=[stripped], validators=[*validators, Length(max=maximum), Lines()], **kwargs)
