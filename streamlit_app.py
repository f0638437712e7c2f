"""The web page: navigation only. Run it with ``coachbot serve``."""

import streamlit as st

from coachbot.pages import chat, library
from coachbot.pages.session import ICON
from coachbot.prompts import say

# The icon is a file of our own: Streamlit would fetch a named one from the network.
st.set_page_config(page_title=say("page", "tab"), page_icon=ICON, layout="centered")
st.navigation(
    [st.Page(chat.page, title="Talk"), st.Page(library.show, title="Library", url_path="library")]
).run()
