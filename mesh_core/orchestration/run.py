"""`mesh run`: a selection, or the whole mesh in dependency order, in this process with one Dagster instance."""

from __future__ import annotations

import contextlib
import sys
import time
import uuid
from importlib import import_module, invalidate_caches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from mesh_core.contracts.tree import Port
from mesh_core.errors import ConfigurationError, MeshError
from mesh_core.orchestration.batches import batches, tags_of
from mesh_core.publishing.declaring import declare_tree, journal_of, note_unchanged
from mesh_core.publishing.planning.plan import Key, Plan, Step, make_plan, segments
from mesh_core.publishing.progress import Listener, Outcome, Progress, listening
from mesh_core.publishing.services import Services
from mesh_core.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    import dagster as dg

_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


class RunReport(msgspec.Struct, frozen=True, kw_only=True):
    """What `mesh run` did: one outcome a port, in the order of the run, and the domains that did not load."""

    ports: tuple[Outcome, ...]
    broken: dict[str, MeshError]
    seconds: float

    @property
    def failed(self) -> bool:
        return any(outcome.status in {"failed", "skipped"} for outcome in self.ports)


def plan_run(
    services: Services,
    patterns: tuple[str, ...],
    *,
    force: bool = False,
    upstream: bool = False,
    partitions: Sequence[str] = (),
) -> Plan:
    """What a run of ``patterns`` has to do; reads the tree and the tables' logs, nothing else.

    ``partitions`` (keys or ranges ``first..last``) are made again whatever they are, and no others.
    """
    selected = services.mesh.select(patterns)
    return make_plan(services.mesh, selected, services, force=force, upstream=upstream, only=partitions)


def execute(plan: Plan, services: Services, *, force: bool = False, listener: Listener | None = None) -> RunReport:
    """Run what is stale in ``plan``, domain by domain; ports that are as they should be stay ``unchanged``.

    A failure holds back what reads the failed port, and nothing else.
    """
    started = time.perf_counter()
    run = _Execution(plan, services, listener)
    declare_tree(services)
    if plan.stale:
        run.execute(force=force)
    run.retire()
    run.repair()
    run.confirm()
    return RunReport(ports=run.report(), broken=plan.broken, seconds=time.perf_counter() - started)


