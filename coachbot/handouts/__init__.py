"""Handouts: from the library to a sheet of paper, each line with its source."""
