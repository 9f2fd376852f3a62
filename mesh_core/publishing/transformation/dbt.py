"""A domain's dbt project: its models on the asset graph through dagster-dbt, its runs in this process.

Importing dagster-dbt costs more than loading all six domains, so what it says of a project is kept in a small
file and asked again only when a file of the project has changed. A ``dbt`` process costs five seconds a
call, dbt in process with its manifest reused a quarter of one (both measured).
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from mesh_core.contracts.replacing import replace_file
from mesh_core.contracts.tree import DomainTree
from mesh_core.errors import TransformationError
from mesh_core.publishing.transformation.fingerprints import dbt_files, digest_of
from mesh_core.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

MODELS_SCHEMA = "main"
"""Where dbt-duckdb puts models that name no schema."""


class DbtNodeError(Exception):
    """What dbt says of a model or a test that failed; it may quote rows."""


class DbtModel(msgspec.Struct, frozen=True, kw_only=True):
    """One model as dagster-dbt places it on the asset graph."""

    name: str
    path: str
    """Relative to the dbt project."""
    key: tuple[str, ...]
    deps: tuple[tuple[str, ...], ...]
    description: str
    compiled: str
    """Its SQL with references resolved, for lineage and type checks."""
    relation: str
    """The model's name as it appears in the compiled SQL of others."""


class DbtProjectState(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered of a project between processes."""

    digest: str
    models: tuple[DbtModel, ...]
    """Each after the models that it reads."""

    def model(self, name: str) -> DbtModel | None:
        return next((model for model in self.models if model.name == name), None)

    def before(self, model: DbtModel) -> list[DbtModel]:
        """The models that ``model`` reads, directly or not, in an order in which each can be built."""
        needed = set(model.deps)
        for other in reversed(self.models):
            if other.key in needed:
                needed |= set(other.deps)
        return [other for other in self.models if other.key in needed]


def dbt_ports(tree: DomainTree) -> frozenset[str]:
    """Names of the models that are output ports of the domain."""
    return frozenset(port.path.stem for port in tree.ports if port.engine == "dbt")


def project_state(project: Path, ports: frozenset[str], settings: Settings) -> DbtProjectState:
    """The project's models; parsed by dbt when a file changed, else read back in a millisecond.

    ``ports`` are the models that are output ports: their keys are ``[domain, model]``, all others
    ``[domain, silver, model]``.
    """
    digest = digest_of(dbt_files(project))
    remembered = settings.cache / "dbt" / project.name / "models.json"
    with contextlib.suppress(OSError, msgspec.DecodeError):
        state = msgspec.json.decode(remembered.read_bytes(), type=DbtProjectState)
        if state.digest == digest:
            return state
    state = DbtProjectState(digest=digest, models=tuple(_models(project, ports, settings)))
    replace_file(remembered, msgspec.json.encode(state))
    return state


def _models(project: Path, ports: frozenset[str], settings: Settings) -> Iterator[DbtModel]:
    from dagster import AssetKey
    from dagster_dbt import DagsterDbtTranslator, build_dbt_asset_specs

    class Translator(DagsterDbtTranslator):
        def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> AssetKey:
            if dbt_resource_props["resource_type"] != "model":
                return super().get_asset_key(dbt_resource_props)
            name = dbt_resource_props["name"]
            return AssetKey([project.name, name] if name in ports else [project.name, "silver", name])

    _invoke(project, settings, ["compile"], database=":memory:")
    manifest = json.loads((_target(project, settings) / "manifest.json").read_text())
    specs = build_dbt_asset_specs(manifest=manifest, dagster_dbt_translator=Translator())
    translator = Translator()
    keys = {
        tuple(translator.get_asset_key(node).path): node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
    }
    for spec in sorted(specs, key=lambda spec: _depth(keys[tuple(spec.key.path)], manifest)):
        node = keys[tuple(spec.key.path)]
        yield DbtModel(
            name=node["name"],
            path=node["original_file_path"],
            key=tuple(spec.key.path),
            deps=tuple(tuple(dep.asset_key.path) for dep in spec.deps),
            description=node["description"],
            compiled=node.get("compiled_code") or "",
            relation=node["relation_name"] or "",
        )


def _depth(node: Mapping[str, Any], manifest: Mapping[str, Any]) -> int:
    """How many models lie before this one on the longest path: an order in which each can be built."""
    parents = (manifest["nodes"].get(name) for name in node["depends_on"]["nodes"])
    return 1 + max((_depth(parent, manifest) for parent in parents if parent), default=0)


def build_model(project: Path, model: str, database: Path, settings: Settings) -> None:
    """Run ``model`` with all it depends on, tests included, in the DuckDB file ``database``.

    The file holds the inputs as views already. TransformationError names the dbt node that failed.
    """
    _invoke(project, settings, ["build", "--select", f"+{model}"], database=str(database))


def _target(project: Path, settings: Settings) -> Path:
    return settings.cache / "dbt" / project.name / "target"


@cache
def _manifest(project: Path, digest: str, target: Path) -> Any:
    """The parsed project, once for each of its states (``digest``) in this process."""
    del digest
    from dbt.cli.main import dbtRunner

    parsed = dbtRunner().invoke(_arguments(project, target, ["parse"], ":memory:"))
    if not parsed.success:
        message = f"dbt cannot parse the project: {parsed.exception}"
        raise TransformationError(message, path=project / "dbt_project.yml")
    return parsed.result


def _arguments(project: Path, target: Path, command: list[str], database: str) -> list[str]:
    return [
        "--quiet",
        "--no-use-colors",
        "--no-send-anonymous-usage-stats",
        "--log-level-file",
        "none",
        *command,
        "--project-dir",
        str(project),
        "--profiles-dir",
        str(project),
        "--target-path",
        str(target),
        "--log-path",
        str(target / "logs"),
        "--vars",
        json.dumps({"database": database}),
    ]


def _invoke(project: Path, settings: Settings, command: list[str], *, database: str) -> None:
    from dbt.cli.main import dbtRunner

    target = _target(project, settings)
    # Around the parsing, too: dbt says there what is wrong, and `--json` owns stdout.
    with contextlib.redirect_stdout(None):
        manifest = _manifest(project, digest_of(dbt_files(project)), target)
        outcome = dbtRunner(manifest=manifest).invoke(_arguments(project, target, command, database))
    if outcome.success:
        return
    results = getattr(outcome.result, "results", None) or []
    failed = [result for result in results if result.status in {"error", "fail", "runtime error"}]
    if not failed:
        message = f"dbt {command[0]} failed: {outcome.exception}"
        raise TransformationError(message, path=project / "dbt_project.yml")
    first = failed[0]
    message = f"dbt {first.node.resource_type} {first.node.name} failed: {first.message}"
    raise TransformationError(message, path=project / first.node.original_file_path) from DbtNodeError(first.message)