class _Execution:
    """The state of one run: outcomes by port and the assets that failed or were held back."""

    def __init__(self, plan: Plan, services: Services, listener: Listener | None) -> None:
        self._plan, self._services, self._listener = plan, services, listener
        self._outcomes: dict[str, Outcome] = {}
        self._errors: dict[Key, str] = {}
        self._held: dict[Key, Key] = {}

    def execute(self, *, force: bool) -> None:
        from mesh_core.orchestration.instance import open_instance

        settings = self._services.settings
        with open_instance(settings) as instance, listening(self._heard):
            for steps in segments(self._plan.stale, self._is_held):
                try:
                    definitions = load_definitions(steps[0].key[0], settings)
                except MeshError as error:
                    self._plan.broken[steps[0].key[0]] = error
                    self._errors |= {step.key: str(error) for step in steps}
                    continue
                for batch in batches(steps, named=self._plan.named):
                    self._run(definitions, batch, instance, force=force)

    def _run(
        self, definitions: dg.Definitions, steps: list[Step], instance: dg.DagsterInstance, *, force: bool
    ) -> None:
        """The steps in one Dagster run, or for partitions that are no one range in one run a range.

        Of stale partitions the first run makes all; the others tell Dagster of theirs.
        """
        steps = [step for step in steps if not self._is_held(step)]
        if not steps:
            return
        named = self._plan.named and any(step.partitioning for step in steps)
        for number, tags in enumerate(tags_of(steps, force=force or named, named=named)):
            extra = number > 0 and not named
            with listening(None) if extra else contextlib.nullcontext():
                self._execute(definitions, steps, instance, tags)
            if any(step.key in self._errors for step in steps):
                return
            steps = [step for step in steps if step.partitioning]

    def _execute(
        self, definitions: dg.Definitions, steps: list[Step], instance: dg.DagsterInstance, tags: dict[str, str]
    ) -> None:
        import dagster as dg

        job = definitions.resolve_implicit_global_asset_job_def()
        keys = [dg.AssetKey(list(key)) for key in (*self._plain_before(steps, definitions), *(s.key for s in steps))]
        result = job.execute_in_process(
            asset_selection=keys, instance=instance, raise_on_error=False, run_config=_QUIET, tags=tags
        )
        if _interrupted(result):
            raise KeyboardInterrupt
        made = {
            tuple(event.asset_key.path)
            for event in result.all_events
            if event.is_step_materialization and event.asset_key
        }
        failures = _failures(result)
        for step in steps:
            if step.key not in made:
                self._note_failure(step, failures)

    def _plain_before(self, steps: list[Step], definitions: dg.Definitions) -> set[Key]:
        """The domain's own plain assets that a step reads, with the internal steps before them.

        No file tells when a plain asset is stale, so it runs whenever what reads it does.
        """
        planned = {step.key for step in self._plan.steps}
        ports = {port.address.asset_key for port in self._services.mesh.ports.values()}
        reads = {
            tuple(spec.key.path): {tuple(dep.asset_key.path) for dep in spec.deps}
            for spec in definitions.resolve_all_asset_specs()
            if spec.key.path[0] == steps[0].key[0]  # what it reads of other domains is listed too
        }
        found: set[Key] = set()
        waiting = {key for step in steps for key in step.upstream}
        while waiting:
            key = waiting.pop()
            if key in reads and key not in planned | ports | found:
                found.add(key)
                waiting |= reads[key]
        return found

    def _note_failure(self, step: Step, failures: dict[str, str]) -> None:
        """A step that made nothing failed by itself, or an earlier one of the same run did."""
        heard = self._outcomes.get(".".join(step.key))
        name = "__".join(step.key)
        if heard is not None and heard.status == "failed":
            self._errors[step.key] = heard.error
        elif name in failures:
            self._errors[step.key] = failures[name]
        elif not self._is_held(step):
            self._errors[step.key] = next(iter(failures.values()), "the step did not run")

    def _is_held(self, step: Step) -> bool:
        """Whether something that the step reads failed or was held back itself; remembers which."""
        for before in sorted(step.upstream):
            if before in self._errors or before in self._held:
                self._held[step.key] = before
                return True
        return False

    def retire(self) -> None:
        """Let the catalog know of the ports that have ended; one that may not end yet has failed."""
        retired = [(step.port, step.tree) for step in self._plan.ports if step.port and step.port.retired]
        if not retired:
            return
        from mesh_core.publishing.publication import publish

        run_id = str(uuid.uuid4())
        with listening(self._remember):
            for port, tree in retired:
                with contextlib.suppress(MeshError):  # told as the port's outcome
                    publish(port, tree, self._services, run_id=run_id)

    def _remember(self, event: Progress | Outcome) -> None:
        if isinstance(event, Outcome):
            self._outcomes[event.name] = event

    def _heard(self, event: Progress | Outcome) -> None:
        self._remember(event)
        if self._listener is not None:
            self._listener(event)

    def repair(self) -> None:
        """Register what an earlier run committed and could not register."""
        from mesh_core.publishing.register import repair

        repair([step.port for step in self._plan.ports if step.port], self._services)

    def confirm(self) -> None:
        """Note the ports that the plan found as they should be, and take what was noted into the catalog."""
        for step in self._plan.ports:
            # What was tried and found unchanged has been noted by its publication.
            if step.port is None or step.standing is None or step.port.address.sql in self._outcomes:
                continue
            if self._outcome(step, step.port).status == "unchanged":
                note_unchanged(step.port.address.sql, step.standing.version, self._services)
        with contextlib.suppress(OSError):  # notes that can't be moved stay where they are; the run is done
            self._services.catalog.absorb(journal_of(self._services))

    def report(self) -> tuple[Outcome, ...]:
        return tuple(self._outcome(step, step.port) for step in self._plan.ports if step.port)

    def _outcome(self, step: Step, port: Port) -> Outcome:
        heard = self._outcomes.get(port.address.sql)
        if heard is not None and (heard.status == "failed" or step.key not in self._errors):
            return heard
        cause = self._cause(step.key)
        if cause is None:
            return _standing(step, port, "unchanged", "")
        if len(cause) == len(port.address.asset_key) and cause != step.key:
            return _standing(step, port, "skipped", f"{'.'.join(cause)} was not published")
        return _standing(step, port, "failed", self._errors[cause])

    def _cause(self, key: Key) -> Key | None:
        """The failed asset at the start of what held ``key`` back; the nearest port on the way, if any."""
        while key in self._held:
            key = self._held[key]
            if len(key) == 2:
                return key
        return key if key in self._errors else None


