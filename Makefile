# `make plan` and `make test` need Python 3.11 or newer (with venv) and nothing else; they keep all in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OUT := out

.PHONY: plan test check install dev clean benchmarks

plan: install
	$(BIN)/musubime sample $(OUT)/sample
	$(BIN)/musubime plan $(OUT)/sample --out $(OUT)/plan
	@echo "Open $(CURDIR)/$(OUT)/plan/plan.html"

test: dev
	PATH="$(CURDIR)/$(BIN):$$PATH" bash .ci/checks

install: $(VENV)/.installed
dev: $(VENV)/.dev

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys, ensurepip; assert sys.version_info >= (3, 11), sys.version' || { \
	  echo "Python 3.11 or newer with venv is needed: apt-get install python3 python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check -e .
	touch $@

$(VENV)/.dev: $(VENV)/.installed pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev,web,postgres]'
	touch $@

benchmarks: dev
	$(BIN)/python benchmarks/plan.py

clean:
	rm -rf $(OUT) build dist
