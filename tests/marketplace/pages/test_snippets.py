"""What is copied from a page runs as it stands: each snippet is taken from the page and executed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest
import yaml

from mesh_core.catalog import Card, CardColumn
from mesh_core.cli import main
from mesh_core.marketplace.pages.snippets import snippets_of
from mesh_core.model import Address
from mesh_core.testing import TinyMesh, write_tiny_mesh

from ..small_mesh import SmallMesh, no_settings
from .reading import Page

Open = Callable[..., Page]

DBT = {
    "dbt_project.yml": (
        "name: insight\nversion: 1.0.0\nconfig-version: 2\nprofile: insight\nmodel-paths: [models]\n"
        "flags: {send_anonymous_usage_stats: false}\n"
    ),
    "profiles.yml": (
        "insight:\n  target: mesh\n  outputs:\n    mesh:\n      type: duckdb\n"
        "      path: \"{{ var('database', ':memory:') }}\"\n"
    ),
    "models/revenue/revenue.sql": (
        "SELECT ordered_on AS day, count(*) AS orders, sum(amount) AS revenue\n"
        "FROM {{ source('shop', 'orders') }}\nGROUP BY 1\n"
    ),
}


def snippet(found: Page, name: str) -> str:
    """The text that the copy button copies."""
    begin = found.html.index(f"<figcaption>{name}</figcaption>")
    code = found.html[found.html.index("<code", begin) :]
    return unescape(code[code.index(">") + 1 : code.index("</code>")])


def run(text: str, folder: Path) -> str:
    """The output of a program that starts in the mesh's folder, warnings being errors."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", text], cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Python", "version 0: [(1, 10.5, datetime.date(2026, 1, 1))"),
        ("pandas", "34.5"),
        ("DuckDB", "ordered_on"),
    ],
)
def test_programs_run(page: Open, small_mesh: SmallMesh, name: str, told: str) -> None:
    text = snippet(page("/ports/shop.orders"), name)
    if name == "pandas":
        text += "\nprint(frame['amount'].sum())"
    with no_settings():
        assert told in run(text, small_mesh.tiny.root)


def test_the_command_runs(
    page: Open, small_mesh: SmallMesh, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import shlex

    command, *words = shlex.split(snippet(page("/ports/insight.revenue"), "SQL"))
    monkeypatch.chdir(small_mesh.tiny.root)
    assert command == "mesh"
    assert main([*words, "--format", "csv"]) == 0
    assert capsys.readouterr().out.splitlines() == ["day,orders,revenue", "2026-01-01,2,14.5", "2026-01-02,1,20.0"]


def test_a_product_with_the_input_port_and_the_dbt_source_checks_clean(
    page: Open, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    found = page("/ports/shop.orders")
    tiny = write_tiny_mesh(tmp_path / "mesh")
    _as_dbt(tiny, found)
    assert main(["--root", str(tiny.root), "check"]) == 0, capfd.readouterr().out


def _as_dbt(tiny: TinyMesh, found: Page) -> None:
    """``insight.revenue`` as a dbt model, with the snippets where their notes put them."""
    tiny.file("domains/insight/revenue/revenue.sql").unlink()
    tiny.edit(
        "domains/insight/revenue/product.yaml",
        'inputPorts:\n  - {name: orders, contractId: shop.orders, version: ">=1.0.0,<2"}\n',
        snippet(found, "Input port") + "\n",
    )
    copied = {"models/sources.yml": "dbt source", "models/staging/copied.sql": "dbt model"}
    for path, text in (DBT | {path: snippet(found, name) + "\n" for path, name in copied.items()}).items():
        file = tiny.file(f"dbt_projects/insight/{path}")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def _card(*columns: str, **more: object) -> Card:
    given = {
        "address": "shop.orders_v2", "uri": "", "domain": "shop", "domain_kind": "", "product_id": "",
        "status": "active", "product_name": "", "contract_id": "shop.orders", "version": "2.1.0",
        "name": "Orders", "purpose": "",
    }  # fmt: skip
    described = tuple(CardColumn(name=name, logical_type="string") for name in columns)
    return Card(**{**given, "columns": described, **more})  # type: ignore[arg-type]


def _texts(card: Card) -> dict[str, str]:
    return {each.name: each.text for each in snippets_of(card, None, Address.parse(card.address))}


def test_a_later_major_is_read_by_its_own_name() -> None:
    texts = _texts(_card("a"))
    assert texts["SQL"] == "mesh query 'SELECT a FROM shop.orders_v2 LIMIT 5'"
    assert yaml.safe_load(texts["Input port"]) == {
        "inputPorts": [{"name": "orders_v2", "contractId": "shop.orders", "version": ">=2.1.0,<3"}]
    }


def test_names_that_are_words_of_sql_are_quoted_and_strange_ones_left_out() -> None:
    texts = _texts(_card("order", "a b", '"""); import os; ("""', "n'; DROP", "plain"))
    assert texts["SQL"] == "mesh query 'SELECT \"order\", plain FROM shop.orders_v2 LIMIT 5'"
    assert "import os" not in "".join(texts.values())
    assert "SELECT * FROM" in _texts(_card("ä"))["SQL"]


def test_rows_that_nobody_can_read_have_no_snippets() -> None:
    assert _texts(_card("a", status="retired")) == {}
    assert "DuckDB" not in _texts(_card("a", endpoint="/lake/shop/orders", format="delta"))
    assert "DuckDB" not in _texts(_card("a", endpoint="https://x", format="json", table_version=1))
    there = _texts(_card("a", endpoint="/l/'; import os #", format="delta", table_version=1))
    assert 'DeltaTable("/l/\'; import os #")' in there["DuckDB"]
