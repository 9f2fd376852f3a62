"""House rules that neither ruff nor import-linter sees, read from the code itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
MODULES = sorted([*(ROOT / "mesh_core").rglob("*.py"), *(ROOT / "domains").rglob("*.py")])

BROAD = {
    ("mesh_core/cli/app.py", "main"),  # where everything ends
    ("mesh_core/orchestration/run.py", "load_definitions"),  # a domain's own code, at import
    ("mesh_core/publishing/transformation/transform.py", "run_function"),  # a domain's own code, when it runs
    ("mesh_core/policy/own.py", "told_with_place"),  # the mesh's own policies
}
"""Where anything at all may be caught: the CLI's boundary, and foreign code, which is told with its place."""

ENVIRONMENT = {
    "mesh_core/settings.py",
    "mesh_core/cli/devserver.py",  # hands its environment on to the processes that it starts
}


def _name(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _caught(handler: ast.ExceptHandler) -> set[str]:
    if handler.type is None:
        return {"BaseException"}
    return {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)}


def _swallows(handler: ast.ExceptHandler) -> bool:
    """Whether the handler ends without raising: one that cleans up and raises again hides nothing."""
    last = handler.body[-1]
    return not (isinstance(last, ast.Raise) and last.exc is None)


def test_there_is_something_to_look_at() -> None:
    assert len(MODULES) > 100


def test_everything_is_caught_in_few_places_only() -> None:
    found = set()
    for file in MODULES:
        for function in _functions(ast.parse(file.read_text())):
            for node in ast.walk(function):
                if (
                    isinstance(node, ast.ExceptHandler)
                    and _caught(node) & {"Exception", "BaseException"}
                    and _swallows(node)
                ):
                    found.add((_name(file), function.name))
    assert found == BROAD


def test_only_settings_reads_the_environment() -> None:
    found = set()
    for file in MODULES:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv", "environb"}:
                found.add(_name(file))
            if isinstance(node, ast.ImportFrom) and node.module == "os":
                found |= {_name(file) for alias in node.names if alias.name in {"environ", "getenv"}}
    assert found == ENVIRONMENT


def test_every_setting_is_documented_where_it_is_read() -> None:
    text = (ROOT / "mesh_core" / "settings.py").read_text()
    read = {
        node.value
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("MESH_")
    }
    assert read == {
        "MESH_CATALOG_URL",
        "MESH_DAGSTER_URL",
        "MESH_ENVIRONMENT",
        "MESH_HOME",
        "MESH_LAKE",
        "MESH_MEMORY_LIMIT",
        "MESH_OPENLINEAGE",
        "MESH_OPENLINEAGE_NAMESPACE",
        "MESH_OPENLINEAGE_TOKEN",
        "MESH_OPENLINEAGE_URL",
        "MESH_PRINCIPAL",
        "MESH_REGISTRATION_TOKEN",
        "MESH_REPLAY_UNTIL",
        "MESH_ROOT",
        "MESH_SERVICE_HOSTS",
    }
    assert all(f"``{name}" in text for name in read)


def test_modules_are_small() -> None:
    assert {_name(file): n for file in MODULES if (n := len(file.read_text().splitlines())) > 500} == {}


def test_functions_are_short() -> None:
    long = {
        f"{_name(file)}:{function.name}": length
        for file in MODULES
        for function in _functions(ast.parse(file.read_text()))
        if (length := (function.end_lineno or 0) - function.lineno + 1) > 60
    }
    assert long == {}


def test_no_module_is_named_for_nothing() -> None:
    names = {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc"}
    assert [_name(file) for file in MODULES if file.stem in names] == []


def test_domains_enter_by_public_names_only() -> None:
    """From the platform a domain imports ``mesh_core.orchestration`` and nothing below it."""
    for file in (ROOT / "domains").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            module = node.module if isinstance(node, ast.ImportFrom) else None
            if module and module.startswith("mesh_core"):
                assert module == "mesh_core.orchestration", _name(file)
            if isinstance(node, ast.Import):
                assert not any(alias.name.startswith("mesh_core") for alias in node.names), _name(file)


def test_no_domain_imports_another() -> None:
    for file in (ROOT / "domains").rglob("*.py"):
        own = file.relative_to(ROOT / "domains").parts[0]
        for node in ast.walk(ast.parse(file.read_text())):
            module = node.module if isinstance(node, ast.ImportFrom) else None
            if module and module.startswith("domains."):
                assert module.split(".")[1] == own, _name(file)
