"""Which version of a port a reader means: the newest, the one that stood at a time, or one by its number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime

import msgspec

from mesh_core.errors import MeshError
from mesh_core.model import Address

REMEDY = "Write a time (2026-01-31, 2026-01-31T12:00:00Z; UTC without a zone), domain.port=VERSION, or a version."


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """One state of the ports that are read together; without any of its parts, the newest."""

    time: datetime | None = None
    """For every port that no version is named for."""
    versions: Mapping[Address, int] = {}
    version: int | None = None
    """Of the one port that is read, whichever it is."""


NEWEST = Moment()


def moment_of(texts: Iterable[str]) -> Moment:
    """The moment that the words of ``--at`` mean together; MeshError, code ``moment``, if they mean none."""
    moment = NEWEST
    for text in texts:
        moment = _with(moment, text.strip())
    if moment.version is not None and (moment.time or moment.versions):
        message = f"{moment.version} is a version of one port, but other ports or a time are named beside it"
        raise MeshError(message, remedy="Name the port: domain.port=VERSION.", code="moment")
    return moment


def _with(moment: Moment, text: str) -> Moment:
    name, equals, number = text.partition("=")
    if equals:
        address = Address.parse(name.strip())
        version = _version(number.strip())
        if moment.versions.get(address, version) != version:
            message = f"two versions of {address.sql} are named"
            raise MeshError(message, remedy="One state is read throughout: name one.", code="moment")
        return msgspec.structs.replace(moment, versions={**moment.versions, address: version})
    if text.isdigit():
        if moment.version is not None:
            message = f"two versions are named, {moment.version} and {text}, and no port"
            raise MeshError(message, remedy="Name the ports: domain.port=VERSION.", code="moment")
        return msgspec.structs.replace(moment, version=int(text))
    if moment.time is not None:
        message = f"two times are named; the second is '{text}'"
        raise MeshError(message, remedy="One state is read throughout: name one time.", code="moment")
    return msgspec.structs.replace(moment, time=time_of(text))


def _version(text: str) -> int:
    if not text.isdigit():
        message = f"'{text}' is no version"
        raise MeshError(message, remedy="Versions are the numbers that `mesh history` shows.", code="moment")
    return int(text)


def time_of(given: str | date) -> datetime:
    """An ISO date (its first moment) or time, in UTC where it names no zone; MeshError if it is neither."""
    if isinstance(given, str):
        try:
            found = datetime.fromisoformat(given)
        except ValueError as error:
            message = f"'{given}' is neither a time nor a version"
            raise MeshError(message, remedy=REMEDY, code="moment") from error
    elif isinstance(given, datetime):
        found = given
    else:
        found = datetime(given.year, given.month, given.day, tzinfo=UTC)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
