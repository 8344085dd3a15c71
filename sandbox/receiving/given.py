"""The settings given to a connector, checked against its schema; every fault names the key and the nearest known."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.errors import InputRefused
from sandbox.naming import nearest
from sandbox.receiving.received import Settings

# What every connector takes: which one it is, the decimal mark for the mapping, and the columns masked on the way in.
COMMON: dict[str, Any] = {
    "connector": {"type": "string", "description": "the connector to use, where the ending does not say it"},
    "decimal": {"enum": [".", ","], "description": "the decimal mark of numbers"},
    "masked": {"type": "array", "items": {"type": "string"}, "description": "columns that were masked on the way in"},
}


def settings_schema(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON Schema of a connector's settings: its own keys and those that all have."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object",
            "additionalProperties": False, "properties": {**COMMON, **properties}}


def checked_settings(settings: Settings, schema: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The same settings where the schema accepts them, else a refusal that names the key."""
    from jsonschema import Draft202012Validator  # noqa: PLC0415 – every child loads this module, few check settings

    known = sorted(schema["properties"])
    for key in settings:
        if key not in known:
            near = nearest(key, known)
            hint = f"; the nearest is {near}" if near else ""
            raise InputRefused(f"{name}: unknown setting {key}{hint}; known: {', '.join(known)}")
    for error in Draft202012Validator(dict(schema)).iter_errors(dict(settings)):
        key = str(error.path[0]) if error.path else "settings"
        said = schema["properties"].get(key, {}).get("description", "see the connector's README")
        raise InputRefused(f"{name}: setting {key} = {error.instance!r} does not fit: it is {said}{_choice(error)}")
    return dict(settings)


def _choice(error: Any) -> str:
    if error.validator != "enum":
        return ""
    return f", one of {', '.join(repr(value) for value in error.validator_value)}"
