"""ODCS rules of ``type: custom, engine: greatExpectations``: one expectation, its arguments checked early."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Any

from mesh_core.quality import regex, sql, vocabulary

if TYPE_CHECKING:
    from mesh_core.contracts import Contract, QualityRule

_IGNORED = frozenset({"description", "notes", "severity", "meta"})


def expectation_of(rule: QualityRule, contract: Contract) -> tuple[str, dict[str, Any]]:
    """Type and arguments of the expectation; DescriptorError for what GX would not accept."""
    _check_engine(rule, contract)
    at = (*rule.at, "implementation")
    raw = _parsed(rule, contract)
    expectation = raw.get("type") or raw.get("expectation_type") or raw.get("expectation")
    kwargs = raw.get("kwargs", {})
    if not isinstance(expectation, str) or not isinstance(kwargs, dict):
        message = "the implementation names no expectation"
        remedy = "Write `type: expect_…` and `kwargs: {…}` under `implementation`."
        raise contract.document.error(message, at, remedy=remedy)
    if expectation not in vocabulary.EXPECTATIONS:
        near = difflib.get_close_matches(expectation, vocabulary.EXPECTATIONS, n=1)
        remedy = f"Did you mean {near[0]}?" if near else "See Great Expectations' gallery of expectations."
        message = f"'{expectation}' is no expectation"
        raise contract.document.error(message, (*at, "type"), remedy=remedy)
    known = vocabulary.EXPECTATIONS[expectation]
    kwargs = {name: value for name, value in kwargs.items() if name not in _IGNORED}
    if rule.column and "column" in known.required:
        kwargs = {"column": rule.column, **kwargs}
    if fault := vocabulary.fault_of(expectation, kwargs) or _fault_of_values(kwargs, expectation, contract):
        remedy = f"It takes {', '.join(sorted(known.required | known.optional))}."
        message = f"{expectation} {fault}"
        raise contract.document.error(message, (*at, "kwargs"), remedy=remedy)
    return expectation, kwargs


def _check_engine(rule: QualityRule, contract: Contract) -> None:
    engine = re.sub(r"[^a-z]", "", (rule.engine or "").lower())
    if engine not in {"greatexpectations", "gx"}:
        message = f"quality engine '{rule.engine}' is not known"
        remedy = "Use engine: greatExpectations, or a rule of type sql or library."
        raise contract.document.error(message, (*rule.at, "engine"), remedy=remedy)


def _parsed(rule: QualityRule, contract: Contract) -> dict[str, Any]:
    """The implementation as a mapping, whether it is written as one or as YAML (or JSON) in a string."""
    raw = rule.implementation
    if isinstance(raw, str):
        import yaml

        try:
            raw = yaml.safe_load(raw)
        except yaml.YAMLError as error:
            message = f"the implementation is not valid YAML: {error}"
            at = (*rule.at, "implementation")
            raise contract.document.error(message, at, remedy="Mend the text.") from error
    return raw if isinstance(raw, dict) else {}


def _fault_of_values(kwargs: dict[str, Any], expectation: str, contract: Contract) -> str:
    """What the contract alone shows to be wrong with the arguments' values, '' if nothing."""
    types = {column.name: column.physical_type for column in contract.columns}
    if unknown := sorted(vocabulary.columns_of(expectation, kwargs) - types.keys()):
        return f"names the column {', '.join(unknown)}, which the contract does not have"
    mostly = kwargs.get("mostly", 1)
    if isinstance(mostly, bool) or not isinstance(mostly, int | float) or not 0 < mostly <= 1:
        return f"has mostly {mostly!r}, which is not a share above 0 and up to 1"
    for name in ("regex", "regex_list"):
        for pattern in [kwargs[name]] if isinstance(kwargs.get(name), str) else kwargs.get(name) or ():
            if fault := regex.fault_of(pattern):
                return f"has the pattern '{pattern}', which is not a regular expression: {fault}"
    return _fault_of_limits(kwargs, expectation, types)


def _fault_of_limits(kwargs: dict[str, Any], expectation: str, types: dict[str, str]) -> str:
    for name in ("value_set", "column_list", "column_set", "regex_list", "like_pattern_list"):
        if name in kwargs and (not isinstance(kwargs[name], list) or not kwargs[name]):
            return f"has {name} {kwargs[name]!r}, which is not a list of values"
    if not re.fullmatch("expect_column_(values|min|max)_to_(not_)?be_(between|in_set)", expectation):
        return ""
    given = [kwargs.get("min_value"), kwargs.get("max_value"), *(kwargs.get("value_set") or ())]
    kind = types[kwargs["column"]]
    for value in given:
        if value is not None and sql.family(kind) != "other" and sql.literal(value, kind) is None:
            return f"compares '{kwargs['column']}', which is {kind}, with {value!r}"
    return ""
