"""Addresses as people wrote them in governance's files: the page of a term must not fail for a wrong one."""

from mesh_core.errors import MeshError
from mesh_core.model import Address


def sql_name(uri: str) -> str:
    """The SQL name of the port that ``uri`` names; '' if it is no address."""
    try:
        return Address.parse(uri).sql
    except MeshError:
        return ""
