"""The index of the library and what is found in it for a question."""
