"""One setting to a LangChain chat model: hosted, on a server of one's own, or a file run in here.

``provider:name`` goes to LangChain's ``init_chat_model``; ``gguf:/path/model.gguf`` is served in
this process by llama.cpp (xllamacpp), which speaks OpenAI's protocol. Whatever goes wrong becomes a
``ModelError`` that names the mend.
"""

from __future__ import annotations

import json
import os
import re
from functools import lru_cache, partial
from importlib.util import find_spec
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, Request, build_opener

from coachbot.errors import ModelError
from coachbot.models.counting import CONTEXT_TOKENS

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

_EXAMPLES = "Write it like ollama:llama3.2, openai:gpt-4o-mini or gguf:/path/model.gguf."
_EXTRAS = {"ollama": "ollama", "openai": "openai", "anthropic": "anthropic", "gguf": "llamacpp"}
_PACKAGES = {
    "ollama": ("langchain_ollama",),
    "openai": ("langchain_openai",),
    "anthropic": ("langchain_anthropic",),
    "gguf": ("langchain_openai", "xllamacpp"),
}
_KEYS = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY"}
_ADDRESSES = {
    "ollama": ("OLLAMA_HOST",),
    "openai": ("OPENAI_API_BASE", "OPENAI_BASE_URL"),
    "anthropic": ("ANTHROPIC_API_URL", "ANTHROPIC_BASE_URL"),
}
"""Where the provider's own package reads the address of another server, in its order."""
_LOOPBACK = ("localhost", "127.0.0.1", "::1", "")
_OLLAMA_CLOUD = "ollama.com"
_OLLAMA = "http://127.0.0.1:11434"
_TEMPERATURE = 0.2
REPLY_TOKENS = 400
"""What a model may write at most."""
_SECONDS_TO_COUNT = 2.0
_RETRIES = 1


def parse_model(setting: str) -> tuple[str, str]:
    """Provider and name of a setting such as ``ollama:llama3.2``.

    Raises:
        ModelError: it is not of that form.
    """
    provider, colon, name = setting.strip().partition(":")
    if not (provider and colon and name):
        raise ModelError(f"{setting!r} does not name a chat model.", _EXAMPLES)
    return provider.lower(), name


_SECRETS = re.compile(
    r"(?<=://)[^/@\s]*@|\bsk-[\w-]+|"
    r"(?i:\b(?:api[-_ ]?key|key|token|bearer|password|passwd|pw|secret)\b\s*[=:]?\s*"
    r"[^\s,;\"']*\d[^\s,;\"']*)"
)
"""What a message about a failure may hold and must not tell: whom a URL names, keys, passwords."""


def place_of(setting: str, url: str = "") -> str:
    """Who reads what is sent to a model: empty if that stays on this machine.

    Args:
        setting: ``provider:name``.
        url: the address of a server that takes the provider's place.

    Returns:
        The provider's name, or the host of the server.
    """
    provider, name = parse_model(setting)
    if provider == "gguf":
        return ""
    if provider == "ollama" and name.endswith("cloud"):
        return _OLLAMA_CLOUD  # the server on this machine only passes the words on
    if (url := _address(provider, url)) or provider == "ollama":
        host = urlsplit(url if "//" in url else f"//{url}").hostname or ""
        return "" if host in _LOOPBACK else host
    return provider


def _address(provider: str, url: str) -> str:
    """The server that takes a provider's place: the one given, or the one its package reads."""
    read = (os.environ.get(name, "") for name in _ADDRESSES.get(provider, ()))
    return url or next(filter(None, read), "")


def check_model(setting: str, url: str = "") -> None:
    """See whether a chat model can be loaded, without loading it or asking anyone.

    Raises:
        ModelError: the setting, the extra, the key or the file is missing or wrong.
    """
    provider, name = parse_model(setting)
    if not all(map(find_spec, _PACKAGES.get(provider, ()))):
        raise _missing_extra(provider)
    if provider == "gguf":
        _check_file(Path(name).expanduser())
    elif provider in _KEYS:
        _check_key(provider, setting, url)
    elif provider not in _EXTRAS and (problem := _problem_of_other(setting, url)):
        raise problem


def _check_key(provider: str, setting: str, url: str) -> None:
    key = _KEYS[provider]
    if not (_address(provider, url) or os.environ.get(key)):
        raise ModelError(
            f"{setting} needs a key, and {key} is not set.",
            f"Set it in the environment ({key}=…), or choose a model on this machine.",
        )


def _check_file(path: Path) -> None:
    if not path.is_file():
        raise ModelError(f"There is no file {path}.", "Give the path of a model in GGUF form.")
    with path.open("rb") as file:
        if file.read(4) != b"GGUF":
            raise ModelError(f"{path} is not a model in GGUF form.", "Give another file.")


@lru_cache(maxsize=8)
def _problem_of_other(setting: str, url: str) -> ModelError | None:
    """What LangChain says of a provider that is not known here; asked once for each setting."""
    try:
        load_model(setting, url)
    except ModelError as error:
        return error
    return None


def load_model(setting: str, url: str = "", seconds: float = 60.0) -> BaseChatModel:
    """Load a chat model; nothing is sent to it yet.

    Args:
        setting: ``provider:name``, such as ``openai:gpt-4o-mini`` or ``gguf:/path/model.gguf``.
        url: the address of a server that speaks the provider's protocol.
        seconds: how long one request may take.

    Raises:
        ModelError: the setting, the extra, the key or the file is missing or wrong.
    """
    provider, name = parse_model(setting)
    if provider == "gguf":
        return _served_file(name, seconds)
    if provider in _KEYS:
        _check_key(provider, setting, url)
    from langchain.chat_models import init_chat_model

    options = _options(provider, url, seconds)
    try:
        model: BaseChatModel = init_chat_model(name, model_provider=provider, **options)  # type: ignore[call-overload]
    except ImportError as error:
        raise _missing_extra(provider) from error
    except Exception as error:  # each provider's package raises its own
        if "nsupported" in str(error) and provider not in _EXTRAS:
            raise _missing_extra(provider) from error
        raise ModelError(
            f"{setting} could not be set up: {_first_line(error)}", _EXAMPLES
        ) from error
    return model


