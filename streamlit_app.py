"""The web page: navigation only. Run it with ``coachbot serve``."""

import streamlit as st

from coachbot.pages import chat

st.set_page_config(page_title="coachbot", page_icon=":material/forum:", layout="centered")
st.navigation([st.Page(chat.page, title="Talk", icon=":material/forum:")], position="hidden").run()
