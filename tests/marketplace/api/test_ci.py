"""What a domain's CI does: `mesh register --url` against a running service."""

import os
import subprocess
from pathlib import Path

from ..served import MESH, served
from ..small_mesh import SmallMesh


def _register(root: Path, home: Path, url: str, token: str) -> tuple[int, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MESH_", "DAGSTER_"))}
    done = subprocess.run(
        [MESH, "--root", root, "register", "shop", "--url", url],
        env={**clean, "MESH_HOME": str(home), "MESH_REGISTRATION_TOKEN": token},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_a_domain_registers_from_another_checkout(own_mesh: SmallMesh, tmp_path: Path) -> None:
    checkout = own_mesh.copy(tmp_path / "checkout").tiny
    home = tmp_path / "ci-home"
    contract = "domains/shop/orders/orders.contract.yaml"
    checkout.edit(contract, "Cancelled orders stay.", "Cancelled orders stay for a year.")
    with served(own_mesh, "--no-declare", MESH_REGISTRATION_TOKEN="right") as service:
        code, told = _register(checkout.root, home, service.url, "wrong")
        assert (code, "the token is not the service's" in told) == (2, True), told
        code, told = _register(checkout.root, home, service.url, "right")
        assert (code, "declared" in told) == (0, True), told
        code, told = _register(checkout.root, home, service.url, "right")
        assert (code, "as it was" in told) == (0, True), told
        with own_mesh.catalog() as catalog:
            [card] = catalog.cards(["shop.orders"])
        assert card.limitations == "Cancelled orders stay for a year."
        assert card.rows == 3
        assert service.stop()[0] == 0
    with served(own_mesh, "--no-declare") as service:
        code, told = _register(checkout.root, home, service.url, "right")
        assert (code, "registration over HTTP is off" in told) == (2, True), told
