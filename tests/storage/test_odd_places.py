"""A home whose path has a space, a percent sign and an accent is read like any other."""

from __future__ import annotations

from pathlib import Path

from mesh_core.storage import Lake, connect


def test_a_lake_in_a_folder_with_a_space_is_read(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "my mesh 100% é" / "lake")
    table = lake.table("shop/orders")
    with connect(tmp_path / "scratch", "256MB") as connection:
        staged = lake.stage(connection, "SELECT 1::BIGINT AS id UNION ALL SELECT 2", table, ("id",))
        lake.commit(staged, {"id": ("BIGINT", "")}, onto=None, facts={"rows": "2"})
        pinned = lake.pin(table)
        assert pinned is not None
        assert connection.execute(f"SELECT sum(id) FROM ({pinned.relation})").fetchall() == [(3,)]
