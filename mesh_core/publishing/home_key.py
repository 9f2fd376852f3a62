"""The secret key of a home: tokens and sketches of ids come of it, and nobody without it can check a guess."""

from __future__ import annotations

import secrets
from pathlib import Path

from mesh_core.storage.places import create


def home_key(home: Path) -> str:
    """The home's own key; made when it is first needed, and by whoever comes first."""
    file = home / "sampling.key"
    if not file.is_file():
        create(file, secrets.token_hex(32).encode())
        file.chmod(0o600)
    return file.read_text()
