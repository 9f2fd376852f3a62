"""The checks that a contract's authors wrote under ``quality``: library metrics, SQL, expectations."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import msgspec

from mesh_core.contracts.variables import filled, variables_of
from mesh_core.quality import sql_rules
from mesh_core.quality.custom import expectation_of
from mesh_core.quality.library import expectation_for_metric
from mesh_core.quality.naming import slug
from mesh_core.quality.spec import CheckSpec, Comparison, Operator

if TYPE_CHECKING:
    from mesh_core.contracts import Contract, QualityRule
    from mesh_core.errors import MeshError

_OPERATORS: tuple[tuple[str, Operator], ...] = (
    ("must_be", "=="),
    ("must_not_be", "!="),
    ("must_be_greater_than", ">"),
    ("must_be_greater_or_equal_to", ">="),
    ("must_be_less_than", "<"),
    ("must_be_less_or_equal_to", "<="),
    ("must_be_between", "between"),
    ("must_not_be_between", "not between"),
)


def authored_check(rule: QualityRule, contract: Contract) -> CheckSpec | None:
    """The rule's check, None if no machine can test it (``type: text`` is for people)."""
    match rule.type:
        case "library":
            return _library(rule, contract)
        case "sql":
            return _sql(rule, contract)
        case "custom":
            return _custom(rule, contract)
        case _:
            return None


def comparison_of(rule: QualityRule, contract: Contract) -> Comparison:
    """The rule's operator; ODCS knows no default, so a rule without one is an error."""
    given = [(operator, getattr(rule, name)) for name, operator in _OPERATORS if getattr(rule, name) is not None]
    if len(given) != 1:
        message = f"quality rule '{_label(rule)}' has {len(given)} operators and needs one"
        remedy = "Add one of mustBe, mustNotBe, mustBeGreaterThan, mustBeLessThan, mustBeBetween …"
        raise contract.document.error(message, rule.at, remedy=remedy)
    if rule.unit not in {"rows", "percent"}:
        message = f"unit '{rule.unit}' is neither rows nor percent"
        raise contract.document.error(message, (*rule.at, "unit"), remedy="Leave it out for rows.")
    operator, limit = given[0]
    return Comparison(operator, limit, "percent" if rule.unit == "percent" else "rows")


def _require_can_fail(rule: QualityRule, comparison: Comparison, contract: Contract) -> None:
    """Counts and shares have ends of their own: at least 0 rows, or at most 100 %, is no promise."""
    holds = comparison.holds
    extremes = (0, 100) if comparison.unit == "percent" else (0, sys.maxsize)
    within = comparison.operator != "not between" and all(holds(end) for end in extremes)
    if within and (comparison.operator != "!=" or comparison.limit < 0):
        message = f"quality rule '{_label(rule)}' can't fail: every count {comparison}"
        raise contract.document.error(message, rule.at, remedy="Tighten it, or leave it out.")


def _label(rule: QualityRule) -> str:
    return rule.name or rule.metric or rule.type


def _spec(rule: QualityRule, contract: Contract, fallback: str, words: str, **parts: Any) -> CheckSpec:
    default = f"{slug(rule.column)}_{fallback}" if rule.column else fallback
    return CheckSpec(
        name=slug(rule.name) or default,
        description=" ".join(rule.description.split()) or words,
        severity=rule.severity,  # type: ignore[arg-type]  # the contract's loader admits only the three
        column=rule.column,
        dimension=rule.dimension or "",
        path=contract.path,
        at=rule.at,
        **parts,
    )


def _library(rule: QualityRule, contract: Contract) -> CheckSpec:
    metric = rule.metric or rule.rule or ""
    comparison = comparison_of(rule, contract)
    expectation, kwargs = expectation_for_metric(metric, rule, contract)
    _require_can_fail(rule, comparison, contract)
    of = f" of {rule.column}" if rule.column else ""
    words = f"The metric {metric}{of} {comparison}."
    return _spec(
        rule,
        contract,
        slug(metric),
        words,
        kind="library",
        expectation=expectation,
        kwargs=kwargs,
        comparison=comparison,
    )


def _sql(rule: QualityRule, contract: Contract) -> CheckSpec:
    query = (rule.query or "").strip().rstrip(";")
    known = sql_rules.TABLE_WORDS | (sql_rules.COLUMN_WORDS if rule.column else frozenset())
    if unknown := sorted(set(sql_rules.PLACEHOLDER.findall(query)) - known):
        message = f"the query has the placeholder ${{{unknown[0]}}}, known here are {', '.join(sorted(known))}"
        remedy = "${column} stands for the column that the rule is written under."
        raise contract.document.error(message, (*rule.at, "query"), remedy=remedy)
    if not query:
        message = f"quality rule '{_label(rule)}' has no query"
        raise contract.document.error(message, rule.at, remedy="Add `query`.")

    def fault(message: str, remedy: str, _: int) -> MeshError:
        return contract.document.error(message, (*rule.at, "query"), remedy=remedy)

    query = filled(query, variables_of(contract.document.raw), fault)  # what is left is unknown
    comparison = comparison_of(rule, contract)
    words = f"The query's value {comparison}."
    return _spec(rule, contract, "sql", words, kind="sql", query=query, comparison=comparison)


def _custom(rule: QualityRule, contract: Contract) -> CheckSpec:
    expectation, kwargs = expectation_of(rule, contract)
    column = kwargs.get("column", "")
    fallback = expectation.removeprefix("expect_").removeprefix("column_" if rule.column else "")
    told = ", ".join(f"{name} {value}" for name, value in kwargs.items() if name != "column")
    said = expectation.replace("_", " ").replace("column", column, 1 if column else 0)
    words = f"{said[0].upper()}{said[1:]}{': ' if told else ''}{told}."
    check = _spec(rule, contract, fallback, words, kind="custom", expectation=expectation, kwargs=kwargs)
    return msgspec.structs.replace(check, column=column or rule.column)
