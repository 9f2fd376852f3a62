"""Runs, publications and `mesh register` tell the catalog what the tree holds."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli.calling import MESH, Answer, mesh_process
from orchestration.workbench import ORDERS, REVENUE, Workbench

from mesh_core.catalog import Catalog
from mesh_core.testing import TinyMesh, write_tiny_mesh

from .databases import Postgres

TOKEN = "a-token-of-tests"


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TinyMesh:
    for name in os.environ:
        if name.startswith("MESH_"):
            monkeypatch.delenv(name)
    return write_tiny_mesh(tmp_path / "mesh")


def mesh(tiny: TinyMesh, *words: str, **environment: str) -> Answer:
    return mesh_process(*words, "--root", tiny.root, **environment)


def catalog_of(tiny: TinyMesh) -> Catalog:
    return Catalog(f"sqlite:///{tiny.home}/catalog.db")


class TestRuns:
    def test_a_run_declares_publishes_and_confirms(self, tiny: TinyMesh) -> None:
        assert mesh(tiny, "run").code == 0
        with catalog_of(tiny) as catalog:
            revenue, orders = catalog.cards()
            assert (revenue.address, revenue.inputs, revenue.consumers) == (REVENUE, (ORDERS,), ())
            assert (orders.address, orders.engine, orders.consumers) == (ORDERS, "sql", ("insight.revenue",))
            assert orders.endpoint == str(tiny.home / "lake/shop/orders")
            assert orders.published_at == orders.confirmed_at
            assert [domain.domain.name for domain in catalog.declared_domains()] == ["insight", "shop"]
            first = catalog.declared_domains()[1].ports[0]
            assert first.contract_file == "domains/shop/orders/orders.contract.yaml"
            assert first.code_file == "domains/shop/orders/orders.sql"
            seen = catalog.last_change()
        assert mesh(tiny, "run").code == 0
        with catalog_of(tiny) as catalog:
            for card in catalog.cards():
                assert card.confirmed_at > card.published_at
            assert catalog.last_change() == seen

    def test_a_publication_declares_its_own_domain(self, tiny: TinyMesh) -> None:
        bench = Workbench(tiny)
        bench.run(run_id="first")
        with catalog_of(tiny) as catalog:
            assert {card.address: bool(card.declared_at) for card in catalog.cards()} == {ORDERS: True, REVENUE: True}
        assert bench.step(ORDERS, run_id="second").status == "unchanged"
        tiny.edit("domains/shop/domain.yaml", "description: ", "description: Since today. ")
        bench.step(ORDERS, run_id="third")
        from mesh_core.catalog.journal import Journal

        with catalog_of(tiny) as catalog:
            declared = catalog.declared_domain("shop")
            assert declared is not None
            assert declared.domain.description.startswith("Since today. ")
            catalog.absorb(Journal(bench.settings.journal))
            assert [found.run_id for found in catalog.confirmations(ORDERS)] == ["second"]

    def test_a_port_that_never_came_out_is_known_all_the_same(self, tiny: TinyMesh) -> None:
        tiny.deliver("2026-01-02", ["5,dan@example.com,-1.00,2026-01-03"])
        assert mesh(tiny, "run").code == 1
        with catalog_of(tiny) as catalog:
            card = catalog.cards([ORDERS])[0]
            assert (card.table_version, bool(card.failed_at), bool(card.declared_at)) == (None, True, True)

    def test_a_broken_domain_keeps_its_last_declaration(self, tiny: TinyMesh) -> None:
        mesh(tiny, "register")
        tiny.file("domains/shop/domain.yaml").write_text("name: [")
        assert mesh(tiny, "run").code == 2
        with catalog_of(tiny) as catalog:
            assert [(card.address, card.withdrawn_at) for card in catalog.cards()] == [(REVENUE, ""), (ORDERS, "")]


class TestRegister:
    def test_it_tells_what_was_news(self, tiny: TinyMesh) -> None:
        first, again = mesh(tiny, "register", "--json"), mesh(tiny, "register", "--json")
        assert (first.code, again.code) == (0, 0)
        shop = {"domain": "shop", "changed": True, "products": 1, "ports": 1}
        assert first.json == {"domains": [{**shop, "domain": "insight"}, shop], "errors": []}
        assert [each["changed"] for each in again.json["domains"]] == [False, False]
        tiny.edit("domains/shop/domain.yaml", "description: ", "description: Since today. ")
        told = mesh(tiny, "register", "shop").out
        assert told == "✓ shop declared 1 product, 1 port\n"

    def test_a_domain_is_withdrawn_by_name(self, tiny: TinyMesh) -> None:
        mesh(tiny, "register")
        assert mesh(tiny, "register", "--withdraw", "shop").out == "shop withdrawn\n"
        assert mesh(tiny, "register", "--withdraw", "shop").code == 1
        assert mesh(tiny, "register", "--withdraw").code == 2
        with catalog_of(tiny) as catalog:
            assert [domain.domain.name for domain in catalog.declared_domains()] == ["insight"]

    def test_what_does_not_load_is_told_and_the_rest_registered(self, tiny: TinyMesh) -> None:
        tiny.file("domains/shop/domain.yaml").write_text("name: [")
        answer = mesh(tiny, "register", "--json")
        assert answer.code == 2
        assert [each["domain"] for each in answer.json["domains"]] == ["insight"]
        assert [each["domain"] for each in answer.json["errors"]] == ["shop"]
        assert mesh(tiny, "register", "nowhere").code == 2

    def test_a_repair_declares_too(self, tiny: TinyMesh) -> None:
        mesh(tiny, "run")
        (tiny.home / "catalog.db").unlink()
        assert mesh(tiny, "repair").code == 0
        with catalog_of(tiny) as catalog:
            assert all(card.declared_at and card.table_version == 0 for card in catalog.cards())


@contextlib.contextmanager
def service(tiny: TinyMesh, **environment: str) -> Iterator[str]:
    """The URL of `mesh serve` on the tree's catalog."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MESH_", "DAGSTER_"))}
    command = [str(MESH), "serve", "--port", "0", "--no-declare", "--root", str(tiny.root)]
    process = subprocess.Popen(command, env={**kept, **environment}, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        lines = iter(process.stderr.readline, "")
        url = next(found[0] for line in lines if (found := re.search(r"http://127\.0\.0\.1:\d+", line)))
        yield url
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)


