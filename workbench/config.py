"""Settings: read once from the environment and one TOML file, checked at start, documented by a generated table."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from workbench import layout

LANGUAGES = ("en", "fr")
_WHOLE = re.compile(r"-?[0-9]{1,9}")


class BadSetting(Exception):
    """A setting is missing or wrong; the message names it, says what was expected and what to do."""


def _setting(help_: str, **kwargs: Any) -> Any:
    return field(metadata={"help": help_}, **kwargs)


@dataclass(frozen=True)
class Settings:
    """Every setting. The environment name is `NINEFOLD_` and the upper-case field; in the TOML file it is the field."""

    home: Path = _setting(
        "Data folder: database, evidence, keys, queue. `var/` in a checkout, else the user's data folder."
    )
    database_url: str = _setting("Database: `sqlite:///…` or `postgresql+psycopg://…`.", default="")
    queue_url: str = _setting(
        "Background queue: empty for the embedded one in the data folder, or `redis://host:port/0`.", default=""
    )
    organisation: str = _setting("Your organisation's name, printed on reports.", default="Our organisation")
    language: str = _setting("Language of first visits: `en` or `fr`.", default="en")
    secure_cookies: bool = _setting(
        "Serve session cookies over TLS only; switch on wherever the app is reached by https.", default=False
    )
    trusted_proxies: int = _setting(
        "How many reverse proxies stand before the app (for the visitor's address and scheme).", default=0
    )
    upload_limit_mb: int = _setting("Largest file that may be added as evidence, in MB.", default=25)
    session_hours: int = _setting("Hours after which an idle session ends.", default=12)
    checkpoint_seconds: int = _setting(
        "Longest time between a trail entry and the checkpoint that covers it.", default=60
    )
    signing_certificate: str = _setting(
        "A PKCS #12 file (.p12) with the certificate that signs built reports, PAdES; empty: none is signed.", default=""
    )
    signing_password_file: str = _setting("File whose first line is the password of that certificate.", default="")
    signing_authority: str = _setting(
        "Address of an RFC 3161 time stamp authority for these signatures; empty: without time stamp.", default=""
    )
    sign_in_limit: str = _setting("Sign-in attempts allowed from one address.", default="10 per minute; 60 per hour")
    testing: bool = _setting("Testing mode: allows the fixed clock. Never on a live installation.", default=False)
    now: str = _setting("A fixed clock (ISO 8601, UTC); only with testing.", default="")

    @property
    def keys(self) -> Path:
        """Folder of the secrets: session key and trail signing key; outside the database on purpose."""
        return self.home / "keys"

    @property
    def database(self) -> str:
        """The SQLAlchemy address, with the SQLite file of the data folder as the default."""
        return self.database_url or f"sqlite:///{self.home / 'ninefold.db'}"

    @property
    def fixed_now(self) -> datetime | None:
        """The fixed clock as an aware time, or None."""
        if not self.now:
            return None
        moment = datetime.fromisoformat(self.now)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)

    def secret_key(self) -> str:
        """The key that signs sessions, made on first use and kept in the keys folder (mode 0600)."""
        return kept_secret(self.keys / "session.key")


def kept_secret(file: Path) -> str:
    """A random secret kept in `file`, made when it is not there yet; readable by its owner only."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = file.with_name(f".{secrets.token_hex(8)}")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as stream:
            stream.write(secrets.token_urlsafe(48))
        with contextlib.suppress(FileExistsError):  # two that start at once: the first secret is everybody's
            os.link(fresh, file)
        fresh.unlink()
    return file.read_text().strip()


