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
        "entity-twice",
        "Two entries of governance/entities.yaml are of the same entity.",
        "Keep one of them.",
    ),
    (
        "entity-tag",
        "An entity's tag is not made from its name.",
        "Write entity:<name>: that is what contracts carry and tools look for.",
    ),
    (
        "entity-owner",
        "The owner of an entity is not the domain that publishes its register.",
        "Name the domain of the register, or a register of the owner's.",
    ),
    (
        "office-unknown",
        "governance/roles.yaml gives roles for a domain that is not there.",
        "Remove the entry, or mend the domain's name.",
    ),
    (
        "variable-unknown",
        "SQL reads a variable that the contract does not give.",
        "getvariable('name') reads a custom property of the contract that is one plain value; add it or mend the name.",
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
    (
        "end-of-support-missing",
        "A deprecated contract does not say when its support ends.",
        "Add endOfSupport with a date under slaProperties, 180 days ahead or more.",
    ),
    (
        "notice-period",
        "Support ends less than 180 days after the catalog first saw the announcement.",
        "Write a later day, or have the notice overridden in governance/overrides.yaml.",
    ),
    (
        "retired-without-notice",
        "A contract is retired while it is read, and its consumers had no 180 days of notice.",
        "Deprecate it first; retire it when support has ended, or when nobody reads it any more.",
    ),
    (
        "input-deprecated",
        "An input port reads a deprecated contract.",
        "Move to the successor before support ends.",
        "warning",
    ),
    (
        "input-ended",
        "An input port reads a contract whose support has ended.",
        "Move to the successor: the port may be retired at any time.",
        "warning",
    ),
    (
        "input-draft",
        "An input port reads a draft of another domain.",
        "Have it made active, or be ready for any change: a draft promises nothing.",
        "warning",
    ),
    (
        "override-invalid",
        "An override names no rule or contract, has no reason, or is by somebody without the role.",
        "Mend the entry in governance/overrides.yaml; until then it sets nothing aside.",
    ),
    (
        "cycle",
        "Assets or products depend on each other in a circle.",
        "Cut one of the inputs: what is made in a circle can never run first, and can never change alone.",
    ),
    (
        "python-raises",
        "A Python step raises an exception on rows that keep the contracts of its inputs.",
        "Mend the function; the message tells which rows it was given.",
    ),
    (
        "python-result",
        "What a Python step makes of generated rows breaks a rule that its contract's schema implies.",
        "Mend the function, or promise less: a weaker promise is a new major version.",
    ),
    (
        "python-timeout",
        "A Python step did not end on a hundred generated rows.",
        "Look for a loop without an end, or for a call that waits for a network.",
    ),
    (
        "check-could-not-run",
        "A rule could not be evaluated over generated rows.",
        "Mend the rule: the message tells what the engine says.",
    ),
    (
        "contract-unsatisfiable",
        "No row can keep all that a contract says of its columns.",
        "Mend the options, enums and patterns that exclude each other.",
    ),
    (
        "transformation",
        "A transformation cannot be looked at, or returns what is no table.",
        "Return a DuckDB relation, an Arrow table, a Polars or a pandas frame.",
    ),
    (
        "breaking-change",
        "A contract changed in a way that breaks those who read it, within its major version.",
        "Keep the promise, or publish a new major version beside the old one.",
    ),
    (
        "version-not-raised",
        "A contract changed more than its version says, or its version went back.",
        "Raise the version in the contract and in product.yaml; the message names the next one.",
    ),
    (
        "contract-removed",
        "A contract that binds its producer is gone from the tree.",
        "Put it back: a contract ends as deprecated, after notice as retired.",
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