def test_a_domain_registers_with_a_service(tiny: TinyMesh, tmp_path: Path) -> None:
    central = write_tiny_mesh(tmp_path / "central")
    with service(central, MESH_REGISTRATION_TOKEN=TOKEN) as url:
        told = mesh(tiny, "register", "shop", "--url", url, "--json", MESH_REGISTRATION_TOKEN=TOKEN)
        assert (told.code, told.json["domains"][0]["changed"]) == (0, True), told
        again = mesh(tiny, "register", "shop", "--url", url, "--json", MESH_REGISTRATION_TOKEN=TOKEN)
        assert again.json["domains"] == [{"domain": "shop", "changed": False, "products": 1, "ports": 1}]
        refused = mesh(tiny, "register", "shop", "--url", url, MESH_REGISTRATION_TOKEN="wrong")
        assert refused.code == 2
        assert "refuses the registration: the token is not the service's" in refused.err
        assert mesh(tiny, "register", "shop", "--url", f"{url}/elsewhere", MESH_REGISTRATION_TOKEN=TOKEN).code == 2
    with catalog_of(central) as catalog:
        [card] = catalog.cards()
        assert (card.address, card.endpoint) == (ORDERS, str(tiny.home / "lake/shop/orders"))
    assert not (tiny.home / "catalog.db").exists()


@pytest.mark.parametrize(
    ("url", "token", "what"),
    [
        ("http://127.0.0.1:9", "", "needs its token"),
        ("http://catalog.example", TOKEN, "the token would go to catalog.example unencrypted"),
        ("ftp://127.0.0.1", TOKEN, "no http or https URL"),
        ("https://ann:secret@catalog.example", TOKEN, "no http or https URL"),
    ],
)
def test_a_token_goes_nowhere_that_it_should_not(tiny: TinyMesh, url: str, token: str, what: str) -> None:
    answer = mesh(tiny, "register", "--url", url, MESH_REGISTRATION_TOKEN=token)
    assert answer.code == 2
    assert what in answer.err
    assert "secret" not in answer.err


@pytest.mark.mesh
def test_the_reference_mesh_runs_on_postgresql(server: Postgres, tmp_path: Path) -> None:
    url, root = server.fresh(), Path(__file__).parents[2]
    environment = {"MESH_HOME": str(tmp_path / "home"), "MESH_CATALOG_URL": url}
    command = [str(MESH), "run", "--json", "--root", str(root)]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MESH_", "DAGSTER_"))}
    done = subprocess.run(command, env={**kept, **environment}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    again = subprocess.run(command, env={**kept, **environment}, capture_output=True, text=True, check=False)
    assert again.returncode == 0
    assert '"published"' not in again.stdout
    with Catalog(url) as catalog:
        cards = catalog.cards()
        assert len(cards) == 13
        assert all(card.table_version == 0 and card.confirmed_at > card.published_at for card in cards)
        assert catalog.publication("flight_operations.flights").rows == 336_776  # type: ignore[union-attr]
        assert len(catalog.lineage("network_planning.route_utilisation").nodes) > 8
        assert len(catalog.flows()) > 10
    assert not (tmp_path / "home" / "catalog.db").exists()