def default_home(environment: Mapping[str, str]) -> Path:
    """`var/` beside the code in a checkout; the user's data folder for an installed wheel."""
    if layout.IS_CHECKOUT:
        return layout.ROOT / "var"
    base = environment.get("XDG_DATA_HOME") or str(Path(environment.get("HOME", "~")).expanduser() / ".local/share")
    return Path(base) / "ninefold"


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Settings from the TOML file named by NINEFOLD_CONFIG, overridden by NINEFOLD_* variables.

    Raises BadSetting, naming the setting, for an unknown key, a wrong type or a value out of range.
    """
    env = os.environ if environment is None else environment
    values = _from_file(env.get("NINEFOLD_CONFIG", ""))
    for setting in fields(Settings):
        name = f"NINEFOLD_{setting.name.upper()}"
        if env.get(name, "") != "":
            values[setting.name] = (env[name], name)
    settings = Settings(**{"home": default_home(env), **{key: _typed(key, *value) for key, value in values.items()}})
    _check(settings)
    return settings


def _from_file(name: str) -> dict[str, tuple[Any, str]]:
    if not name:
        return {}
    try:
        table = tomllib.loads(Path(name).read_text(encoding="utf-8"))
    except OSError as error:
        raise BadSetting(
            f"NINEFOLD_CONFIG: {name} cannot be read ({error.strerror}). Name an existing TOML file."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSetting(f"{name} is not valid TOML: {error}.") from error
    known = {setting.name for setting in fields(Settings)}
    unknown = sorted(set(table) - known)
    if unknown:
        raise BadSetting(f"{name}: “{unknown[0]}” is not a setting. Known settings: {', '.join(sorted(known))}.")
    return {key: (value, f"{name}: {key}") for key, value in table.items()}


def _typed(key: str, value: Any, where: str) -> Any:
    kind = next(setting.type for setting in fields(Settings) if setting.name == key)
    if kind == "Path":
        return Path(str(value)).expanduser().absolute()
    if kind == "int":
        if isinstance(value, bool) or not _WHOLE.fullmatch(str(value)):
            raise BadSetting(f"{where}: “{value}” is not a whole number.")
        return int(value)
    if kind == "bool":
        return _truth(value, where)
    if not isinstance(value, str):
        raise BadSetting(f"{where}: text was expected, not {value!r}.")
    return value


def _truth(value: Any, where: str) -> bool:
    words = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    found = words.get(str(value).lower())
    if found is None:
        raise BadSetting(f"{where}: “{value}” is not yes or no. Write 1 or 0.")
    return found


def _check(settings: Settings) -> None:
    if settings.language not in LANGUAGES:
        raise BadSetting(f"language: “{settings.language}” is not offered; choose one of {', '.join(LANGUAGES)}.")
    if not settings.database.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise BadSetting(f"database_url: “{settings.database}” must begin with sqlite:/// or postgresql+psycopg://.")
    for name, least in {"upload_limit_mb": 1, "session_hours": 1, "checkpoint_seconds": 1, "trusted_proxies": 0}.items():
        if getattr(settings, name) < least:
            raise BadSetting(f"{name}: must be {least} or more.")
    _check_signing(settings)
    if settings.queue_url and not settings.queue_url.startswith("redis://"):
        raise BadSetting(f"queue_url: “{settings.queue_url}” must begin with redis://, or be empty.")
    if settings.now and not settings.testing:
        raise BadSetting("now: the clock can be fixed only where testing is switched on (NINEFOLD_TESTING=1).")
    try:
        assert settings.fixed_now is None or settings.fixed_now  # noqa: S101 - parsed for its error
    except ValueError as error:
        raise BadSetting(f"now: “{settings.now}” is not an ISO 8601 time, such as 2026-11-21T09:00:00Z.") from error


def _check_signing(settings: Settings) -> None:
    for name in ("signing_certificate", "signing_password_file"):
        if getattr(settings, name) and not Path(getattr(settings, name)).is_file():
            raise BadSetting(f"{name}: there is no file {getattr(settings, name)}.")
    if settings.signing_authority and not settings.signing_authority.startswith(("http://", "https://")):
        raise BadSetting("signing_authority: must be an address that begins with http:// or https://.")


def settings_table() -> str:
    """The settings as a Markdown table; docs/settings.md is this text and a test holds it so."""
    lines = ["| environment | in the TOML file | default | what it sets |", "|---|---|---|---|"]
    for setting in fields(Settings):
        default = "" if setting.default is MISSING else f"`{setting.default}`" if setting.default != "" else "empty"
        lines.append(
            f"| `NINEFOLD_{setting.name.upper()}` | `{setting.name}` | {default} | {setting.metadata['help']} |"
        )
    return "\n".join(lines) + "\n"
