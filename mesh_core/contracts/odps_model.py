"""The whole of an ODPS 1.1 descriptor as typed, frozen values, named as the standard names them.

What the mesh itself decides by stands in ``odps.Product``; this is the rest, for whoever reads or writes descriptors.
A key that the standard doesn't know is in no struct: ``Document.raw`` stays the source.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec


class CustomProperty(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A key of one's own; ``vendor`` says whose."""

    id: str = ""
    property: str
    value: Any
    description: str = ""
    vendor: str = ""


class AuthoritativeDefinition(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A link to where something is defined."""

    id: str = ""
    type: str
    url: str
    description: str = ""


class _Described(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What most elements can carry."""

    custom_properties: tuple[CustomProperty, ...] = ()
    authoritative_definitions: tuple[AuthoritativeDefinition, ...] = ()


class _Tagged(_Described, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    id: str = ""
    tags: tuple[str, ...] = ()


class Description(_Described, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What the product is for, where it ends and how to use it."""

    purpose: str = ""
    limitations: str = ""
    usage: str = ""


class Synonym(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Another name of the product or a port."""

    id: str = ""
    synonym: str
    description: str = ""
    locale: str = ""
    source: str = ""
    status: str = ""
    custom_properties: tuple[CustomProperty, ...] = ()


class VerifiedStatement(_Tagged, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A question with the answer that is known to be right."""

    question: str
    answer: str = ""


class Constraint(_Tagged, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What must not be done with the data."""

    constraint: str


class Context(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Guidance for programs that answer questions from the product."""

    instructions: str = ""
    verified_statements: tuple[VerifiedStatement, ...] = ()
    constraints: tuple[Constraint, ...] = ()


class DescriptorInput(_Tagged, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """``inputPorts``: what the product expects."""

    name: str
    version: str = ""
    contract_id: str = ""
    deprecated: bool = False


class Sbom(_Tagged, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A software bill of materials of an output port."""

    type: str = ""
    url: str = ""


class InputContract(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A contract that an output port is made from."""

    id: str
    version: str


class DescriptorOutput(_Tagged, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """``outputPorts``: what the product promises; name and version together are the key."""

    name: str
    description: str = ""
    type: str = ""
    version: str = ""
    contract_id: str = ""
    deprecated: bool = False
    sbom: tuple[Sbom, ...] = ()
    input_contracts: tuple[InputContract, ...] = ()
    synonyms: tuple[Synonym, ...] = ()
    context: Context | None = None


class ManagementPort(_Tagged, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Where the product is discovered, observed or controlled."""

    name: str
    content: str
    """``discoverability``, ``observability``, ``control`` or ``dictionary``."""
    type: str = ""
    """``rest``, which is meant when nothing is said, or ``topic``."""
    url: str = ""
    channel: str = ""
    description: str = ""
    deprecated: bool = False


class SupportChannel(_Tagged, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Where people ask."""

    channel: str
    url: str = ""
    description: str = ""
    tool: str = ""
    scope: str = ""
    invitation_url: str = ""


class TeamMember(_Tagged, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A person of the team."""

    username: str
    name: str = ""
    description: str = ""
    role: str = ""
    date_in: str = ""
    date_out: str = ""
    replaced_by_username: str = ""


class Team(_Described, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Who makes the product."""

    name: str = ""
    description: str = ""
    members: tuple[TeamMember, ...] = ()
    tags: tuple[str, ...] = ()


class DataProduct(_Described, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A whole descriptor."""

    api_version: str
    kind: str
    id: str
    name: str = ""
    version: str = ""
    status: str = ""
    domain: str = ""
    type: str = ""
    tenant: str = ""
    deprecated: bool = False
    synonyms: tuple[Synonym, ...] = ()
    context: Context | None = None
    description: Description = Description()
    tags: tuple[str, ...] = ()
    input_ports: tuple[DescriptorInput, ...] = ()
    output_ports: tuple[DescriptorOutput, ...] = ()
    management_ports: tuple[ManagementPort, ...] = ()
    support: tuple[SupportChannel, ...] = ()
    team: Team = Team()
    product_created_ts: str = ""


def descriptor_from(raw: Mapping[str, Any]) -> DataProduct:
    """The typed form of a document of ODPS 1.0 or 1.1; in version 0.9 a team is the list of its members."""
    team = raw.get("team")
    return msgspec.convert({**raw, "team": {"members": team}} if isinstance(team, list) else raw, DataProduct)


def descriptor_as_raw(descriptor: DataProduct) -> dict[str, Any]:
    """Back to plain values; keys that say no more than the default are left out."""
    raw: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(descriptor))
    return raw
