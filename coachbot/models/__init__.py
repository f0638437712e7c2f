"""Chat models by one setting, where words go, and the names of traced steps."""
