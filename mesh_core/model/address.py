"""The global address of an output port, in its four spellings."""

from __future__ import annotations

import re

import msgspec

from mesh_core.errors import UnknownAddressError

NAME = r"[a-z][a-z0-9_]*?"
_URI = re.compile(rf"mesh://(?P<domain>{NAME})/(?P<port>{NAME})(?:/v(?P<major>[1-9]\d*))?")
_SQL = re.compile(rf"(?P<domain>{NAME})[./](?P<port>{NAME})(?:_v(?P<major>[1-9]\d*))?")


class Address(msgspec.Struct, frozen=True, order=True):
    """``mesh://domain/port/v1``; in SQL ``domain.port``, from major 2 on ``domain.port_v2``."""

    domain: str
    port: str
    major: int = 1

    @classmethod
    def parse(cls, text: str) -> Address:
        """The address that ``text`` spells as URI, ``domain.port[_vN]`` or ``domain/port[_vN]``."""
        match = _URI.fullmatch(text) or _SQL.fullmatch(text)
        if match is None:
            message = f"'{text}' is not an address"
            remedy = "Write domain.port, domain.port_v2 or mesh://domain/port/v1; `mesh list` shows all."
            raise UnknownAddressError(message, remedy=remedy)
        return cls(match["domain"], match["port"], int(match["major"] or 1))

    @property
    def table(self) -> str:
        """The port's name inside its domain: ``port`` for major 1, else ``port_v2``."""
        return self.port if self.major == 1 else f"{self.port}_v{self.major}"

    @property
    def sql(self) -> str:
        return f"{self.domain}.{self.table}"

    @property
    def asset_key(self) -> tuple[str, str]:
        return (self.domain, self.table)

    @property
    def uri(self) -> str:
        return f"mesh://{self.domain}/{self.port}/v{self.major}"

    @property
    def discovery(self) -> str:
        """The address of the port's discovery port, whose content is the contract."""
        return f"{self.uri}/discovery"

    def __str__(self) -> str:
        return self.sql
