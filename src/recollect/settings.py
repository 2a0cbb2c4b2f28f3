"""Where the memory is and how it behaves: arguments, then the environment, then a file, then defaults. The only reader of either."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

from .errors import Invalid


@dataclass(frozen=True, slots=True)
class Settings:
    """What a user can set once: ``RECOLLECT_DB`` in the environment, or ``db = "…"`` in config.toml, and so on."""

    db: str = ""
    tenant: str = ""
    user: str = ""
    project: str = ""
    agent: str = ""
    language: str = "en"
    durability: str = "full"
    embedder: str = ""


def settings(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of this process."""
    found: dict[str, Any] = dict(_file(config_path()))
    environment = os.environ if environment is None else environment
    for field in fields(Settings):
        if value := environment.get(f"RECOLLECT_{field.name.upper()}"):
            found[field.name] = value
    return Settings(**found)


def config_path() -> Path:
    """The settings file: ``$RECOLLECT_CONFIG``, or config.toml in the user's configuration folder."""
    if named := os.environ.get("RECOLLECT_CONFIG"):
        return Path(named)
    from platformdirs import user_config_path

    return user_config_path("recollect", appauthor=False) / "config.toml"


def default_path() -> str:
    """The default file: memory.db in the user's data folder."""
    from platformdirs import user_data_path

    return str(user_data_path("recollect", appauthor=False) / "memory.db")


def where(named: str | os.PathLike[str] | None) -> str | os.PathLike[str]:
    """The file to open: the argument, else the setting, else the default file."""
    return named if named is not None else settings().db or default_path()


def is_url(where: object) -> bool:
    """Whether a database on a server is named, and not a file."""
    return isinstance(where, str) and where.startswith(("postgresql://", "postgres://"))


def without_password(where: str) -> str:
    """What may be shown of where the memory is."""
    if not is_url(where):
        return where
    from urllib.parse import urlsplit, urlunsplit

    parts = urlsplit(where)
    return urlunsplit(parts._replace(netloc=parts.netloc.replace(f":{parts.password}@", "@"))) if parts.password else where


def variable(name: str) -> str:
    """A variable that other programs share with us, such as ``OPENAI_API_KEY``; empty if it is not set."""
    return os.environ.get(name, "").strip()


@cache
def _file(path: Path) -> Mapping[str, str]:
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise Invalid(f"the settings file {path} cannot be read ({error}); mend it or remove it") from error
    known = {field.name for field in fields(Settings)}
    for name, value in found.items():
        if name not in known or not isinstance(value, str):
            raise Invalid(f"the settings file {path} has {name} = {value!r}; it takes {', '.join(sorted(known))}, each a string")
    return found
