"""mesh policies"""

from __future__ import annotations

import pytest

from mesh_core.testing import TinyMesh

from .calling import Answer, Mesh

ORDERS = "domains/shop/orders/orders.contract.yaml"
PROTECTION = "        customProperties: [{property: protection, value: mask}]\n"
KNOWN = "mask, tokenise, hash, drop, encrypt"
OWN = """\
from collections.abc import Iterator

from mesh_core.policy import Subject, Violation, policy


@policy(id="euros", severity="warning", gates={"check"}, sentence="Sums are in euros.")
def euros(subject: Subject) -> Iterator[Violation]:
    \"\"\"The shop sells in one currency.

    A sum says ``euros`` in its description.
    \"\"\"
    for column in subject.columns:
        if column.logical_type == "number" and "euros" not in column.description:
            yield Violation(f"column '{column.name}' is in no currency", column.at, "Say euros.")
"""
WAIVER = """\
waivers:
  - policy: protection-required
    domain: shop
    until: "2999-12-31"
    reason: The till masks on its own.
    approved_by: olga@mesh.example
"""
ROLES = "domains:\n  shop: {team: Shop team, owner: olga@mesh.example}\n"


@pytest.fixture
def policies(mesh: Mesh, tiny: TinyMesh):
    def call(*words: str) -> Answer:
        return mesh("policies", *words, "--root", tiny.root)

    return call


@pytest.fixture
def waived(tiny: TinyMesh) -> TinyMesh:
    """shop.orders does not say how the customer is protected, and need not."""
    tiny.edit(ORDERS, PROTECTION, "")
    tiny.file("governance").mkdir()
    tiny.file("governance/waivers.yaml").write_text(WAIVER)
    tiny.file("governance/roles.yaml").write_text(ROLES)
    return tiny


def _own(tiny: TinyMesh, text: str = OWN) -> None:
    tiny.file("governance/policies").mkdir(parents=True)
    tiny.file("governance/policies/money.py").write_text(text)


def _row(answer: Answer, name: str) -> list[str]:
    return next(line.split() for line in answer.out.splitlines() if line.startswith(f"{name} "))


def test_every_policy_has_a_line(policies) -> None:
    answer = policies()
    assert answer.code == 0
    assert _row(answer, "policy") == ["policy", "severity", "gates", "violations", "waived", "defined", "in"]
    assert _row(answer, "protection-required") == [
        "protection-required",
        "error",
        "check",
        "publish",
        "access",
        "0",
        "0",
        "built-in",
    ]
    assert answer.out.splitlines()[-1] == "14 policies, 0 of them this mesh's own; 0 violations; 0 waivers in force"


def test_violations_are_counted(policies, tiny: TinyMesh) -> None:
    tiny.edit(ORDERS, PROTECTION, "")
    answer = policies()
    assert answer.code == 0
    assert _row(answer, "protection-required")[-3:] == ["1", "0", "built-in"]
    assert answer.out.splitlines()[-1].endswith("; 1 violation; 0 waivers in force")


def test_a_policy_of_the_mesh_says_where_it_is(policies, tiny: TinyMesh) -> None:
    _own(tiny)
    assert _row(policies(), "euros") == ["euros", "warning", "check", "0", "0", "governance/policies/money.py:6"]


def test_one_in_place_of_a_built_in_says_so(policies, tiny: TinyMesh) -> None:
    _own(tiny, OWN.replace('"euros"', '"names"', 1))
    assert _row(policies(), "names")[-3:] == ["governance/policies/money.py:6", "(replaces", "built-in)"]


def test_a_waiver_is_listed_with_what_it_covers(policies, waived: TinyMesh) -> None:
    lines = policies().out.splitlines()
    assert lines[-6:-2] == [
        "",
        "waived protection-required for all ports of shop until 2999-12-31, approved by olga@mesh.example",
        "  The till masks on its own.",
        "  covers shop.orders: column 'customer' is restricted and does not say how it is protected",
    ]
    assert lines[-1].endswith("; 0 violations; 1 waiver in force")


