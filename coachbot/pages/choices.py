"""How answers are made and what is kept: chosen for one visit or, where people log in, for all.

Without a login the page belongs to whoever opens it on its own machine, and a choice holds for
their visit. Where a login is configured, those whom the settings name as admins choose for
everyone, and the choice is kept in the folder that all pages of the place share.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass, fields, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st

from coachbot.coach import Coach
from coachbot.errors import CoachbotError, ModelError
from coachbot.models.loading import check_model, explained, load_model, place_of
from coachbot.pages.roles import Role, login_configured, may
from coachbot.pages.session import coach
from coachbot.prompts import say
from coachbot.settings import Settings, load_settings, write_whole

_FILE = "page.json"


@dataclass(frozen=True, slots=True)
class Choices:
    """What can be chosen on the page.

    Args:
        model: the chat model, such as ``ollama:llama3.2``; empty if there is none.
        writes: whether it writes the answers; quoted if not.
        keep: whether conversations are stored.
        handouts_only: whether the page offers no talk.
    """

    model: str = ""
    writes: bool = False
    keep: bool = False
    handouts_only: bool = False


_SAFE = Choices(handouts_only=True)
"""What holds where nobody knows what was chosen: nothing stored, no talk, no model."""


def choices() -> Choices:
    """What holds for this visit; a place whose settings say "handouts only" has no talk."""
    settings = load_settings()
    found: Choices = (
        _of_all(settings)
        if login_configured()
        else st.session_state.get("choices", _settled(settings))
    )
    return replace(found, handouts_only=found.handouts_only or settings.handouts_only)


def choose(**changes: Any) -> None:
    """Change choices: for this visit, or for all where an admin is logged in.

    Args:
        changes: fields of ``Choices`` by name.

    Raises:
        StorageError: the choice cannot be kept; what was chosen before holds.
    """
    if not may(Role.ADMIN):
        return
    if login_configured():
        settings = load_settings()
        chosen = replace(_of_all(settings), **changes)
        write_whole(settings.shared_folder / _FILE, json.dumps(asdict(chosen)))
    else:
        st.session_state["choices"] = replace(choices(), **changes)


def place_of_model() -> str:
    """Who reads what is sent to the chosen model; empty if it stays on this machine, or none is."""
    model = choices().model
    try:
        return place_of(model, load_settings().model_url) if model else ""
    except ModelError:
        return ""


def problem_of_model() -> str:
    """Why the chosen model cannot write, and what to do; empty if it can, or if none is chosen."""
    model = choices().model
    try:
        if model:
            check_model(model, load_settings().model_url)
    except ModelError as error:
        return say("models", "not-usable", message=error.message, hint=error.hint)
    return ""


def agreed() -> bool:
    """Whether this person's words may go to the chosen model."""
    place = place_of_model()
    return not place or place in st.session_state.get("agreed", ())


def agree() -> None:
    """This person lets their words go to the chosen model."""
    st.session_state["agreed"] = {*st.session_state.get("agreed", ()), place_of_model()}


def declined() -> bool:
    """Whether this person has said that theirs may not."""
    return place_of_model() in st.session_state.get("declined", ())


def decline() -> None:
    """This person's words stay here; for others nothing changes."""
    st.session_state["declined"] = {*st.session_state.get("declined", ()), place_of_model()}


def model_writes() -> bool:
    """Whether the chosen model writes this person's answers."""
    chosen = choices()
    return bool(chosen.model) and chosen.writes and agreed()


def chosen_coach() -> Coach:
    """The Coach as this visit wants it.

    Raises:
        CoachbotError: it cannot be opened.
    """
    model = choices().model if model_writes() else ""
    opened, settings = coach(), load_settings()
    return _written_by(opened, settings.model_copy(update={"model": model})) if model else opened


def tried(model: str) -> str:
    """Ask a chat model for one word, and say what came of it."""
    settings = load_settings()
    try:
        place_of(model, settings.model_url)
        loaded = load_model(model, settings.model_url, min(settings.model_seconds, 20.0))
        try:
            loaded.invoke(say("page", "model-trial"))
        except Exception as error:  # each provider's package raises its own
            raise explained(error, model, settings.model_url) from error
    except CoachbotError as error:
        return f"{error.message} {error.hint}".strip()
    return say("page", "model-answers", model=model)


@st.cache_resource(show_spinner=False, hash_funcs={Settings: repr, Coach: id})
def _written_by(opened: Coach, settings: Settings) -> Coach:
    return opened.written_by(settings)


def _settled(settings: Settings) -> Choices:
    return Choices(
        settings.model, bool(settings.model), settings.keep_conversations, settings.handouts_only
    )


def _of_all(settings: Settings) -> Choices:
    path, settled = settings.shared_folder / _FILE, _settled(settings)
    try:
        chosen = replace(settled, **json.loads(path.read_text(encoding="utf-8")))
        if any(type(getattr(chosen, one.name)) is not type(one.default) for one in fields(chosen)):
            raise TypeError("a value is of another kind")
    except FileNotFoundError:
        return settled
    except (OSError, ValueError, TypeError) as error:
        _name_damage(path, str(error))
        return _SAFE
    return chosen


@lru_cache
def _name_damage(path: Path, error: str) -> None:
    """Say once, to whoever runs the place, that the choices of all cannot be read."""
    print(say("page", "choices-damaged", path=path, error=error), file=sys.stderr, flush=True)
