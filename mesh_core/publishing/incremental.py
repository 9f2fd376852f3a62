"""Incremental inputs: of an input that only grows, a publication that adds to its table reads what came since the last.

Which version that was stands in the last publication's own commit. So a crash at any point repeats what was not
committed and skips nothing, and what was committed is not read again.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec

from mesh_core.contracts.graph import product_of

if TYPE_CHECKING:
    from mesh_core.publishing.attempt import Attempt
    from mesh_core.publishing.inputs import PinnedInput


def read_changes(attempt: Attempt) -> tuple[PinnedInput, ...]:
    """The attempt's inputs, those that the product reads incrementally with the files that are new.

    All of them are read as a whole if of one it cannot be told what is new (its log was cleaned, it was rebuilt),
    with ``force``, and after a change of code or contract: the rows that are there may come out otherwise. Appended
    rows without a key are the exception. They stay as they are, and could not be told from those made again.
    """
    names = product_of(attempt.port, attempt.tree).incremental
    before = attempt.before
    if not names or before is None or attempt.rebuild or attempt.force:
        return attempt.inputs
    same_code = before.facts.get("codeDigest") == attempt.code
    if not same_code and (attempt.publishing.key or attempt.publishing.mode != "append"):
        return attempt.inputs
    read = json.loads(before.facts.get("inputs", "{}"))
    found = []
    for given in attempt.inputs:
        if given.name not in names:
            found.append(given)
            continue
        since = read.get(given.name)
        files = None if since is None else attempt.services.lake.added(given.pinned.path, since, given.pinned)
        if files is None:
            return attempt.inputs
        found.append(msgspec.structs.replace(given, part=given.pinned.relation_of(files), since=since))
    return tuple(found)
