"""What `mesh policies why` shows as refused is refused, and what it shows as mended passes."""

from __future__ import annotations

import pytest
import yaml

from mesh_core.contracts.tree import Port
from mesh_core.policy.policies import Policies

from .conftest import ROOT, port

POLICIES = list(Policies.load(ROOT).by_id.values())


def _with(piece: str) -> Port:
    """The port of these tests with the piece of an example."""
    given = yaml.safe_load(piece)
    if piece.startswith("# product.yaml"):
        return port(None, given)
    return port(None, None, given) if "name" in given else port(given)


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.id)
def test_every_policy_shows_what_it_refuses(policy, judge) -> None:
    assert policy.example is not None
    assert {code for code, _ in judge(_with(policy.example.refused))} == {policy.id}
    assert judge(_with(policy.example.mended)) == []


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.id)
def test_every_policy_says_why_in_a_sentence_and_more(policy) -> None:
    assert policy.sentence.endswith(".")
    assert len(policy.rationale.splitlines()) > 1
