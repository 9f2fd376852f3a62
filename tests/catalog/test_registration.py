"""What is registered comes back, once, whatever happens on the way."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import NullPool, create_engine, text

from mesh_core.catalog import Catalog, CatalogError, ContractRecord, DomainRecord, ProductRecord

from .databases import execute, rows
from .records import FAILING, PASSING, airports, failed, flights


def test_a_publication_comes_back_as_it_was(catalog: Catalog) -> None:
    assert catalog.register(flights())
    assert catalog.publication("ops.flights") == flights()
    assert catalog.publication("ops.flights", 3) == flights()


def test_what_is_not_there_is_none(catalog: Catalog) -> None:
    catalog.register(flights())
    assert catalog.publication("ops.flights", 2) is None
    assert catalog.publication("ops.planes") is None
    assert catalog.contract("ops.flights", "9.0.0") is None
    assert catalog.publications("ops.planes") == ()


def test_registering_twice_changes_nothing(catalog: Catalog, url: str) -> None:
    catalog.register(flights())
    before = rows(url)
    assert not catalog.register(flights())
    assert not catalog.register(flights(rows=99))
    assert rows(url) == before
    assert catalog.publication("ops.flights") == flights()
    assert before == {
        "catalog_schema": 1,
        "domains": 1,
        "products": 1,
        "contracts": 1,
        "ports": 1,
        "attempts": 1,
        "publications": 1,
        "inputs": 2,
        "lineage_edges": 3,
        "internals": 0,
        "columns": 2,
        "check_results": 2,
        "samples": 1,
        "decisions": 0,
        "key_measurements": 0,
        "declarations": 0,
        "cards": 1,
        "needs": 0,
        "changes": 2,
        "uses": 1,
        "confirmations": 0,
        "measurements": 0,
        "indicators": 0,
    }


def test_half_a_registration_is_none(catalog: Catalog, url: str) -> None:
    broken = flights(
        columns=(*flights().columns, *flights().columns), checks=(msgspec.structs.replace(PASSING, name=None),)
    )
    with pytest.raises(CatalogError):
        catalog.register(broken)
    assert set(rows(url).values()) == {0, 1}  # the schema's version alone
    assert catalog.register(flights())


def test_the_newest_version_is_the_latest_in_any_order(catalog: Catalog) -> None:
    catalog.register(flights(4, owner="New owner", product=ProductRecord(id="ops.flights", name="Flights, renamed")))
    catalog.register(flights(3))
    assert catalog.missing("ops.flights", [3, 4, 5, 1]) == (5, 1)
    assert catalog.missing("ops.flights", []) == ()
    latest = catalog.publication("ops.flights")
    assert latest is not None
    assert (latest.table_version, latest.owner, latest.product.name) == (4, "New owner", "Flights, renamed")
    [entry] = catalog.ports()
    assert (entry.table_version, entry.owner, entry.product_name) == (4, "New owner", "Flights, renamed")


def test_ports_are_listed_by_address(catalog: Catalog) -> None:
    catalog.register(flights())
    catalog.register(airports())
    first, second = catalog.ports()
    assert msgspec.to_builtins(second) == {
        "address": "ops.flights",
        "uri": "mesh://ops/flights/v1",
        "domain": "ops",
        "product_id": "ops.flights",
        "product_name": "Flights",
        "contract_id": "ops.flights",
        "contract_version": "1.0.0",
        "contract_status": "active",
        "owner": "Ops team",
        "table_version": 3,
        "published_at": "2013-01-03T06:30:00.000000+00:00",
        "run_id": "run-3",
        "rows": 12,
        "bytes": 3456,
        "checks_passed": 1,
        "checks_failed": 1,
    }
    assert first.address == "airports.airports"


def test_times_are_kept_in_utc(catalog: Catalog) -> None:
    catalog.register(flights(1, published_at="2013-01-05T01:00:00+02:00"))
    catalog.register(flights(2, published_at="2013-01-05T00:30:00Z"))
    times = [attempt.at for attempt in catalog.publications("ops.flights")]
    assert times == ["2013-01-05T00:30:00.000000+00:00", "2013-01-04T23:00:00.000000+00:00"]


def test_failed_attempts_stand_in_the_history(catalog: Catalog) -> None:
    catalog.register(flights(3))
    assert catalog.register_failure(failed(7))
    assert catalog.register_failure(failed(8))
    assert not catalog.register_failure(failed(7))
    history = catalog.publications("ops.flights")
    assert [(line.status, line.table_version, line.rows, line.error) for line in history] == [
        ("failed", None, None, "2 rows break 1 rule"),
        ("failed", None, None, "2 rows break 1 rule"),
        ("published", 3, 12, ""),
    ]
    assert len(catalog.publications("ops.flights", limit=2)) == 2
    published = catalog.publication("ops.flights")
    assert published is not None
    assert published.table_version == 3


def test_a_port_that_only_failed_is_no_port(catalog: Catalog) -> None:
    catalog.register_failure(failed(7))
    assert catalog.ports() == ()
    assert catalog.publication("ops.flights") is None
    assert catalog.missing("ops.flights", [0]) == (0,)


def test_check_results_over_time(catalog: Catalog) -> None:
    catalog.register(flights(2))
    catalog.register(flights(3))
    catalog.register_failure(failed(9))
    outcomes = catalog.check_results("ops.flights")
    assert [(o.table_version, o.check.name, o.check.success) for o in outcomes] == [
        (None, "flight_id_unique", False),
        (3, "rows", True),
        (3, "flight_id_unique", False),
        (2, "rows", True),
        (2, "flight_id_unique", False),
    ]
    assert outcomes[0].check == FAILING
    assert len(catalog.check_results("ops.flights", limit=1)) == 1
    named = catalog.check_results("ops.flights", check="rows")
    assert [o.at for o in named] == ["2013-01-03T06:30:00.000000+00:00", "2013-01-02T06:30:00.000000+00:00"]


def test_contracts_are_kept_by_version_and_digest(catalog: Catalog) -> None:
    def contract(version: str, digest: str) -> ContractRecord:
        return ContractRecord(
            id="ops.flights", version=version, status="active", digest=digest, document={"digest": digest}
        )

    catalog.register(flights(1, contract=contract("1.0.0", "d1")))
    catalog.register(flights(2, contract=contract("1.0.0", "d2")))
    catalog.register(flights(3, contract=contract("1.1.0", "d3")))
    catalog.register(flights(4, contract=contract("1.1.0", "d3")))
    found = catalog.contract_versions("ops.flights")
    assert [(c.version, c.digest) for c in found] == [("1.1.0", "d3"), ("1.0.0", "d2"), ("1.0.0", "d1")]
    assert catalog.contract("ops.flights", "1.0.0") == {"digest": "d2"}
    assert catalog.contracts("ops.flights") == ({"digest": "d3"}, {"digest": "d2"}, {"digest": "d1"})
    first = catalog.publication("ops.flights", 1)
    assert first is not None
    assert first.contract.digest == "d1"


def test_a_table_made_anew_under_an_old_catalog_is_told(catalog: Catalog) -> None:
    catalog.register(flights(3))
    with pytest.raises(CatalogError, match=r"version 3 of ops\.flights is already in the catalog.*run-3"):
        catalog.register(flights(3, run_id="other"))


def test_values_that_json_lacks_are_kept_as_null(catalog: Catalog) -> None:
    check = msgspec.structs.replace(PASSING, observed=float("nan"))
    catalog.register(flights(checks=(check,)))
    [outcome] = catalog.check_results("ops.flights")
    assert outcome.check.observed is None


def test_a_closed_catalog_can_be_opened_again(url: str) -> None:
    with Catalog(url) as first:
        first.register(flights())
    with Catalog(url) as second:
        assert second.publication("ops.flights") == flights()


def test_a_newer_schema_is_refused(url: str) -> None:
    Catalog(url).close()
    execute(url, "UPDATE catalog_schema SET version = 99")
    with pytest.raises(CatalogError, match="has schema 99, this mesh knows 4"):
        Catalog(url)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+nodriver://ann:s3cret@db/mesh?password=s3cret",
        "nosuchdatabase://ann:s3cret@db/mesh",
        "s3cret, not a URL",
        "sqlite:////proc/s3cret/../nowhere/catalog.db",
    ],
)
def test_errors_keep_the_secrets_of_the_url(url: str) -> None:
    with pytest.raises(CatalogError) as error:
        Catalog(url)
    assert "ann:" not in str(error.value)
    assert "s3cret@" not in str(error.value)
    assert "password" not in str(error.value)
    assert error.value.remedy


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "catalog.db").write_text("this is not a database, but it is long enough to be taken for one" * 40)
    with pytest.raises(CatalogError, match="can't be used"):
        Catalog(f"sqlite:///{tmp_path}/catalog.db")


WRITER = """
import sys
from mesh_core.catalog import Catalog
sys.path.insert(0, sys.argv[2])
from catalog.records import airports, failed, flights
with Catalog(sys.argv[1]) as catalog:
    for version in range(1, 16):
        catalog.register(flights(version))
        catalog.register(airports(version))
        catalog.register_internal("ops.silver.clean", {"bronze.raw": version})
    catalog.register_failure(failed(7))
