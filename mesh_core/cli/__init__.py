"""The ``mesh`` command: every verb parses its words, calls one function and prints what it got."""

from mesh_core.cli.app import main

__all__ = ["main"]
