"""Files of the standards from anywhere, kept whole: what a schema doesn't know is told and stays where it is."""

from __future__ import annotations

from pathlib import Path

import msgspec

from mesh_core.contracts.document import read_document
from mesh_core.contracts.editing import Editor, open_for_editing
from mesh_core.errors import DescriptorsError, MeshError

_KINDS = {"DataContract": "odcs", "DataProduct": "odps"}


class StandardFile(msgspec.Struct, frozen=True, kw_only=True):
    """One ODCS or ODPS file, open for edits that lose nothing."""

    standard: str
    """``odcs`` or ``odps``."""
    editor: Editor
    warnings: tuple[MeshError, ...] = ()
    """Where the file departs from the standard's schema: unknown keys, unknown versions, wrong values."""


def read_standard(path: Path) -> StandardFile:
    """Any ODCS or ODPS file; MeshError only if it is no YAML, or neither of the two."""
    editor = open_for_editing(path)
    kind = str(editor.raw.get("kind", ""))
    if kind not in _KINDS:
        message = f"kind is '{kind}', known are {' and '.join(_KINDS)}"
        raise MeshError(message, path=path, remedy="Give a file of ODCS or ODPS.", code="import-unreadable")
    warnings: list[MeshError] = []
    try:
        read_document(path, _KINDS[kind])
    except DescriptorsError as several:
        warnings = several.errors
    except MeshError as error:
        warnings = [error]
    for warning in warnings:
        warning.severity = "warning"
    return StandardFile(standard=_KINDS[kind], editor=editor, warnings=tuple(warnings))
