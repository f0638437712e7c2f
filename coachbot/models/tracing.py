"""Steps of an answer as named runs, where a LangChain tracer is listening.

Outside a LangChain call the function is simply called: nothing is imported and nothing is paid.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def traced(name: str, function: Callable[[], T]) -> T:
    """Call a function; inside a LangChain call it is a run of its own, with a name."""
    config = sys.modules.get("langchain_core.runnables.config")
    if config is None or config.var_child_runnable_config.get() is None:
        return function()
    from langchain_core.runnables import RunnableLambda

    def run(_: str) -> T:
        return function()

    return RunnableLambda(run, name=name).invoke(name)
