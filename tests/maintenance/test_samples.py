"""The catalog keeps sampled rows of a port's newest versions, and everything else of all of them."""

from __future__ import annotations

from pathlib import Path

import msgspec
from catalog.records import airports, flights

from mesh_core.catalog import Catalog


def test_samples_of_old_versions_go(tmp_path: Path) -> None:
    with Catalog(f"sqlite:///{tmp_path}/catalog.db") as catalog:
        for version in range(1, 6):
            catalog.register(flights(version))
        catalog.register(airports(1))
        assert flights().sample
        assert catalog.forget_samples(3) == 2
        told = [catalog.publication("ops.flights", version) for version in range(1, 6)]
        assert told[0] == msgspec.structs.replace(flights(1), sample=())
        assert told[1] == msgspec.structs.replace(flights(2), sample=())
        assert told[2:] == [flights(3), flights(4), flights(5)]
        assert catalog.publication(airports(1).address) == airports(1)
        assert catalog.forget_samples(3) == 0
        assert not catalog.register(flights(1))


def test_an_empty_catalog(tmp_path: Path) -> None:
    with Catalog(f"sqlite:///{tmp_path}/catalog.db") as catalog:
        assert catalog.forget_samples(20) == 0
