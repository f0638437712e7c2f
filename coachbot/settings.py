"""Settings, where the files that travel with the program are, and how a small file is kept.

A setting comes from the environment (``COACHBOT_DATA=…``), else from ``coachbot.toml`` in the
working folder, else it has its default. An unknown name fails, so that a typing error is seen.
"""

from __future__ import annotations

import hashlib
import os
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from platformdirs import user_data_path
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from coachbot.errors import SettingsError, StorageError

PREFIX = "COACHBOT_"
SETTINGS_FILE = Path("coachbot.toml")


@lru_cache
def resource(name: str) -> Path:
    """Where a file or folder that travels with the program is: in the wheel or beside the code.

    Args:
        name: such as ``corpus``, ``prompts`` or ``streamlit_app.py``.

    Raises:
        SettingsError: the installation is incomplete.
    """
    package = Path(__file__).parent
    for folder in (package / "bundled", package.parent):
        if (folder / name).exists():
            return folder / name
    raise SettingsError(
        f"The installation lacks {name}.", "Install coachbot again: pip install --force-reinstall"
    )


class Settings(BaseSettings):
    """All that can be set; every field also as ``COACHBOT_<NAME>``."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        toml_file=SETTINGS_FILE,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,  # it may be a token
    )

    corpus: Path | None = Field(None, description="a folder of texts; the shipped ones if unset")
    data: Path = Field(
        default_factory=lambda: user_data_path("coachbot"),
        description="where the index and all that is written lives",
    )
    shared: Path | None = Field(
        None,
        description="a folder that several pages share, for templates, the clinic's profile and "
        "what an admin chooses; the data folder if unset",
    )
    chroma_url: str = Field("", description="a Chroma server for the vectors; embedded if empty")
    chroma_token: SecretStr = Field(
        SecretStr(""), description="a token that the Chroma server asks for; never shown"
    )
    country: str = Field("", description="whose help lines to name, such as US or GB")
    embedder: str = Field("all-MiniLM-L6-v2", description="packaged, a folder, or a hub name")
    model: str = Field("", description="a chat model, such as ollama:llama3.2; quotes if empty")
    model_url: str = Field("", description="a server that speaks the model provider's protocol")
    model_seconds: float = Field(60.0, gt=0, description="how long a model may take for a reply")
    model_at_once: int = Field(2, ge=1, description="how many replies a model writes at once")
    model_waiting: int = Field(8, ge=0, description="how many more may wait; the rest get quotes")
    model_judges: bool = Field(
        False, description="whether the model is asked if what was found answers a question"
    )
    verifier: str = Field(
        "", description="a cross-encoder that checks sentences, by name or folder"
    )
    keep_conversations: bool = Field(False, description="whether the page stores conversations")
    conversations_url: str = Field(
        "", description="an SQLAlchemy URL to store them at; a file in the data folder if empty"
    )
    handouts_only: bool = Field(False, description="whether the page offers no talk, for clinics")
    clinicians: str = Field(
        "", description="who may make handouts where people log in: addresses, or @domain"
    )
    admins: str = Field("", description="who may change settings where people log in: addresses")
    max_file_mb: float = Field(20.0, gt=0, description="larger files are refused")

    @field_validator("data", "corpus", "shared")
    @classmethod
    def _absolute(cls, path: Path | None) -> Path | None:
        return path.expanduser().absolute() if path else None

    @field_validator("chroma_url", "model_url")
    @classmethod
    def _is_url(cls, url: str) -> str:
        if url and not url.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        return url

    @field_validator("chroma_token")
    @classmethod
    def _fits_a_header(cls, token: SecretStr) -> SecretStr:
        if not all("!" <= character <= "~" for character in token.get_secret_value()):
            raise ValueError("must be plain letters, digits and signs, without spaces")
        return token

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What was passed in wins over the environment, that over the file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @property
    def hash(self) -> str:
        """Identifies the settings that can change an answer."""
        told = "|".join(
            map(
                str,
                (
                    self.embedder,
                    self.chroma_url,
                    self.corpus,
                    self.model,
                    self.model_url,
                    self.model_judges,
                    self.verifier,
                ),
            )
        )
        return hashlib.sha256(told.encode()).hexdigest()[:12]

    @property
    def conversations(self) -> str | Path:
        """Where conversations are stored, if they are: a URL, or a file in the data folder."""
        return self.conversations_url or self.data / "conversations.sqlite"

    @property
    def shared_folder(self) -> Path:
        """Where that is kept which holds on all pages of a place."""
        return self.shared or self.data

    def index_folder(self, corpus: Path) -> Path:
        """Where the index of a corpus lives: one folder for each corpus root."""
        if corpus == resource("corpus"):
            return self.data / "indexes" / "shipped"
        digest = hashlib.sha256(str(corpus.resolve()).encode()).hexdigest()[:10]
        return self.data / "indexes" / f"{corpus.stem or 'corpus'}-{digest}"


def write_whole(path: Path, text: str) -> None:
    """Write a small file whole or not at all, whoever else writes it at the same time.

    Args:
        path: the file; its folder is made if need be.
        text: what is to be in it.

    Raises:
        StorageError: it cannot be written; what was there stays.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".new-", dir=path.parent) as folder:
            new = Path(folder) / path.name
            new.write_text(text, encoding="utf-8")
            os.replace(new, path)
    except OSError as error:
        raise StorageError(
            f"{path} cannot be written: {error.strerror}.",
            f"Free some space at {path.parent}, make it writable, or choose another place "
            "with --data.",
        ) from error


def load_settings(**given: Any) -> Settings:
    """Read the settings.

    Args:
        given: values that win over environment and file; those that are None are passed over.

    Raises:
        SettingsError: a name is unknown, a value cannot be, or the file is not valid TOML.
    """
    wanted = tuple((name, value) for name, value in given.items() if value is not None)
    file = SETTINGS_FILE.read_bytes() if SETTINGS_FILE.is_file() else b""
    return _read_settings(wanted, tuple(os.environ.items()), file, os.getcwd())


@lru_cache(maxsize=8)
def _read_settings(
    given: tuple[tuple[str, Any], ...], environment: tuple[tuple[str, str], ...], *_: object
) -> Settings:
    """Read them; all that they depend on is given, so that a page need not read them each time."""
    unknown = sorted(
        name
        for name, _value in environment
        if name.startswith(PREFIX)
        and name.removeprefix(PREFIX).lower() not in Settings.model_fields
    )
    if unknown:
        raise SettingsError(
            f"There is no setting {unknown[0]}.", f"There are: {', '.join(_environment_names())}."
        )
    try:
        return Settings(**dict(given))
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"]))
        raise SettingsError(
            f"The setting {name!r} is not right: {first['msg']}.",
            f"Look in {SETTINGS_FILE} and at {PREFIX}{name.upper()}; "
            f"there are: {', '.join(Settings.model_fields)}.",
        ) from error
    except ValueError as error:
        raise SettingsError(
            f"{SETTINGS_FILE} is not valid TOML: {error}", 'Write lines like: data = "~/coachbot"'
        ) from error


def _environment_names() -> list[str]:
    return [PREFIX + name.upper() for name in Settings.model_fields]
