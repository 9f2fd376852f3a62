"""Contracts as types, for Python: what functions make of inputs that keep their contracts, before any data moves."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from mesh_core.checking.python_cache import Digests, Outcomes
from mesh_core.checking.python_process import Ended, answers
from mesh_core.checking.python_worker import RAISES, Finding, Step
from mesh_core.contracts.graph import Node, key_of, product_of
from mesh_core.contracts.references import line_of_table
from mesh_core.errors import MeshError, flattened

if TYPE_CHECKING:
    from mesh_core.contracts.tree import DomainTree, Mesh
    from mesh_core.governance import Charter
    from mesh_core.settings import Settings

TIMED_OUT = "python-timeout"
TIMEOUT = 60.0
"""Seconds after which a step is taken to hang; over a hundred rows it should need less than one."""


def python_findings(
    trees: DomainTree | Iterable[DomainTree],
    mesh: Mesh,
    charter: Charter,
    settings: Settings,
    *,
    products: Collection[str] | None = None,
    timeout: float = TIMEOUT,
) -> list[MeshError]:
    """What is wrong with the Python steps of one domain or several, found by running them over generated inputs.

    Several domains in one call share one process; ``products`` are the ids to look at, by default of all.

    Ports among the inputs are generated from their contracts, with keys that join across domains; sources from
    their column types; other internal assets by running their steps over such rows. Each step runs over usual
    rows, over rows with every nullable column null, over one row and over none, unless a blocking rule on the
    number of rows refuses so few. What it returns is audited like a publication:

    - columns and types must be the contract's (``column-missing``, ``column-extra``, ``type-mismatch``),
    - rules that the schema implies must hold (``python-result``): required, unique, keys, enum, limits, patterns,
    - authored rules must run (``check-could-not-run``). Blocking ones about single rows that fail are warnings.
      Rules on numbers of rows, shares, statistics or other tables say something about real data: their verdict on
      generated rows is not judged,
    - an exception is ``python-raises``, and a step that does not end in time ``python-timeout``.

    A fault is an error where the inputs surely keep their contracts. It is a warning over no rows, which are allowed
    and rare, over rows of a source, which promises types only, and where the inputs have blocking rules that can't
    be solved.

    The functions run in a process of their own without network. Findings are cached by code, contracts and versions:
    what did not change is neither run nor imported again, unless it raised or did not end.
    """
    nodes = [(tree, node) for tree in _several(trees) for node in _python_nodes(tree, products)]
    if not nodes:
        return []
    outcomes, digests = Outcomes(settings), Digests(mesh, charter)
    findings: list[MeshError] = []
    waiting: dict[Step, tuple[Node, str]] = {}
    for tree, node in nodes:
        try:
            digest = digests.of(node, tree)
        except MeshError as error:
            findings += flattened([error])
            continue
        known = outcomes.get(key_of(node), digest) if digest else ()
        if known is None and digest:
            waiting[key_of(node)] = (node, digest)
        findings += [finding.error for finding in known or ()]
    findings += _tried_out(waiting, settings, outcomes, timeout)
    outcomes.save()
    return findings


def _several(trees: DomainTree | Iterable[DomainTree]) -> tuple[DomainTree, ...]:
    return tuple(trees) if isinstance(trees, Iterable) else (trees,)


def _python_nodes(tree: DomainTree, products: Collection[str] | None) -> list[Node]:
    nodes: list[Node] = [*tree.internals, *tree.ports]
    return [
        node
        for node in nodes
        if node.engine == "python" and (products is None or product_of(node, tree).id in products)
    ]


def _tried_out(
    waiting: dict[Step, tuple[Node, str]], settings: Settings, outcomes: Outcomes, timeout: float
) -> list[MeshError]:
    found: list[MeshError] = []
    for answer in answers(tuple(waiting), settings, timeout):
        if answer.step is None:
            message = f"Python steps could not be checked: the process that runs them {_why(answer)}"
            return [*found, MeshError(message, code="check-could-not-run", remedy="Mend what it complains about.")]
        node, digest = waiting[answer.step]
        told = answer.findings if not isinstance(answer, Ended) else (_ended(node, answer),)
        # The next machine may be less busy, or have the library that was missing.
        if not any(finding.code in {RAISES, TIMED_OUT} for finding in told):
            outcomes.put(answer.step, digest, told)
        found += [finding.error for finding in told]
    return found


def _why(answer: object) -> str:
    return answer.why if isinstance(answer, Ended) else ""


def _ended(node: Node, ended: Ended) -> Finding:
    name = node.path.stem
    return Finding(
        what=f"{name} {ended.why} over generated inputs",
        remedy=f"Mend {node.path.name}: it has to end, and to return a table.",
        code=TIMED_OUT if ended.timed_out else RAISES,
        severity="error",
        path=str(node.path),
        line=line_of_table(node.path.read_text(), f"def {name}"),
    )
