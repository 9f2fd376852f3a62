"""A contract in plain words: what a stranger has to know before building on the port."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from mesh_core.contracts.lifecycle import DRAFTS, NOTICE
from mesh_core.marketplace.pages.wording import amount
from mesh_core.quality import checks_for

if TYPE_CHECKING:
    from mesh_core.catalog import CheckRecord
    from mesh_core.contracts import Contract
    from mesh_core.contracts.publishing import Publishing

_PROTECTED = {
    "mask": "get it masked",
    "tokenise": "get a token; equal values have equal tokens, so that joins work",
    "hash": "get a hash of it",
    "drop": "do not get it",
    "encrypt": "get it encrypted",
}
_SEVERITY = {
    "error": "stops the publication",
    "warning": "is reported",
    "info": "is noted",
}


class Promise(msgspec.Struct, frozen=True):
    """One thing that the contract says, under a word of heading."""

    about: str
    text: str


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule of the contract and what it found at the newest publication."""

    name: str
    sentence: str
    column: str
    dimension: str
    implied: bool
    """Whether it follows from a column's type and limits, and is not written as a rule."""
    severity: str
    consequence: str
    """What a row that breaks it does."""
    verdict: str
    """``kept``, ``broken``, ``put aside`` (rows that broke it are in quarantine), or ``not checked yet``."""
    found: str
    impact: str = ""
    """What it means for readers when it is broken, if the contract says so."""


def promises_of(contract: Contract) -> tuple[Promise, ...]:
    """The contract's promises about rows, writing, keeping and changing, each in a sentence or two."""
    return tuple(_promises(contract))


def rules_of(contract: Contract, verdicts: Sequence[CheckRecord]) -> tuple[Rule, ...]:
    """All rules of the contract, those that did not hold first; MeshError for a contract whose rules cannot run."""
    known = {verdict.name: verdict for verdict in verdicts}
    impacts = {rule.name: rule.business_impact or "" for rule in contract.rules}
    rules = []
    for spec in checks_for(contract):
        record = known.get(spec.name)
        rules.append(
            Rule(
                name=spec.name,
                sentence=spec.description,
                column=spec.column,
                dimension=spec.dimension,
                implied=spec.kind == "schema",
                severity=spec.severity,
                consequence=_consequence(spec.severity, contract.publishing),
                verdict=_verdict(record),
                found=_found(record),
                impact=impacts.get(spec.name, ""),
            )
        )
    return tuple(sorted(rules, key=lambda rule: rule.verdict not in {"broken", "put aside"}))


def _promises(contract: Contract) -> Iterator[Promise]:
    publishing = contract.publishing
    if contract.granularity:
        yield Promise("Each row", contract.granularity)
    if contract.primary_key:
        yield Promise("Key", _key(contract.primary_key))
    yield Promise("A publication", _writing(publishing))
    yield Promise("Rows that break a rule", _bad_rows(publishing))
    yield Promise("Earlier versions", _earlier(publishing.version_retention))
    sensitive = tuple(_protections(contract))
    if sensitive:
        yield Promise("Sensitive columns", " ".join(sensitive))
    yield Promise("Changes", _changes(contract))


def _key(columns: Sequence[str]) -> str:
    if len(columns) == 1:
        return f"{columns[0]} is never null and stands on one row only."
    return f"{_listed(columns)} together name one row; none of them is ever null."


def _writing(publishing: Publishing) -> str:
    part = publishing.partitioning
    if publishing.mode == "append":
        return "Adds rows. What was published before stays as it is."
    if publishing.mode == "merge":
        later = f" Of two rows with one key, the later by {publishing.sequence} stays." if publishing.sequence else ""
        gone = " Keys that are reported as deleted go." if publishing.deletion else ""
        return f"Adds new keys and replaces rows whose key is there already ({_listed(publishing.key)}).{later}{gone}"
    if part is not None:
        end = f" to {part.end - timedelta(days=1)}" if part.end else " on"
        return (
            f"Replaces the {part.grain}s that it makes, and no others. The table is divided by {part.column}, "
            f"a {part.grain} each, from {part.start}{end}."
        )
    return "Replaces all rows."


def _bad_rows(publishing: Publishing) -> str:
    if publishing.bad_rows == "quarantine":
        return (
            "A row that breaks a blocking rule is put aside with the reason and not published. "
            f"If more than {publishing.quarantine_limit:g} % of the rows do, nothing is published."
        )
    return "One row that breaks a blocking rule stops the whole publication; readers keep the version before."


def _earlier(days: int) -> str:
    if not days:
        return "Versions that were replaced can no longer be read."
    return f"Versions that were replaced can be read for at least {amount(days, 'day')}."


def _protections(contract: Contract) -> Iterator[str]:
    raw = {prop.get("name"): prop for prop in _properties(contract)}
    for column in contract.columns:
        if column.classification not in {"restricted", "confidential"}:
            continue
        how = next(
            (
                str(entry.get("value"))
                for entry in raw.get(column.name, {}).get("customProperties") or ()
                if entry.get("property") == "protection"
            ),
            "",
        )
        shown = f": those who may not see it {_PROTECTED[how]}" if how in _PROTECTED else ""
        yield f"{column.name} is {column.classification}{shown}."


def _properties(contract: Contract) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (contract.document.raw.get("schema") or [{}])[0].get("properties") or []
    return found


def _changes(contract: Contract) -> str:
    if contract.status in DRAFTS:
        return "It is a draft: it may change without notice."
    return (
        f"What would break a reader comes as version {contract.major + 1}, beside this one; "
        f"the end of this one is announced at least {NOTICE.days} days before."
    )


def _consequence(severity: str, publishing: Publishing) -> str:
    if severity == "error" and publishing.bad_rows == "quarantine":
        return "puts the row aside, or stops the publication"
    return _SEVERITY.get(severity, severity)


def _verdict(record: CheckRecord | None) -> str:
    if record is None:
        return "not checked yet"
    if not record.success:
        return "broken"
    return "put aside" if record.quarantined else "kept"


def _found(record: CheckRecord | None) -> str:
    if record is None:
        return ""
    if record.quarantined:
        return f"{amount(record.quarantined, 'row')} in quarantine"
    if record.success:
        return ""
    if record.unexpected_count:
        share = f" ({record.unexpected_percent:.2g} %)" if record.unexpected_percent else ""
        return f"{amount(record.unexpected_count, 'row')}{share}"
    return "" if record.observed is None else f"found {record.observed}"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
