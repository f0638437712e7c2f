"""How many tokens a text takes of a chat model's context, counted without asking anybody.

LangChain counts with the tokenizer that a model was given (``custom_get_token_ids``). Without one
it would fetch a tokenizer from a hub, or ask the provider, and words would leave this machine just
to be counted; there a guess from the length of the text serves.
"""

from __future__ import annotations

from contextlib import suppress
from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

CONTEXT_TOKENS = 4096
"""What any model of today reads at least; prompts are kept within it."""
_BYTES_A_TOKEN = 3
"""A low guess, so that the budget holds for any tokenizer: English has four or more to a token, and
a sign of Chinese or Japanese, three bytes long, is often a token of its own."""


def count_tokens(model: BaseChatModel, text: str) -> int:
    """Tokens of a text: by the model's own tokenizer if it has one here, else by a guess."""
    if model.custom_get_token_ids is not None:
        with suppress(Exception):  # a tokenizer may be on a server of this machine, and fail
            return model.get_num_tokens(text)
    return ceil(len(text.encode("utf-8", "replace")) / _BYTES_A_TOKEN)


def context_of(model: BaseChatModel) -> int:
    """How many tokens a model reads at most: what LangChain knows, else ``CONTEXT_TOKENS``."""
    known = getattr(model, "profile", None) or {}
    return int(known.get("max_input_tokens") or CONTEXT_TOKENS)
