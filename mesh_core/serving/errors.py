"""Serving's own errors."""

from mesh_core.errors import MeshError


class QueryError(MeshError):
    """A query that may be asked but is wrong, or that failed while it ran."""

    code = "query"


class UnresolvedError(MeshError):
    """No version of a contract meets the range that was asked for; ``remedy`` says which versions there are."""

    code = "unresolved"


class ContractRetiredError(MeshError):
    """The contract is retired: its port is read no more. ``remedy`` names what took its place."""

    code = "contract-retired"
