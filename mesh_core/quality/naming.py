"""Names of checks: readable, stable, of letters, digits and underscores."""

from __future__ import annotations

import re
import unicodedata


def slug(text: str) -> str:
    """The text in lower case ASCII, words joined by underscores; '' if nothing of it can be kept."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    plain = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", plain)
    return re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_")
