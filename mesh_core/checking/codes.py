"""Every code that a finding of `mesh check` can have, with the sentence and the help that reports show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from mesh_core.errors import Severity

if TYPE_CHECKING:
    from pathlib import Path


class Code(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of finding."""

    id: str
    sentence: str
    """What is wrong, in general."""
    help: str
    """What to do about it."""
    severity: Severity = "error"


def _codes(*entries: tuple[str, str, str] | tuple[str, str, str, Severity]) -> dict[str, Code]:
    """By id; an entry without a severity is an error."""
    return {
        entry[0]: Code(id=entry[0], sentence=entry[1], help=entry[2], severity=(*entry, "error")[3])
        for entry in entries
    }


CODES: Mapping[str, Code] = _codes(
    (
        "yaml",
        "A descriptor is not valid YAML 1.2.",
        "Mend the syntax at the line. Keys are plain text and stand once.",
    ),
    (
        "descriptor",
        "A contract, product or domain file does not say what its standard or the mesh requires.",
        "Contracts follow ODCS, products ODPS; folders, files and ids agree. Your own keys go under customProperties.",
    ),
    (
        "configuration",
        "The folder is no mesh, or lacks a part that every mesh has.",
        "A mesh has a workspace.yaml beside a domains/ folder; a domain is a folder with a domain.yaml.",
    ),
    (
        "workspace",
        "workspace.yaml and the folders under domains/ do not name the same domains.",
        "List every domain once: Dagster never loads what the workspace does not list.",
    ),
    (
        "entity-unknown",
        "An entity of governance/entities.yaml names a port or column that is not there.",
        "Mend the entry, or restore the port that owns the entity.",
    ),
    (
        "office-unknown",
        "governance/roles.yaml gives roles for a domain that is not there.",
        "Remove the entry, or mend the domain's name.",
    ),
    (
        "column-missing",
        "The transformation does not make a column that the contract promises.",
        "Add the column to the transformation. Taking it out of the contract needs a new major version.",
    ),
    (
        "column-extra",
        "The transformation makes a column that the contract does not have.",
        "Leave the column out, or add it to the contract as a new minor version.",
    ),
    (
        "type-mismatch",
        "A column is not of the type that the contract promises, and no lossless conversion leads there.",
        "Cast the column in the transformation. Another type in the contract needs a new version.",
    ),
    (
        "nullability",
        "A required column can be null.",
        "Filter or replace the nulls in SQL. A contract that no longer promises `required` is a new major version.",
    ),
    (
        "sql-invalid",
        "A statement does not parse, is not one SELECT, or does not fit the columns of its inputs.",
        "Mend the statement. If it was right before, an input's contract has changed: the message names the column.",
    ),
    (
        "table-function",
        "A statement calls a table function that can read data which no input port declares.",
        "Read bronze.<source> of the own domain, or a declared input port.",
    ),
    (
        "python-invalid",
        "A Python transformation does not parse, or lacks the function of the port's name.",
        "Write one function named like the port, with one parameter for each table that it reads.",
    ),
    (
        "dbt-invalid",
        "The dbt project does not compile, or lacks the model of a port.",
        "Run `dbt compile` in the project, or add the model.",
    ),
    (
        "input-undeclared",
        "A transformation reads a port that its product does not declare.",
        "Declare the port under `inputPorts` in product.yaml, with contractId and version.",
    ),
    (
        "input-unknown",
        "An input port names a contract or a version that no product of the mesh publishes.",
        "Mend contractId or version under `inputPorts`; `mesh list` shows what there is.",
    ),
    (
        "range-spans-majors",
        "An input port's range of versions admits several major versions.",
        "Name one major version: SQL names the table of one.",
    ),
    (
        "range-empty",
        "An input port's range of versions admits no version.",
        "Write a range like >=1.0.0,<2.",
    ),
    (
        "contract-retired",
        "An input port reads a version that is retired: its table gets no new rows and may not be read.",
        "Move to the successor that the finding names.",
    ),
    (
        "internal-unknown",
        "A transformation reads a bronze or silver table that its domain does not make.",
        "Add the source or step, or mend the name.",
    ),
    (
        "type-unknown",
        "A contract or source names a column type that DuckDB does not have.",
        "Name a type of DuckDB: VARCHAR, BIGINT, DOUBLE, DECIMAL(p, s), BOOLEAN, DATE, TIMESTAMP WITH TIME ZONE.",
    ),
    (
        "server-missing",
        "A contract names no server for the environment that the mesh runs in.",
        "Add an entry under `servers`, or set MESH_ENVIRONMENT.",
    ),
    (
        "rule-invalid",
        "A quality rule can never be evaluated, or can never fail.",
        "Mend the rule: it may name the contract's columns and the declared input ports.",
    ),
    (
        "policy-file",
        "A file of governance/policies, or a policy in it, cannot run.",
        "Mend the Python at the line: no gate lets anything pass that could not be judged.",
    ),
    (
        "waiver-invalid",
        "A waiver names a policy, domain or port that is not there, has no reason, or nobody who may approved it.",
        "Mend the entry in governance/waivers.yaml; until then it sets nothing aside.",
    ),
    (
        "waiver-ends",
        "A waiver ends within 30 days.",
        "Mend what it covers until then, or have it renewed with a new day.",
        "warning",
    ),
    (
        "waiver-expired",
        "A waiver is over, and what it covered is told again.",
        "Mend what it covered and delete it, or have it renewed with a new day.",
        "warning",
    ),
)
"""In the order in which a person meets them."""


def code_of(id_: str, root: Path | None = None) -> Code:
    """The registered code, else the policy of that id in the mesh at ``root``, else a bare one."""
    return CODES.get(id_) or (_policies(root).get(id_) if root else None) or Code(id=id_, sentence=id_, help="")


def _policies(root: Path) -> dict[str, Code]:
    from mesh_core.errors import MeshError
    from mesh_core.policy import Policies

    try:
        known = Policies.load(root).by_id
    except MeshError:
        return {}
    return {
        id_: Code(
            id=id_, sentence=policy.sentence, help=f"`mesh policies why {id_}` explains.", severity=policy.severity
        )
        for id_, policy in known.items()
    }
