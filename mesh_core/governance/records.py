"""The entries of the governance files as typed values."""

from __future__ import annotations

from datetime import date

import msgspec


class Entity(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A thing that several domains speak of (``entities.yaml``); one port, its register, owns its identity."""

    name: str
    port: str
    """The register's address, as URI."""
    id_column: str
    """The register's column of global ids."""
    tag: str
    """The tag that a column carries which holds the entity's id: ``entity:<name>``."""
    owner: str = ""
    """The domain that decides about the identity; the register is one of its ports."""
    logical_type: str = ""
    """Of the global id, with ``pattern`` its format; where they are not given, the register's contract has them."""
    pattern: str = ""
    """A regular expression that every id matches whole."""
    codes: dict[str, str] = {}
    """Other code systems of the entity, each with the register's column that holds the code: ``{iata: iata_code}``.

    A column that holds such codes is tagged ``code:<name>/<system>``.
    """
    description: str = ""

    @property
    def domain(self) -> str:
        """The owner, told by the register's address where it is not given."""
        return self.owner or self.port.partition("://")[2].partition("/")[0]


class Term(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A business term (``glossary.yaml``); its owner decides what it means."""

    term: str
    definition: str
    owner: str
    """The domain."""
    defined_by: str = ""
    """Address of the port that keeps the definition, as URI."""
    synonyms: tuple[str, ...] = ()


class Office(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who answers for a domain (``roles.yaml`` under ``domains``)."""

    team: str
    owner: str
    steward: str = ""
    curator: str = ""


class Waiver(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A domain need not keep one policy until a day (``waivers.yaml``); every report lists it."""

    policy: str
    domain: str
    until: date
    """The last day on which it holds."""
    reason: str
    approved_by: str
    ports: tuple[str, ...] = ()
    """SQL names (``domain.port``) that it is limited to; all of the domain when empty."""

    def holds(self, today: date) -> bool:
        return today <= self.until


class Override(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One lifecycle rule is set aside for one contract version (``overrides.yaml``), and recorded where it is used."""

    rule: str
    """``breaking-change``, ``immutable-version``, ``notice-period`` …: the code of the finding."""
    contract: str
    version: str
    reason: str
    by: str
    """A person of ``roles.yaml``."""
    role: str
    """``governance``, or ``owner`` or ``steward`` of the contract's domain; ``by`` must hold it."""
