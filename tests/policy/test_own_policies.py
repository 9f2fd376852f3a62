"""Policies of the mesh's own: beside the built-in ones, in place of one, and what is wrong with a file."""

from __future__ import annotations

import sys

import pytest

from mesh_core.contracts.loading import load_mesh
from mesh_core.errors import MeshError
from mesh_core.governance import load_charter
from mesh_core.policy import Policies, policy_findings, refuse
from mesh_core.policy.pack import PACK
from mesh_core.settings import load_settings
from mesh_core.testing import TinyMesh, write_tiny_mesh

from .conftest import TODAY

SHORT = """\
from collections.abc import Iterator

from mesh_core.policy import Subject, Violation, policy

LONGEST = 5


@policy(id="short-names", gates={"check", "publish"}, sentence="Names are short.")
def short_names(subject: Subject) -> Iterator[Violation]:
    for column in subject.columns:
        if len(column.name) > LONGEST:
            yield Violation(f"'{column.name}' is long", column.at, "Shorten it.")
"""


@pytest.fixture
def tiny(tmp_path) -> TinyMesh:
    tiny = write_tiny_mesh(tmp_path / "mesh", consumer=False)
    tiny.file("governance/policies").mkdir(parents=True)
    return tiny


def _write(tiny: TinyMesh, text: str, name: str = "own") -> None:
    tiny.file(f"governance/policies/{name}.py").write_text(text)


def _found(tiny: TinyMesh) -> list[MeshError]:
    mesh = load_mesh(load_settings(tiny.root))
    return policy_findings(mesh, load_charter(tiny.root), mesh.ports.values(), today=TODAY)


def _told(tiny: TinyMesh) -> list[tuple[str, str]]:
    return [(error.code, error.what) for error in _found(tiny)]


def test_one_beside_the_built_in_ones(tiny: TinyMesh) -> None:
    _write(tiny, SHORT)
    assert _told(tiny) == [
        ("short-names", "'order_id' is long"),
        ("short-names", "'customer' is long"),
        ("short-names", "'amount' is long"),
        ("short-names", "'ordered_on' is long"),
    ]


def test_it_holds_where_a_port_is_published(tiny: TinyMesh) -> None:
    _write(tiny, SHORT)
    mesh = load_mesh(load_settings(tiny.root))
    with pytest.raises(MeshError, match="Names are short"):
        refuse("publish", mesh.port("shop.orders"), load_charter(tiny.root), today=TODAY)


def test_it_leaves_no_module_and_no_bytecode_behind(tiny: TinyMesh) -> None:
    before = set(sys.modules)
    _write(tiny, SHORT)
    _told(tiny)
    assert not [name for name in set(sys.modules) - before if "governance.policies" in name]
    assert [file.name for file in tiny.file("governance/policies").iterdir()] == ["own.py"]


def test_an_edited_policy_is_seen_at_once(tiny: TinyMesh) -> None:
    _write(tiny, SHORT)
    assert len(_told(tiny)) == 4
    _write(tiny, SHORT.replace("LONGEST = 5", "LONGEST = 8"))
    assert _told(tiny) == [("short-names", "'ordered_on' is long")]


def test_one_in_place_of_a_built_in(tiny: TinyMesh) -> None:
    _write(tiny, SHORT.replace('id="short-names"', 'id="names"'))
    policies = Policies.load(tiny.root)
    assert list(policies.by_id) == [policy.id for policy in PACK]
    assert policies.by_id["names"].sentence == "Names are short."


def test_a_file_that_begins_with_an_underscore_is_no_policy_file(tiny: TinyMesh) -> None:
    _write(tiny, "raise AssertionError", name="_shared")
    assert _told(tiny) == []


def test_a_policy_that_a_file_only_imports_is_not_its_own(tiny: TinyMesh) -> None:
    _write(tiny, SHORT + "from mesh_core.policy.pack.names import names\n")
    assert Policies.load(tiny.root).by_id["names"] is next(policy for policy in PACK if policy.id == "names")
    _write(tiny, "from mesh_core.policy.pack.names import names\n")
    assert _told(tiny) == [("policy-file", "own.py defines no policy")]


HELPED = """\
from mesh_core.policy import policy


def length(column):
    return len(column.nmae)


@policy(id="short-names", gates={"check", "publish"}, sentence="Names are short.")
def short_names(subject):
    return [column for column in subject.columns if length(column) > 5]
"""

WRONG = [
    ("def policy(:", 1, "own.py does not load: SyntaxError: "),
    ("import numbers\nimport nonexistent_module\n", 2, "own.py does not load: ModuleNotFoundError: "),
    ("LIMIT = {}\nLIMIT['x']\n", 2, "own.py does not load: KeyError: 'x'"),
    ("LIMIT = 5\n", 1, "own.py defines no policy"),
    (SHORT.replace("short-names", "Short_Names"), 8, "policy 'Short_Names' has an id that is not kebab-case"),
    (SHORT.replace('{"check", "publish"}', '{"chekc"}'), 8, "policy 'short-names' names the gates ['chekc']"),
    (SHORT.replace('{"check", "publish"}', "()"), 8, "policy 'short-names' names the gates []"),
    (SHORT.replace("Names are short.", ""), 8, "policy 'short-names' has no sentence"),
    (
        SHORT.replace('gates={"check"', 'severity="fatal", gates={"check"'),
        8,
        "policy 'short-names' has severity 'fatal'",
    ),
    (
        SHORT + SHORT.replace("def short_names", "def other"),
        20,
        "policy 'short-names' is defined twice, here and in own.py:8",
    ),
    (
        SHORT.replace("column.name", "column.nmae", 1),
        11,
        "policy 'short-names' cannot judge shop.orders: AttributeError: 'Field' object has no attribute 'nmae'",
    ),
    (HELPED, 5, "policy 'short-names' cannot judge shop.orders: AttributeError: "),
    (
        SHORT.replace("yield Violation", "Violation"),
        8,
        "policy 'short-names' cannot judge shop.orders: TypeError: 'NoneType' object is not iterable",
    ),
    (
        SHORT.replace('yield Violation(f"', 'yield (f"'),
        8,
        "policy 'short-names' cannot judge shop.orders: TypeError: it yields a tuple, not a Violation",
    ),
]


@pytest.mark.parametrize(("text", "line", "told"), WRONG, ids=[case[2] for case in WRONG])
def test_a_file_that_is_wrong_is_told_with_its_line_and_stops_the_gates(
    tiny: TinyMesh, text: str, line: int, told: str
) -> None:
    _write(tiny, text)
    (found,) = _found(tiny)
    assert found.what.startswith(told)
    assert (found.path, found.line) == (tiny.file("governance/policies/own.py"), line)
    assert (found.severity, bool(found.remedy)) == ("error", True)
    mesh = load_mesh(load_settings(tiny.root))
    with pytest.raises(MeshError):
        refuse("publish", mesh.port("shop.orders"), load_charter(tiny.root), today=TODAY)


def test_two_files_that_are_wrong_are_told_both(tiny: TinyMesh) -> None:
    _write(tiny, "def (", name="first")
    _write(tiny, "def (", name="second")
    from mesh_core.errors import DescriptorsError

    with pytest.raises(DescriptorsError) as caught:
        Policies.load(tiny.root)
    assert [error.path.name for error in caught.value.errors if error.path] == ["first.py", "second.py"]
