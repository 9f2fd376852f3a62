"""No finding without an explanation: whatever code is written down where findings are made is registered."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import mesh_core
from mesh_core.checking.codes import CODES

PACKAGE = Path(mesh_core.__file__).parent
MAKERS = (
    *sorted((PACKAGE / "checking").rglob("*.py")),
    *(
        PACKAGE / "contracts" / f"{name}.py"
        for name in ("document", "tree", "graph", "references", "syntax", "odcs", "odps")
    ),
    *(
        PACKAGE / "publishing" / "transformation" / f"{name}.py"
        for name in ("binding", "differences", "rules", "empty_tables")
    ),
    *(PACKAGE / "policy" / f"{name}.py" for name in ("waivers", "own", "policies")),
    *sorted((PACKAGE / "governance").rglob("*.py")),
)


def _written(tree: ast.AST) -> Iterator[str]:
    """Texts that are given as ``code=`` or assigned to a name that ends in ``code``."""
    for node in ast.walk(tree):
        given = isinstance(node, ast.keyword) and node.arg == "code"
        if given or (isinstance(node, ast.Assign) and any(_is_code(target) for target in node.targets)):
            yield from _texts(node.value)


def _is_code(target: ast.expr) -> bool:
    name = target.id if isinstance(target, ast.Name) else target.attr if isinstance(target, ast.Attribute) else ""
    return name.lower().endswith("code")


def _texts(value: ast.expr) -> Iterator[str]:
    for node in ast.walk(value):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_every_code_is_registered() -> None:
    found = {code: file.name for file in MAKERS for code in _written(ast.parse(file.read_text()))}
    assert {code: file for code, file in found.items() if code not in CODES} == {}
    assert "nullability" in found


def test_explanations_are_sentences() -> None:
    for code in CODES.values():
        assert code.sentence.endswith(".")
        assert code.help.endswith(".")
