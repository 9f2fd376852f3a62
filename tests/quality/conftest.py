"""Contracts from snippets of YAML, and rows to hold against them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent, indent

import duckdb
import pytest

from mesh_core.contracts import Contract, contract_from
from mesh_core.contracts.document import read_document

_HEAD = """\
apiVersion: v3.2.0
kind: DataContract
id: ops.flights
name: flights
version: 1.0.0
status: active
domain: ops
dataProduct: flights
schema:
  - name: flights
"""

ContractMaker = Callable[[str], Contract]


@pytest.fixture
def contract(tmp_path: Path) -> ContractMaker:
    """A contract whose one schema object has these keys (``properties``, ``quality``)."""

    def make(schema: str) -> Contract:
        path = tmp_path / "flights.contract.yaml"
        path.write_text(_HEAD + indent(dedent(schema).strip("\n"), "    ") + "\n", encoding="utf-8")
        return contract_from(read_document(path, "odcs"))

    return make


@pytest.fixture
def db() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()