"""


def test_many_processes_on_a_fresh_file_neither_fail_nor_double(url: str) -> None:
    command = [sys.executable, "-c", WRITER, url, str(Path(__file__).parents[1])]
    writers = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    complaints = [writer.communicate(timeout=60)[1] for writer in writers]
    assert complaints == ["", "", "", ""]
    assert [writer.returncode for writer in writers] == [0, 0, 0, 0]
    counts = rows(url)
    assert (counts["attempts"], counts["publications"], counts["ports"]) == (31, 30, 2)
    assert (counts["check_results"], counts["catalog_schema"]) == (15 * 2 + 15 + 1, 1)
    with Catalog(url) as catalog:
        assert catalog.publication("ops.flights") == flights(15)
        assert catalog.missing("airports.airports", range(1, 17)) == (16,)


@contextlib.contextmanager
def writing_for_long(url: str) -> Iterator[None]:
    """Another process's transaction that has written and does not end."""
    with create_engine(url, poolclass=NullPool).connect() as connection:
        if url.startswith("sqlite"):
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        connection.execute(text("UPDATE ports SET owner = 'somebody'"))
        yield
        connection.rollback()


def test_readers_do_not_wait_for_a_writer(url: str) -> None:
    with Catalog(url) as catalog:
        catalog.register(flights())
        catalog.ports()
        with writing_for_long(url):
            start = time.perf_counter()
            assert len(catalog.ports()) == 1
            assert time.perf_counter() - start < 1


def test_registering_and_opening_are_quick(url: str) -> None:
    Catalog(url).close()
    columns = flights().columns[:1] * 40
    wide = tuple(msgspec.structs.replace(column, name=f"c{n}") for n, column in enumerate(columns))
    start = time.perf_counter()
    with Catalog(url) as catalog:
        assert time.perf_counter() - start < 0.1
        catalog.register(flights(1, columns=wide))
        spent = []
        for version in range(2, 12):
            start = time.perf_counter()
            catalog.register(flights(version, columns=wide))
            spent.append(time.perf_counter() - start)
        assert min(spent) < 0.03


def test_importing_the_package_does_not_import_sqlalchemy() -> None:
    code = "import sys, mesh_core.catalog; sys.exit('sqlalchemy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_domain_keeps_its_newest_description(catalog: Catalog) -> None:
    catalog.register(flights(4, domain=DomainRecord(name="ops", description="now")))
    catalog.register(flights(3, domain=DomainRecord(name="ops", description="then")))
    found = catalog.publication("ops.flights", 3)
    assert found is not None
    assert found.domain.description == "now"
