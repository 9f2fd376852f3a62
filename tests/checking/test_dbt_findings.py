"""dbt models are bound and their nulls followed like other SQL; one test, since each state of a project costs dbt."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mesh_core.testing import TinyMesh

from .conftest import Findings

PROJECT = {
    "dbt_project.yml": (
        "name: insight\nversion: 1.0.0\nconfig-version: 2\nprofile: insight\nmodel-paths: [models]\n"
        "flags: {send_anonymous_usage_stats: false}\n"
    ),
    "profiles.yml": (
        "insight:\n  target: mesh\n  outputs:\n    mesh:\n      type: duckdb\n"
        "      path: \"{{ var('database', ':memory:') }}\"\n"
    ),
    "models/sources.yml": (
        "sources:\n  - name: shop\n    schema: shop\n    tables:\n      - name: orders\n"
        "        config: {meta: {dagster: {asset_key: [shop, orders]}}}\n"
    ),
    "models/staging/large.sql": "SELECT order_id, ordered_on, amount FROM {{ source('shop', 'orders') }}\n",
    "models/revenue/revenue.sql": (
        "SELECT orders.ordered_on AS day,\n"
        "  count(*) AS orders,\n"
        "  max(large.amount) AS revenue,\n"
        "  1 AS more\n"
        "FROM {{ source('shop', 'orders') }} AS orders\n"
        "LEFT JOIN {{ ref('large') }} AS large ON large.order_id = orders.order_id AND large.amount > 5\n"
        "GROUP BY 1\n"
    ),
}
MODEL = "dbt_projects/insight/models/revenue/revenue.sql"


@pytest.fixture
def project(tiny: TinyMesh) -> None:
    """``insight.revenue`` as a dbt model."""
    tiny.file("domains/insight/revenue/revenue.sql").unlink()
    for path, text in PROJECT.items():
        file = tiny.file(f"dbt_projects/insight/{path}")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


@pytest.mark.usefixtures("project")
def test_a_model_is_bound_and_its_project_must_compile(tiny: TinyMesh, findings: Callable[..., Findings]) -> None:
    nulls, extra = findings()
    assert (nulls["code"], nulls["file"], nulls["line"]) == ("nullability", str(tiny.file(MODEL)), 3)
    assert nulls["message"] == (
        "column 'revenue' is required by revenue.contract.yaml and can be null: "
        "the LEFT JOIN in line 6 may find no row of main.large"
    )
    assert (extra["code"], extra["file"], extra["line"]) == ("column-extra", str(tiny.file(MODEL)), 4)
    tiny.edit(MODEL, "ref('large')", "ref('huge')")
    (broken,) = findings()
    assert (broken["code"], broken["file"]) == ("dbt-invalid", str(tiny.file("dbt_projects/insight/dbt_project.yml")))
    assert "huge" in broken["message"]
