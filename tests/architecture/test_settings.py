"""Settings are read once, checked at start, and documented by a table made from them."""

from __future__ import annotations

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from workbench import clock, layout
from workbench.app import create_app
from workbench.config import BadSetting, Settings, read_settings, settings_table


def settings(**environment: str) -> Settings:
    return read_settings({f"NINEFOLD_{name.upper()}": value for name, value in environment.items()})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "ninefold.toml"


def test_document_holds_the_table_of_the_settings() -> None:
    assert settings_table() in (layout.ROOT / "docs" / "settings.md").read_text(encoding="utf-8")


def test_defaults_are_those_of_a_checkout() -> None:
    found = settings()
    assert (found.home, found.database, found.language) == (
        layout.ROOT / "var",
        f"sqlite:///{layout.ROOT / 'var' / 'ninefold.db'}",
        "en",
    )


def test_environment_goes_before_the_file(file: Path) -> None:
    file.write_text('organisation = "From the file"\nlanguage = "fr"\nsession_hours = 3\n')
    found = settings(config=str(file), organisation="From the environment")
    assert (found.organisation, found.language, found.session_hours) == ("From the environment", "fr", 3)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('colour = "red"', "“colour” is not a setting"),
        ("language = 3", "language: text was expected, not 3"),
        ('session_hours = "many"', "session_hours: “many” is not a whole number"),
        ("session_hours = true", "session_hours: “True” is not a whole number"),
        ('testing = "perhaps"', "testing: “perhaps” is not yes or no"),
        ("language =", "is not valid TOML"),
    ],
)
def test_file_with_a_wrong_value_is_refused_and_the_setting_named(file: Path, text: str, told: str) -> None:
    file.write_text(text)
    with pytest.raises(BadSetting) as refusal:
        settings(config=str(file))
    assert told in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("language", "de"),
        ("database_url", "mysql://x"),
        ("session_hours", "0"),
        ("upload_limit_mb", "-1"),
        ("checkpoint_seconds", "1.5"),
        ("queue_url", "amqp://x"),
        ("testing", "maybe"),
        ("trusted_proxies", "one"),
        ("now", "2026-01-01"),
    ],
)
def test_environment_with_a_wrong_value_is_refused_and_the_setting_named(name: str, value: str) -> None:
    with pytest.raises(BadSetting) as refusal:
        settings(**{name: value})
    assert name in str(refusal.value).lower()


def test_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="cannot be read"):
        settings(config=str(tmp_path / "none.toml"))


def test_clock_is_fixed_only_where_testing_is_switched_on(home: Path) -> None:
    found = settings(home=str(home), now="2026-11-21T09:00:00Z", testing="1")
    assert found.fixed_now == datetime(2026, 11, 21, 9, tzinfo=UTC)
    create_app(found)
    assert clock.now() == datetime(2026, 11, 21, 9, tzinfo=UTC)
    create_app(settings(home=str(home)))
    assert clock.now() != datetime(2026, 11, 21, 9, tzinfo=UTC)


def test_time_that_is_none_is_refused() -> None:
    with pytest.raises(BadSetting, match="not an ISO 8601 time"):
        settings(now="soon", testing="1")


def test_secrets_are_made_once_and_for_their_owner_only(tmp_path: Path) -> None:
    found = settings(home=str(tmp_path / "new"))
    first = found.secret_key()
    assert (found.secret_key(), len(first) >= 64) == (first, True)
    assert stat.S_IMODE((found.keys / "session.key").stat().st_mode) == 0o600
    assert stat.S_IMODE(found.keys.stat().st_mode) == 0o700