def _standing(step: Step, port: Port, status: Any, error: str) -> Outcome:
    from mesh_core.publishing.outcomes import check_counts, partitions_made

    passed, failed = check_counts(step.standing)
    return Outcome(
        name=port.address.sql,
        status=status,
        rows=step.standing.rows if step.standing else 0,
        table_version=step.standing.version if step.standing else None,
        checks_passed=passed if status == "unchanged" else 0,
        checks_failed=failed if status == "unchanged" else 0,
        partitions=partitions_made(step.standing, published=False),
        error=error,
    )


def _interrupted(result: dg.ExecuteInProcessResult) -> bool:
    """Whether a step ended by Ctrl-C, which Dagster takes for a failure of that step."""
    return any(
        "DagsterExecutionInterruptedError" in event.step_failure_data.error.to_string()
        for event in result.all_events
        if event.is_step_failure and event.step_failure_data.error
    )


def _failures(result: dg.ExecuteInProcessResult) -> dict[str, str]:
    """Why each failed step failed, by step key; our own words where the failure is ours."""
    found = {}
    for event in result.all_events:
        if not event.is_step_failure or event.step_key is None:
            continue
        data = event.step_failure_data
        told = data.user_failure_data.description if data.user_failure_data else None
        found[event.step_key] = told or _root_cause(data.error)
    return found


def _root_cause(error: Any) -> str:
    """The innermost cause in one line; the whole trace stands in the Dagster UI."""
    while error is not None and error.cause is not None:
        error = error.cause
    return f"{error.message.strip()} (the trace stands in the Dagster UI)" if error else "failed"


def load_definitions(domain: str, settings: Settings) -> dg.Definitions:
    """The definitions of a domain under ``settings.root``; MeshError if its code location does not load."""
    root = str(settings.root)
    if root not in sys.path:
        sys.path.insert(0, root)
    _forget_other_roots(settings.root)
    try:
        module = import_module(f"domains.{domain}.definitions")
    except MeshError:
        raise
    except Exception as error:
        message = f"the code location does not load: {type(error).__name__}: {error}"
        raise ConfigurationError(message, path=_definitions_file(settings.root, domain)) from error
    definitions: dg.Definitions = module.defs
    return definitions


def _definitions_file(root: Path, domain: str) -> Path:
    return root / "domains" / domain / "definitions.py"


def _forget_other_roots(root: Path) -> None:
    """Another mesh may have been loaded by this process: ``domains`` must mean this root's."""
    loaded = sys.modules.get("domains")
    places = list(getattr(loaded, "__path__", ())) if loaded else []
    if loaded is not None and str(root / "domains") not in places:
        for name in [name for name in sys.modules if name == "domains" or name.startswith("domains.")]:
            del sys.modules[name]
        sys.path.remove(str(root))
        sys.path.insert(0, str(root))
        invalidate_caches()
