"""What others are told of a failure: the catalog, its pages and lineage events get no value of any row.

Who started the run reads the whole message, in the terminal or in the run's log.
"""

from __future__ import annotations

from mesh_core.errors import MeshError

_OF_STATEMENTS = frozenset(
    f"{kind}Exception"
    for kind in (
        "Binder",
        "Catalog",
        "HTTP",
        "IO",
        "Interrupt",
        "NotImplemented",
        "OutOfMemory",
        "Parser",
        "Permission",
        "Syntax",
    )
)
"""DuckDB's errors that speak of statements and places. All others may quote what was in a row."""


def told(error: MeshError) -> str:
    """The failure's message, without what an engine or a product's own code said of rows."""
    if getattr(error, "checks", ()):
        return error.what.partition(", first: ")[0]
    cause = error.__cause__
    if cause is None or isinstance(cause, MeshError | OSError) or type(cause).__name__ in _OF_STATEMENTS:
        return str(error)
    what = f"failed with {type(cause).__name__}, whose message may quote rows"
    remedy = "It stands in the run's log; `mesh run` prints it again."
    return str(MeshError(what, path=error.path, line=error.line, remedy=remedy))
