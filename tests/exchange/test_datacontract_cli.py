"""The ecosystem's own tool as judge: it accepts our contracts, and reads our exports as we do."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mesh_core.contracts import yaml_text
from mesh_core.contracts.odcs import Contract
from mesh_core.exchange.avro import to_avro
from mesh_core.exchange.ddl import to_sql
from mesh_core.exchange.json_schema import to_json_schema
from mesh_core.exchange.table import table_of
from mesh_core.testing import write_tiny_mesh


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a connection was tried")

    with monkeypatch.context() as patched:
        patched.setattr(socket.socket, "connect", refuse)
        yield


def lint(path: Path) -> list[str]:
    from datacontract.data_contract import DataContract

    run = DataContract(data_contract_file=str(path), all_errors=True).lint()
    return [f"{check.result.value}: {check.reason or check.name}" for check in run.checks]


def test_its_lint_accepts_every_contract(contract: Contract) -> None:
    version = contract.document.raw["apiVersion"]
    assert lint(contract.path) == [f"passed: Data contract is valid against ODCS {version}"]


def test_its_lint_accepts_the_contracts_of_the_tiny_mesh_and_an_imported_one(tmp_path: Path) -> None:
    from mesh_core.exchange import import_file

    tiny = write_tiny_mesh(tmp_path / "mesh")
    ddl = tmp_path / "t.sql"
    ddl.write_text("CREATE TABLE web.clicks (at TIMESTAMP PRIMARY KEY, tags VARCHAR[], place STRUCT(x INT))")
    draft = tmp_path / "draft.yaml"
    draft.write_text(import_file(ddl, "sql").text)
    contracts = [*tiny.root.rglob("*.contract.yaml"), draft]
    assert len(contracts) == 3
    for path in contracts:
        assert lint(path) == ["passed: Data contract is valid against ODCS v3.2.0"]


def test_its_lint_refuses_what_is_wrong(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("apiVersion: v3.2.0\nkind: DataContract\nid: a\nversion: 1.0.0\nstatus: active\nbogus: 1\n")
    assert [line.partition(":")[0] for line in lint(wrong)] == ["failed"]


def imported(kind: str, text: str, folder: Path, **words: str) -> list[tuple[str, str, bool]]:
    from datacontract.data_contract import DataContract

    file = folder / "exported"
    file.write_text(text)
    odcs = DataContract.import_from_source(kind, str(file), **words)
    return [(prop.name, prop.logicalType, bool(prop.required)) for prop in odcs.schema_[0].properties]


def promised(contract: Contract) -> list[tuple[str, str, bool]]:
    return [(column.name, column.logical_type, column.required) for column in contract.columns]


def test_it_reads_our_ddl_as_the_contract_says(contract: Contract, tmp_path: Path) -> None:
    assert imported("sql", to_sql(table_of(contract)), tmp_path, dialect="duckdb") == promised(contract)


def test_it_reads_our_json_schema_as_the_contract_says(contract: Contract, tmp_path: Path) -> None:
    texts = {"date": "string", "timestamp": "string"}  # it passes over formats
    wanted = [(name, texts.get(logical, logical), required) for name, logical, required in promised(contract)]
    assert imported("jsonschema", to_json_schema(table_of(contract)), tmp_path) == wanted


def test_its_avro_and_ours_agree_on_names_dates_and_instants(contract: Contract) -> None:
    """Not on more: it writes 64-bit integers as int, numbers as decimals, and null where nothing is said as no null."""
    from datacontract.data_contract import DataContract

    written = yaml_text.document(contract.document.raw)
    theirs = json.loads(DataContract(data_contract_str=written).export("avro"))
    ours = json.loads(to_avro(table_of(contract)))
    assert [temporal(field) for field in ours["fields"]] == [temporal(field) for field in theirs["fields"]]


def temporal(field: dict[str, Any]) -> tuple[str, str]:
    kinds = field["type"] if isinstance(field["type"], list) else [field["type"]]
    logical = [kind.get("logicalType", "") for kind in kinds if isinstance(kind, dict)]
    told = next((name for name in logical if name.startswith(("date", "timestamp"))), "")
    return field["name"], told.partition("-")[0]  # milliseconds are its only instants
