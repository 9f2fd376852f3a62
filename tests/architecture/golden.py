"""Write asset_specs.json anew, after a change of the reference mesh that is meant: review the difference."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as home:
        probe = Path(__file__).with_name("load_locations.py")
        environment = {"PYTHONPATH": str(ROOT), "MESH_HOME": home}
        told = subprocess.run([sys.executable, str(probe)], cwd=ROOT, env=environment, capture_output=True, check=True)
    assets = json.loads(told.stdout)["assets"]
    Path(__file__).with_name("asset_specs.json").write_text(json.dumps(assets, indent=1, sort_keys=True) + "\n")
