"""ODCS library metrics as expectations whose number of unexpected rows is compared.

nullValues: null. missingValues: null or one of ``arguments.missingValues`` (by default the empty text).
invalidValues: neither null nor valid by ``arguments.validValues`` and ``pattern``. duplicateValues: rows
whose value, or values of ``arguments.properties``, occur more than once. rowCount: all rows.
A percentage is of all rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mesh_core.quality import regex, sql

if TYPE_CHECKING:
    from mesh_core.contracts import Contract, QualityRule

_ARGUMENTS = {
    "nullValues": set[str](),
    "missingValues": {"missingValues"},
    "invalidValues": {"validValues", "pattern"},
    "duplicateValues": {"properties"},
    "rowCount": set[str](),
}
Expectation = tuple[str, dict[str, Any]]


def expectation_for_metric(metric: str, rule: QualityRule, contract: Contract) -> Expectation:
    """Type and arguments; DescriptorError for what the metric does not know."""
    _check_arguments(metric, rule, contract)
    match metric:
        case "rowCount":
            return _row_count(rule, contract)
        case "duplicateValues":
            return _duplicates(rule, contract)
        case "nullValues":
            return "expect_column_values_to_not_be_null", {"column": _column(rule, contract)}
        case "missingValues":
            return _missing(rule, contract)
        case _:
            return _invalid(rule, contract)


def _check_arguments(metric: str, rule: QualityRule, contract: Contract) -> None:
    if metric not in _ARGUMENTS:
        message = f"metric '{metric}' is none of {', '.join(_ARGUMENTS)}"
        raise contract.document.error(message, (*rule.at, "metric"), remedy="See ODCS, data quality.")
    if unknown := sorted(rule.arguments.keys() - _ARGUMENTS[metric]):
        message = f"metric {metric} has no argument {', '.join(unknown)}"
        known = ", ".join(sorted(_ARGUMENTS[metric])) or "none"
        raise contract.document.error(message, (*rule.at, "arguments"), remedy=f"Known: {known}.")


def _column(rule: QualityRule, contract: Contract) -> str:
    if not rule.column:
        message = f"metric {rule.metric} is about a column and stands under the table"
        raise contract.document.error(message, rule.at, remedy="Move it under the property's `quality`.")
    return rule.column


def _comparable(values: list[Any], argument: str, rule: QualityRule, contract: Contract) -> list[Any]:
    column = next(column for column in contract.columns if column.name == rule.column)
    for number, value in enumerate(values):
        if value is not None and sql.literal(value, column.physical_type) is None:
            message = f"{value!r} can never be a value of '{column.name}', which is {column.physical_type}"
            at = (*rule.at, "arguments", argument, number)
            raise contract.document.error(message, at, remedy="Write values of the column's type.")
    return [value for value in values if value is not None]


def _row_count(rule: QualityRule, contract: Contract) -> Expectation:
    if rule.unit == "percent":
        message = "rowCount has no percentage: it is the whole"
        raise contract.document.error(message, (*rule.at, "unit"), remedy="Leave `unit` out.")
    return "expect_table_row_count_to_be_between", {}


def _duplicates(rule: QualityRule, contract: Contract) -> Expectation:
    properties = rule.arguments.get("properties") or ([rule.column] if rule.column else [])
    names = {column.name for column in contract.columns}
    if not properties or set(properties) - names:
        unknown = ", ".join(sorted(set(properties) - names)) or "none"
        message = f"duplicateValues needs columns of the table and is given {unknown}"
        remedy = "List them under `arguments.properties`."
        raise contract.document.error(message, rule.at, remedy=remedy)
    if len(properties) == 1:
        return "expect_column_values_to_be_unique", {"column": properties[0]}
    return "expect_compound_columns_to_be_unique", {"column_list": list(properties)}


def _missing(rule: QualityRule, contract: Contract) -> Expectation:
    column = _column(rule, contract)
    if "missingValues" in rule.arguments:
        values = _comparable(rule.arguments["missingValues"], "missingValues", rule, contract)
    else:
        typed = next(found for found in contract.columns if found.name == column)
        values = [""] if sql.family(typed.physical_type) == "text" else []
    return "expect_column_values_to_not_be_missing", {"column": column, "missing_values": values}


def _invalid(rule: QualityRule, contract: Contract) -> Expectation:
    kwargs: dict[str, Any] = {"column": _column(rule, contract)}
    if "validValues" in rule.arguments:
        values = _comparable(rule.arguments["validValues"], "validValues", rule, contract)
        kwargs["value_set"] = values
    if "pattern" in rule.arguments:
        kwargs["regex"] = regex.from_ecma(rule.arguments["pattern"])
        if fault := regex.fault_of(kwargs["regex"]):
            message = f"pattern '{rule.arguments['pattern']}' is not a regular expression: {fault}"
            at = (*rule.at, "arguments", "pattern")
            raise contract.document.error(message, at, remedy="Mend the pattern.")
    if len(kwargs) == 1:
        message = "invalidValues does not say what is valid"
        remedy = "Add `arguments.validValues` or `arguments.pattern`."
        raise contract.document.error(message, rule.at, remedy=remedy)
    if "regex" not in kwargs:
        return "expect_column_values_to_be_in_set", kwargs
    kind = "be_valid" if "value_set" in kwargs else "match_regex"
    return f"expect_column_values_to_{kind}", kwargs
