"""Deriving and running checks loads nothing heavy: code locations and the CLI have a start-up budget."""

from __future__ import annotations

import subprocess
import sys

_SCRIPT = """
import sys
import mesh_core.quality
loaded = [name for name in ("duckdb", "pandas", "numpy", "great_expectations", "yaml") if name in sys.modules]
assert not loaded, loaded
from pathlib import Path
from mesh_core.quality import CheckSpec, evaluate
import duckdb
db = duckdb.connect()
check = CheckSpec(name="c", description="", kind="schema", path=Path("c.yaml"),
                  expectation="expect_column_values_to_match_regex", kwargs={"column": "s", "regex": "^a"})
(result,) = evaluate([check], db, "(SELECT 'b' AS s)")
assert not result.success and result.sample == ({"s": "b"},)
loaded = [name for name in ("pandas", "great_expectations") if name in sys.modules]
assert not loaded, loaded
"""


def test_neither_import_nor_a_compiled_check_loads_gx_or_pandas() -> None:
    done = subprocess.run([sys.executable, "-c", _SCRIPT], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
