# The README's two commands. VENV names the virtual environment they make.
VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin

.PHONY: chat test

chat: $(VENV)/.installed
	$(BIN)/coachbot serve

test: $(VENV)/.installed-test
	$(BIN)/python -m pytest

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install -c constraints.txt -e .
	touch $@

$(VENV)/.installed-test: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install -c constraints.txt -e '.[test]'
	touch $@ $(VENV)/.installed
