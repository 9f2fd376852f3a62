"""What a policy is: one rule over one port, with the sentence that people read and the gates where it holds."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Literal

import msgspec

from mesh_core.errors import ConfigurationError, Severity
from mesh_core.policy.subject import Subject

Gate = Literal["check", "load", "publish", "access"]
GATES: tuple[Gate, ...] = ("check", "load", "publish", "access")

_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


class Violation(msgspec.Struct, frozen=True):
    """What a port does against a policy, and how to mend it."""

    what: str
    at: tuple[str | int, ...] = ()
    """Key path in the document: where the line of the finding is."""
    remedy: str = ""
    document: Literal["contract", "product", "domain"] = "contract"


class Example(msgspec.Struct, frozen=True):
    """A piece of a contract that the policy refuses, and the same piece mended; both YAML.

    A piece with a ``name`` is a column, any other stands at the top of the contract, or of the product where its
    first line says ``# product.yaml``.
    """

    refused: str
    mended: str


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """A rule with its name; made by the decorator ``policy``."""

    id: str
    severity: Severity
    gates: frozenset[Gate]
    sentence: str
    example: Example | None
    rule: Callable[[Subject], Iterable[Violation]]

    @property
    def rationale(self) -> str:
        """Why the policy is there: the function's docstring."""
        return inspect.cleandoc(self.rule.__doc__ or "").replace("``", "`")

    @property
    def path(self) -> Path:
        """The file that defines it."""
        return Path(self.rule.__code__.co_filename)

    @property
    def line(self) -> int:
        return self.rule.__code__.co_firstlineno


def policy(
    *,
    id: str,  # noqa: A002 - the word that authors of policies expect
    severity: Severity = "error",
    gates: Iterable[Gate],
    sentence: str,
    example: Example | None = None,
) -> Callable[[Callable[[Subject], Iterable[Violation]]], Policy]:
    """Make a function that yields violations a policy; its docstring is the rationale that people read.

    ConfigurationError for an id that is not kebab-case, or a severity, gate or sentence that is none.
    """
    held = frozenset(gates)

    def make(rule: Callable[[Subject], Iterable[Violation]]) -> Policy:
        made = Policy(id=id, severity=severity, gates=held, sentence=sentence, example=example, rule=rule)
        for wrong, remedy in _mistakes(made):
            message = f"policy '{id}' {wrong}"
            raise ConfigurationError(message, path=made.path, line=made.line, remedy=remedy)
        return made

    return make


def _mistakes(made: Policy) -> Iterable[tuple[str, str]]:
    if _ID.fullmatch(made.id) is None:
        yield "has an id that is not kebab-case", "Write it like 'owner-required'."
    if made.severity not in {"error", "warning"}:
        yield f"has severity '{made.severity}'", "It is 'error' or 'warning'."
    if not made.gates or not made.gates <= set(GATES):
        yield f"names the gates {sorted(made.gates)}", f"Name some of {', '.join(GATES)}."
    if not made.sentence.strip().endswith("."):
        yield "has no sentence", "Say in one sentence, with its full stop, what holds."
