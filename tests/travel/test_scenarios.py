"""mesh generate: rows for tests and demonstrations."""

from __future__ import annotations

import csv
from pathlib import Path

import duckdb
import pytest
from orchestration.workbench import CONTRACT, ORDERS, Workbench

from mesh_core.publishing.services import Services
from mesh_core.publishing.versions.scenario import made_rows
from mesh_core.quality import checks_for, evaluate
from mesh_core.settings import load_settings

from .conftest import Mesh

ROOT = Path(__file__).parents[2]
PROTECTION = "customProperties: [{property: protection, value: mask}]"


def _csv(text: str) -> list[list[str]]:
    return list(csv.reader(text.splitlines()))


class TestMadeFromTheContract:
    def test_equal_seeds_make_equal_rows(self, mesh: Mesh) -> None:
        first = mesh("generate", ORDERS, "--rows", 20, "--seed", 7)
        assert first.code == 0
        assert first.out == mesh("generate", ORDERS, "--rows", 20, "--seed", 7).out
        assert first.out != mesh("generate", ORDERS, "--rows", 20, "--seed", 8).out
        rows = _csv(first.out)
        assert rows[0] == ["order_id", "customer", "amount", "ordered_on"]
        assert len({row[0] for row in rows[1:]}) == 20

    def test_the_rows_keep_the_contract(self, bench: Workbench, mesh: Mesh, tmp_path: Path) -> None:
        file = tmp_path / "made" / "orders.parquet"
        answer = mesh("generate", ORDERS, "--rows", 300, "--to", file)
        assert (answer.code, answer.out, answer.err) == (0, "", f"wrote 300 rows to {file}\n")
        with duckdb.connect() as connection:
            connection.execute(f"CREATE VIEW made AS FROM '{file}'")
            results = evaluate(checks_for(bench.port(ORDERS).contract), connection, "made", sample_rows=1)
        assert [result.check.name for result in results if not result.success] == []
        assert len(results) == 8

    def test_a_rule_that_cannot_be_kept_is_named(self, bench: Workbench, mesh: Mesh) -> None:
        bench.tiny.edit(
            CONTRACT,
            "SELECT count(*) FROM ${object} WHERE amount > 1000\n        mustBe: 0\n        severity: warning",
            "SELECT count(*) FROM ${object} WHERE hash(amount) % 1000000 <> 1\n        mustBe: 0\n"
            "        severity: error",
        )
        answer = mesh("generate", ORDERS, "--rows", 5)
        assert answer.code == 0
        assert answer.err == "warning: the rows may break modest_orders\n"

    def test_keys_of_ports_that_are_made_apart_join(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("MESH_HOME", str(tmp_path))
        services = Services(load_settings(ROOT))
        made = {
            name: made_rows(services.mesh.port(name), services, rows=200, seed=3).relation
            for name in ("flight_operations.flights", "fleet.carriers")
        }
        with duckdb.connect() as connection:
            (found,) = connection.execute(
                f"SELECT count(*) FROM ({made['flight_operations.flights']}) f "
                f"JOIN ({made['fleet.carriers']}) c ON f.carrier_code = c.carrier_code"
            ).fetchall()
        assert found[0] > 150

    def test_a_file_of_another_kind_is_refused(self, mesh: Mesh) -> None:
        answer = mesh("generate", ORDERS, "--to", "orders.xlsx")
        assert (answer.code, answer.out) == (2, "")
        assert answer.err.startswith("error: orders.xlsx is neither a .csv nor a .parquet file\n")


class TestSampled:
    def test_secrets_are_masked(self, published: Workbench, mesh: Mesh) -> None:
        answer = mesh("generate", ORDERS, "--sample")
        assert sorted(_csv(answer.out)[1:]) == [
            ["1", "•••", "10.5", "2026-01-01"],
            ["2", "•••", "4.0", "2026-01-01"],
            ["3", "•••", "20.0", "2026-01-02"],
        ]

    @pytest.mark.parametrize("protection", ["tokenise", "hash"])
    def test_tokens_keep_equal_values_equal(self, bench: Workbench, mesh: Mesh, protection: str) -> None:
        bench.tiny.edit(CONTRACT, PROTECTION, PROTECTION.replace("mask", protection))
        bench.run()
        answer = mesh("generate", ORDERS, "--sample")
        tokens = {row[0]: row[1] for row in _csv(answer.out)[1:]}
        assert tokens["1"] == tokens["3"] != tokens["2"]  # orders 1 and 3 are Ada's
        assert all(token.startswith("token-") for token in tokens.values())
        assert "@" not in answer.out

    def test_what_is_no_text_is_null(self, published: Workbench, mesh: Mesh) -> None:
        published.tiny.edit(
            CONTRACT,
            "description: Sum of the order in euros.\n        required: true\n        classification: internal",
            "description: Sum of the order in euros.\n        required: true\n        classification: confidential\n"
            f"        {PROTECTION}",
        )
        answer = mesh("generate", ORDERS, "--sample", "--json")
        assert [(row["customer"], row["amount"]) for row in answer.json["rows"]] == [("•••", None)] * 3

    def test_a_sample_is_the_same_in_its_home_only(self, bench: Workbench, mesh: Mesh) -> None:
        bench.tiny.edit(CONTRACT, PROTECTION, PROTECTION.replace("mask", "tokenise"))
        bench.tiny.deliver("2026-01-02", [f"{n},c{n % 7}@example.com,1,2026-01-01" for n in range(200)])
        bench.run()
        first = mesh("generate", ORDERS, "--sample", "--rows", 20, "--seed", 5).out
        assert mesh("generate", ORDERS, "--sample", "--rows", 20, "--seed", 5).out == first
        assert mesh("generate", ORDERS, "--sample", "--rows", 20, "--seed", 6).out != first
        assert len(_csv(first)) == 21
        assert len({row[1] for row in _csv(first)[1:]}) <= 7
        key = bench.settings.home / "sampling.key"
        assert key.stat().st_mode & 0o777 == 0o600
        key.unlink()
        other = mesh("generate", ORDERS, "--sample", "--rows", 20, "--seed", 5).out
        assert {row[1] for row in _csv(other)[1:]} & {row[1] for row in _csv(first)[1:]} == set()

    def test_tokens_of_several_ports_join(self, bench: Workbench, mesh: Mesh) -> None:
        bench.tiny.edit(CONTRACT, PROTECTION, PROTECTION.replace("mask", "hash"))
        bench.run()
        bench.tiny.deliver("2026-01-03", ["7,ada@example.com,1,2026-01-03"])
        before = {row[0]: row[1] for row in _csv(mesh("generate", ORDERS, "--sample").out)[1:]}
        bench.run(run_id="run-2")
        after = {row[0]: row[1] for row in _csv(mesh("generate", ORDERS, "--sample", "--seed", 9).out)[1:]}
        assert after["7"] == after["1"] == before["1"] != before["2"]

    def test_the_access_policies_hold(self, published: Workbench, mesh: Mesh) -> None:
        published.tiny.edit(CONTRACT, f"        {PROTECTION}\n", "")
        answer = mesh("generate", ORDERS, "--sample")
        assert (answer.code, answer.out) == (2, "")
        assert "protection" in answer.err

    def test_nothing_to_sample(self, mesh: Mesh) -> None:
        answer = mesh("generate", ORDERS, "--sample")
        assert (answer.code, answer.out) == (2, "")
        assert answer.err.startswith("error: shop.orders has never been published\n")