def _options(provider: str, url: str, seconds: float) -> dict[str, object]:
    """What a provider's package is told of how to ask."""
    options: dict[str, object] = {"temperature": _TEMPERATURE}
    if provider == "ollama":
        # What a model thinks before it speaks is never shown; so it need not think aloud.
        options |= {"num_predict": REPLY_TOKENS, "client_kwargs": {"timeout": seconds}}
        options |= {"reasoning": False}
        # Said aloud, for what is longer than its server happens to read is cut without a word.
        options |= {"num_ctx": CONTEXT_TOKENS}
    else:
        options |= {"max_tokens": REPLY_TOKENS, "timeout": seconds, "max_retries": _RETRIES}
    if provider in _KEYS:
        # Said aloud, so that no other variable takes the words elsewhere than ``place_of`` says.
        url = _address(provider, url)
        if url and not os.environ.get(_KEYS[provider]):
            options["api_key"] = "none"
    return options | ({"base_url": url} if url else {})


def explained(error: Exception, setting: str, url: str = "") -> ModelError:
    """What went wrong while a model was asked, as a message that names the mend."""
    if isinstance(error, ModelError):
        return error
    provider, name = parse_model(setting)
    status = getattr(error, "status_code", None)
    told = f"{type(error).__name__} {error}".lower()
    if status in (401, 403):
        return ModelError(f"{setting} refused the key.", f"Check {_KEYS.get(provider, 'the key')}.")
    if status == 429:
        return ModelError(
            f"{setting} takes no more requests {_until(error)}.",
            "Wait a little, or use another model.",
        )
    if status == 404 or "not found" in told:
        hint = f"Fetch it with: ollama pull {name}" if provider == "ollama" else "Check its name."
        return ModelError(
            f"There is no model {name} at {place_of(setting, url) or provider}.", hint
        )
    if "timeout" in told or "timed out" in told:
        return ModelError(
            f"{setting} took too long.", "Try a smaller model, or raise COACHBOT_MODEL_SECONDS."
        )
    if "connect" in told or "refused" in told:
        at = _address(provider, url) or (_OLLAMA if provider == "ollama" else provider)
        hint = "Start it with: ollama serve" if provider == "ollama" else "Check that it runs."
        return ModelError(f"No model server can be reached at {_without_secrets(at)}.", hint)
    return ModelError(f"{setting} failed: {_first_line(error)}", "Run: coachbot doctor")


def _without_secrets(text: str) -> str:
    """A text that any user of the page may read: names, passwords and keys taken out."""
    return _SECRETS.sub("…", text)


def _until(refused: Exception) -> str:
    """For how long a provider takes nothing more, as far as its answer says so."""
    headers = getattr(getattr(refused, "response", None), "headers", None) or {}
    told = str(headers.get("retry-after") or "")
    if not told.isascii() or not told.isdigit() or int(told) < 1:
        return "for now"
    return f"for {told} seconds" if int(told) <= 90 else f"for {ceil(int(told) / 60)} minutes"


def _served_file(name: str, seconds: float) -> BaseChatModel:
    path = Path(name).expanduser()
    _check_file(path)
    try:
        from langchain_openai import ChatOpenAI

        address = _serve(str(path.resolve()))
    except ImportError as error:
        raise _missing_extra("gguf") from error
    return ChatOpenAI(
        model=path.stem,
        base_url=f"{address}/v1",
        api_key="none",  # type: ignore[arg-type]
        temperature=_TEMPERATURE,
        max_completion_tokens=REPLY_TOKENS,
        timeout=seconds,
        max_retries=0,
        custom_get_token_ids=partial(_token_ids, address),
    )


def _token_ids(address: str, text: str) -> list[int]:
    """A text's tokens by the tokenizer of the file that is served at an address of this machine."""
    told = json.dumps({"content": text}).encode()
    asked = Request(f"{address}/tokenize", told, {"Content-Type": "application/json"})
    # No proxy: what is counted stays here.
    with build_opener(ProxyHandler({})).open(asked, timeout=_SECONDS_TO_COUNT) as reply:
        ids: list[int] = json.load(reply)["tokens"]
    return ids


@lru_cache(maxsize=2)
def _serve(path: str) -> str:
    """Serve a model file on a free port of this machine; returns its address."""
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = path
    parameters.n_ctx = CONTEXT_TOKENS
    parameters.n_parallel = 1
    parameters.port = 0
    parameters.verbosity = -1
    parameters.warmup = False
    try:
        server = xllamacpp.Server(parameters)
    except Exception as error:
        raise ModelError(
            f"{path} could not be loaded: {_first_line(error)}", "Give another file."
        ) from error
    _servers.append(server)  # it lives as long as the process
    return str(server.listening_address)


_servers: list[object] = []


def _missing_extra(provider: str) -> ModelError:
    extra = _EXTRAS.get(provider)
    if extra is None:
        return ModelError(f"There is no provider called {provider}.", _EXAMPLES)
    return ModelError(
        f"Models of {provider} need a package that is not installed.",
        f"Install it with: pip install 'coachbot[{extra}]'",
    )


def _first_line(error: Exception) -> str:
    first = (str(error).strip() or type(error).__name__).split("\n")[0]
    return _without_secrets(first)[:200]
