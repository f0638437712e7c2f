"""A browser's tab as the page's server sees it, without the browser.

It is a Streamlit session over its websocket, in Streamlit's own messages: what the person does goes
up as the state of widgets (``BackMsg``), what is drawn comes down element by element
(``ForwardMsg``). As a browser does, it tells its token, says once that the person is an adult, and
names the large elements that it has, so that they are not sent again.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from html import unescape

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Button_pb2 import Button
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.Common_pb2 import ChatInputValue
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from coachbot.prompts import say

_SAID = re.compile(r"<div class='said' id='turn-\d+'>.*?<p>(.*)</p></div>", re.DOTALL)
_REPLY = re.compile(r"<div class='(?:reply|card)'")

PATIENCE = 120.0
"""Seconds after which a page that is not drawn, or a reply that is not whole, counts as none."""


class PageError(Exception):
    """The page shows an error, or not what this person wrote and was answered."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A message and what came of it.

    Args:
        message: what was written.
        reply: the whole reply, as HTML.
        first: seconds from sending to the first sentence.
        whole: seconds from sending until the page was drawn to its end.
    """

    message: str
    reply: str
    first: float
    whole: float


@asynccontextmanager
async def visit(url: str, token: str) -> AsyncIterator[Tab]:
    """A tab that has opened the talk, as an adult's.

    Args:
        url: where the page is, such as ``http://127.0.0.1:8501``.
        token: the tab's; one that comes back with the same is a tab that is reloaded.

    Raises:
        PageError: the page is not the talk.
        OSError, websockets.WebSocketException: the server does not answer.
    """
    address = url.replace("http", "ws", 1) + "/_stcore/stream"
    # No pings of its own: a browser sends none, and gives up less early on a busy server.
    async with connect(
        address,
        subprotocols=[Subprotocol("streamlit")],
        open_timeout=PATIENCE,
        ping_interval=None,
        max_size=None,
    ) as socket:
        tab = Tab(socket)
        await tab.enter(token)
        yield tab


class Tab:
    """One session. ``talk`` holds the messages written so far, ``elements`` what is on the page.

    Args:
        socket: open, with nothing sent yet.
    """

    def __init__(self, socket: ClientConnection) -> None:
        self.talk: list[str] = []
        self.elements: dict[tuple[int, ...], Element] = {}
        self._socket = socket
        self._page = ""
        self._token = WidgetState()
        self._large: dict[str, ForwardMsg] = {}

    async def enter(self, token: str) -> None:
        """Open the page: tell the token that it asks for, and then the age, if it asks that."""
        await self._run()
        asking = [e.bidi_component for e in self._all("bidi_component")]
        if not asking:
            raise PageError("the page does not ask for the tab's token")
        # As the page's script writes a component's state.
        self._token = WidgetState(id=asking[0].id, json_value=json.dumps({"tab": token}))
        await self._run()
        if self._button(say("page", "adult-yes")):
            await self.press(say("page", "adult-yes"))

    async def press(self, label: str) -> None:
        """Press a button and wait until the page is drawn anew."""
        button = self._button(label)
        if not button:
            raise PageError(f"there is no button {label!r}")
        await self._run(WidgetState(id=button.id, trigger_value=True))

    async def ask(self, message: str) -> Exchange:
        """Write a message and wait for the whole reply.

        Raises:
            PageError: there is an error, no reply, or a message that is not this talk's.
        """
        boxes = self._all("chat_input")
        if not boxes:
            raise PageError("there is no box to write in")
        written = ChatInputValue(data=message)
        number, asked, first = len(self.talk) + 1, False, 0.0
        began = time.perf_counter()
        async with asyncio.timeout(PATIENCE):
            await self._send(WidgetState(id=boxes[0].chat_input.id, chat_input_value=written))
            async for element in self._drawn():
                asked = asked or f"id='turn-{number}'" in element.html.body
                if asked and not first and _REPLY.search(element.html.body):
                    first = time.perf_counter() - began
        whole = time.perf_counter() - began
        self.talk.append(message)
        if self.messages() != self.talk:
            raise PageError("the page shows other messages than this person wrote")
        replies = self.replies()
        if not first or len(replies) != len(self.talk):
            raise PageError("there is no reply")
        return Exchange(message, replies[-1], first, whole)

    async def begin_anew(self) -> None:
        """Begin another talk."""
        await self.press(say("page", "new-conversation"))
        self.talk = []

    def messages(self) -> list[str]:
        """What the page shows as written by the person."""
        found = (_SAID.search(element.html.body) for element in self._all("html"))
        return [unescape(one[1]) for one in found if one]

    def replies(self) -> list[str]:
        """The replies on the page, as HTML."""
        bodies = [element.html.body for element in self._all("html")]
        return [body for body in bodies if _REPLY.search(body)]

    def _all(self, kind: str) -> list[Element]:
        """The elements of a kind, from the top of the page down."""
        drawn = [self.elements[path] for path in sorted(self.elements)]
        return [element for element in drawn if element.WhichOneof("type") == kind]

    def _button(self, label: str) -> Button | None:
        buttons = (element.button for element in self._all("button"))
        return next((button for button in buttons if button.label == label), None)

    async def _run(self, *triggers: WidgetState) -> None:
        """Have the page drawn, to its end."""
        async with asyncio.timeout(PATIENCE):
            await self._send(*triggers)
            async for _ in self._drawn():
                pass

    async def _send(self, *triggers: WidgetState) -> None:
        state = ClientState(page_script_hash=self._page, cached_message_hashes=list(self._large))
        held = [self._token] if self._token.id else []
        state.widget_states.widgets.extend([*held, *triggers])
        await self._socket.send(BackMsg(rerun_script=state).SerializeToString())

    async def _drawn(self) -> AsyncIterator[Element]:
        """The elements as they come, until the script has run to its end."""
        while True:
            received = await self._socket.recv(decode=False)
            message = ForwardMsg.FromString(received)
            kind, path = message.WhichOneof("type"), tuple(message.metadata.delta_path)
            if kind == "ref_hash":
                message = self._large[message.ref_hash]
                kind = message.WhichOneof("type")
            if kind == "new_session":
                self.elements.clear()
            elif kind == "navigation":
                self._page = message.navigation.page_script_hash
            elif kind == "delta" and message.delta.HasField("new_element"):
                if message.metadata.cacheable:
                    self._large[message.hash] = message
                element = self.elements[path] = message.delta.new_element
                _refuse_errors(element)
                yield element
            elif kind == "script_finished":
                # After st.rerun() the script runs once more, and that is the page's last word.
                if message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                    return
                if message.script_finished == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
                    raise PageError("the page's script does not compile")


def _refuse_errors(element: Element) -> None:
    if element.HasField("exception"):
        raise PageError(element.exception.message or element.exception.type)
    if element.HasField("alert") and element.alert.format == Alert.ERROR:
        raise PageError(element.alert.body)
