"""Every error the mesh raises on purpose: what is wrong, where, and what to do next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

Severity = Literal["error", "warning"]


class RemotePlace:
    """A place on no disk of this machine; its text is its URL. An error says it among what is wrong."""


class MeshError(Exception):
    """Base of all errors that a person can act on.

    ``str(error)`` reads ``file:line: what is wrong. remedy``; the parts stay available for machines. ``code`` is
    stable: a class has one, a finding may have a narrower one of its own.
    """

    code = "mesh"
    severity: Severity = "error"

    def __init__(
        self,
        what: str,
        *,
        remedy: str = "",
        path: Path | RemotePlace | None = None,
        line: int | None = None,
        code: str | None = None,
    ) -> None:
        if code is not None:
            self.code = code
        what = f"{what} ({path})" if isinstance(path, RemotePlace) else what
        self.what = what
        self.remedy = remedy
        self.path = None if isinstance(path, RemotePlace) else path
        self.line = line
        super().__init__(what)

    def __str__(self) -> str:
        where = ""
        if self.path is not None:
            where = f"{self.path}:{self.line}: " if self.line else f"{self.path}: "
        return f"{where}{self.what}" + (f"\n  → {self.remedy}" if self.remedy else "")

    def as_dict(self) -> dict[str, str | int | None]:
        """The same facts for ``--json`` output."""
        return {
            "code": self.code,
            "severity": self.severity,
            "message": self.what,
            "remedy": self.remedy,
            "file": str(self.path) if self.path else None,
            "line": self.line,
        }


class ConfigurationError(MeshError):
    """A setting, a folder layout or a descriptor of ours is wrong: exit code 2."""

    code = "configuration"


class DescriptorError(MeshError):
    """A contract, product or domain file does not say what its standard requires."""

    code = "descriptor"


class DescriptorsError(MeshError):
    """Several findings of one load; ``errors`` holds each with its own place."""

    code = "descriptors"

    def __init__(self, errors: list[MeshError]) -> None:
        self.errors = errors
        super().__init__("\n".join(str(error) for error in errors))


def flattened(errors: Iterable[MeshError]) -> list[MeshError]:
    """Every finding by itself, also those that one load collected."""
    found: list[MeshError] = []
    for error in errors:
        found += flattened(error.errors) if isinstance(error, DescriptorsError) else [error]
    return found


def together(errors: Sequence[MeshError]) -> MeshError:
    """One error to raise for all of ``errors``, of which there is at least one."""
    return errors[0] if len(errors) == 1 else DescriptorsError(list(errors))


class UnknownAddressError(MeshError):
    """An address that no port of the mesh has."""

    code = "unknown-address"


class InputNotPublishedError(MeshError):
    """An input port has never been published: there is nothing to pin."""

    code = "input-not-published"


class SourceError(MeshError):
    """A source file is missing, truncated or of the wrong shape."""

    code = "source"


class TransformationError(MeshError):
    """The product's own code failed or returned what the contract does not promise."""

    code = "transformation"


class SchemaMismatchError(TransformationError):
    """The transformation's columns or types differ from the contract."""

    code = "schema-mismatch"


class CheckCouldNotRunError(MeshError):
    """A rule could not be evaluated; the publication fails, it never passes by default."""

    code = "check-could-not-run"


class CommitConflictError(MeshError):
    """Another writer committed to the table since it was read."""

    code = "commit-conflict"


class QueryRefusedError(MeshError):
    """A statement that is not one read-only query over the ports."""

    code = "query-refused"
