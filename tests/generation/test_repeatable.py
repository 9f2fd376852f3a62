"""The same seed makes the same rows everywhere, fast and without heavy imports."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from mesh_core.generation import generate

from .contracts import NO_CHARTER, contract

ROOT = Path(__file__).parents[2]
_PROGRAM = """
import hashlib, sys
from tests.generation.test_repeatable import things
from tests.generation.contracts import NO_CHARTER
from mesh_core.generation import generate
table = generate([things()], NO_CHARTER, seed=int(sys.argv[1]))[things().address]
print(hashlib.sha256(table.relation.encode()).hexdigest())
print(sorted({name.partition('.')[0] for name in sys.modules} & {'pandas', 'pyarrow', 'numpy', 'dagster', 'sqlglot'}))
"""


def things():  # type: ignore[no-untyped-def]
    return contract(
        "shop.things",
        [
            {"name": "id", "logicalType": "integer", "primaryKey": True},
            {"name": "code", "logicalTypeOptions": {"pattern": r"^[^a-z]{2}\\w+[\\W]$"}},
            {"name": "kind", "enum": [{"value": "a"}, {"value": "b"}]},
            {"name": "price", "logicalType": "number", "physicalType": "DECIMAL(10,2)"},
            {"name": "day", "logicalType": "date"},
            {"name": "at", "logicalType": "timestamp"},
            {"name": "tags", "logicalType": "array", "items": {"logicalType": "string"}},
            {"name": "mail", "logicalTypeOptions": {"format": "email"}},
        ],
    )


def _in_a_new_process(seed: int, hash_seed: int) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(seed)],
        cwd=ROOT,
        env={"PYTHONHASHSEED": str(hash_seed), "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


def test_rows_are_the_same_in_every_process_and_differ_by_seed() -> None:
    first, again, other = _in_a_new_process(1, 1), _in_a_new_process(1, 2), _in_a_new_process(2, 1)
    assert first == again
    assert first[0] != other[0]
    assert first[1] == "[]"


def test_a_columns_values_do_not_depend_on_its_neighbours() -> None:
    prop = {"name": "word", "logicalType": "string"}
    alone = contract("shop.things", [prop])
    beside = contract("shop.things", [{"name": "first", "logicalType": "integer"}, prop])
    tables = [generate([each], NO_CHARTER)[each.address] for each in (alone, beside)]
    assert tables[0].columns["word"] == tables[1].columns["word"]