def test_why(policies, tiny: TinyMesh) -> None:
    file = tiny.edit(ORDERS, PROTECTION, "")
    answer = policies("why", "protection-required")
    assert answer.code == 0
    assert answer.out.splitlines() == [
        "protection-required  error  at check, publish, access  built-in",
        "Whoever shares sensitive values says how they are protected.",
        "",
        "The owner knows what keeps a value useful: a token still joins, a mask still shows a shape, a hash counts.",
        "",
        "Confidential and restricted columns carry the custom property `protection`: mask, tokenise, hash, drop or",
        "encrypt. ODCS's own `encryptedName` counts as encrypt.",
        "",
        "refused  {name: customer, logicalType: string, description: Address., classification: restricted}",
        "mended   {name: customer, logicalType: string, description: Address., classification: restricted,",
        "          customProperties: [{property: protection, value: mask}]}",
        "",
        f"{file}:27: shop.orders: column 'customer' is restricted and does not say how it is protected",
        f"  → Add `customProperties: [{{property: protection, value: mask}}]`; known values are {KNOWN}.",
    ]


def test_why_of_a_policy_that_is_kept(policies) -> None:
    assert policies("why", "names").out.splitlines()[-1] == "✓ every port keeps it"


def test_why_of_a_policy_that_is_waived(policies, waived: TinyMesh) -> None:
    assert policies("why", "protection-required").out.splitlines()[-1] == "✓ every other port keeps it"


def test_why_of_a_policy_without_example(policies, tiny: TinyMesh) -> None:
    _own(tiny)
    assert policies("why", "euros").out.splitlines() == [
        "euros  warning  at check  governance/policies/money.py:6",
        "Sums are in euros.",
        "",
        "The shop sells in one currency.",
        "",
        "A sum says `euros` in its description.",
        "",
        "✓ every port keeps it",
    ]


def test_json(policies, waived: TinyMesh) -> None:
    told = policies("--json").json
    found = {policy["id"]: policy for policy in told["policies"]}
    assert len(found) == 14
    protection = found["protection-required"]
    assert (protection["gates"], protection["defined_in"]) == (["check", "publish", "access"], "built-in")
    assert protection["violations"] == []
    assert [(each["port"], each["line"], each["severity"]) for each in protection["waived"]] == [
        ("shop.orders", 27, "error")
    ]
    assert told["waivers"] == [
        {
            "policy": "protection-required",
            "domain": "shop",
            "ports": [],
            "until": "2999-12-31",
            "reason": "The till masks on its own.",
            "approved_by": "olga@mesh.example",
            "covers": ["shop.orders: column 'customer' is restricted and does not say how it is protected"],
        }
    ]
    assert told["errors"] == []


def test_json_of_one(policies) -> None:
    (told,) = policies("why", "owner-required", "--json").json["policies"]
    assert (told["id"], told["sentence"]) == ("owner-required", "Nothing is shared without an owner.")


def test_a_policy_that_is_none(policies) -> None:
    answer = policies("why", "protecton-required")
    assert answer.code == 2
    assert answer.err == (
        "error: the mesh has no policy 'protecton-required'\n"
        "  → Did you mean protection-required, retention-required, description-required?\n"
    )


def test_why_without_a_policy(policies) -> None:
    answer = policies("why")
    assert answer.code == 2
    assert "name the policy: mesh policies why ID" in answer.err


def test_a_policy_file_that_is_wrong(policies, tiny: TinyMesh) -> None:
    _own(tiny, "import nothing_of_that_name\n")
    answer = policies()
    assert answer.code == 2
    assert "money.py does not load: ModuleNotFoundError" in answer.err
    assert "governance/policies/money.py:1" in answer.err


def test_a_domain_that_does_not_load_is_told_beside_the_others(policies, tiny: TinyMesh) -> None:
    tiny.edit("domains/insight/domain.yaml", "kind: consumer-aligned", "kind: consuming")
    answer = policies()
    assert answer.code == 2
    assert _row(answer, "names")[-3:] == ["0", "0", "built-in"]
    assert "domain insight does not load" in answer.err
