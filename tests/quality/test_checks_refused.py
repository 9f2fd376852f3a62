"""Rules that could never be evaluated, or never fail, are found without data, at their line."""

from __future__ import annotations

import pytest

from mesh_core.errors import DescriptorError, DescriptorsError
from mesh_core.quality import checks_for

from .conftest import ContractMaker

_CUSTOM = "{type: custom, engine: greatExpectations, implementation: {type: %s, kwargs: {%s}}}"

# The rule stands in line 14, the column's own keys from line 12 on.
REFUSED = {
    "unknown expectation": (
        _CUSTOM % ("expect_column_values_to_be_nul", ""),
        "'expect_column_values_to_be_nul' is no expectation",
        "Did you mean expect_column_values_to_be_null?",
    ),
    "unknown argument": (
        _CUSTOM % ("expect_column_values_to_be_null", "mostyl: 0.9"),
        "expect_column_values_to_be_null has no argument mostyl",
        "It takes column, condition_parser, mostly, row_condition.",
    ),
    "missing argument": (
        _CUSTOM % ("expect_column_values_to_be_in_set", ""),
        "expect_column_values_to_be_in_set needs value_set",
        "",
    ),
    "unknown column": (
        _CUSTOM % ("expect_column_pair_values_to_be_equal", "column_A: tail, column_B: tial"),
        "names the column tial, which the contract does not have",
        "",
    ),
    "unknown column in a condition": (
        _CUSTOM
        % (
            "expect_column_values_to_be_null",
            "row_condition: {type: nullity, column: {name: x}, is_null: true}",
        ),
        "names the column x, which the contract does not have",
        "",
    ),
    "bounds that are open at both ends": (
        _CUSTOM % ("expect_column_max_to_be_between", "strict_min: true"),
        "can't fail without max_value or min_value",
        "",
    ),
    "mostly nothing": (
        _CUSTOM % ("expect_column_values_to_be_null", "mostly: 0"),
        "has mostly 0, which is not a share above 0 and up to 1",
        "",
    ),
    "an empty set": (
        _CUSTOM % ("expect_column_values_to_be_in_set", "value_set: []"),
        "has value_set [], which is not a list of values",
        "",
    ),
    "a number in a set of texts": (
        _CUSTOM % ("expect_column_values_to_be_in_set", "value_set: [1]"),
        "compares 'tail', which is VARCHAR, with 1",
        "",
    ),
    "a broken pattern": (
        _CUSTOM % ("expect_column_values_to_match_regex", "regex: 'a('"),
        "has the pattern 'a(', which is not a regular expression: missing )",
        "",
    ),
    "another engine": (
        "{type: custom, engine: soda, implementation: {type: x}}",
        "quality engine 'soda' is not known",
        "greatExpectations",
    ),
    "an implementation without a type": (
        "{type: custom, engine: greatExpectations, implementation: {expect: x}}",
        "the implementation names no expectation",
        "",
    ),
    "no operator": (
        "{name: mine}",
        "quality rule 'mine' has 0 operators and needs one",
        "mustBe",
    ),
    "a unit": (
        "{metric: nullValues, mustBe: 0, unit: permille}",
        "unit 'permille' is neither rows nor percent",
        "",
    ),
    "a metric of the table": (
        "{metric: rowCount, mustBe: 5, unit: percent}",
        "rowCount has no percentage: it is the whole",
        "",
    ),
    "a comparison that holds for every count": (
        "{metric: nullValues, mustBeGreaterOrEqualTo: 0}",
        "can't fail",
        "",
    ),
    "a share that holds always": (
        "{metric: nullValues, mustBeLessOrEqualTo: 100, unit: percent}",
        "can't fail",
        "",
    ),
    "an argument that the metric lacks": (
        "{metric: nullValues, arguments: {pattern: a}, mustBe: 0}",
        "metric nullValues has no argument pattern",
        "Known: none.",
    ),
    "nothing said to be valid": (
        "{metric: invalidValues, mustBe: 0}",
        "invalidValues does not say what is valid",
        "",
    ),
    "a valid value of another type": (
        "{metric: invalidValues, arguments: {validValues: [1]}, mustBe: 0}",
        "1 can never be a value of 'tail', which is VARCHAR",
        "",
    ),
    "duplicates of an unknown column": (
        "{metric: duplicateValues, arguments: {properties: [tail, x]}, mustBe: 0}",
        "duplicateValues needs columns of the table and is given x",
        "",
    ),
    "a placeholder": (
        "{type: sql, query: 'SELECT count(*) FROM ${tabel}', mustBe: 0}",
        "the query has the placeholder ${tabel}",
        "",
    ),
}


@pytest.mark.parametrize(("rule", "what", "remedy"), REFUSED.values(), ids=REFUSED.keys())
def test_a_rule_is_refused_at_its_line(contract: ContractMaker, rule: str, what: str, remedy: str) -> None:
    schema = f"properties:\n  - name: tail\n    quality:\n      - {rule}\n"
    with pytest.raises(DescriptorError) as caught:
        checks_for(contract(schema))
    assert what in caught.value.what
    assert remedy in caught.value.remedy
    assert caught.value.line == 14
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("column", "what"),
    [
        ("enum: [{value: 1}]", "1 can never be a value of 'tail', which is VARCHAR"),
        ("logicalTypeOptions: {pattern: '['}", "pattern '[' is not a regular expression"),
    ],
)
def test_a_column_is_refused_at_its_line(contract: ContractMaker, column: str, what: str) -> None:
    with pytest.raises(DescriptorError) as caught:
        checks_for(contract(f"properties:\n  - name: tail\n    logicalType: string\n    {column}\n"))
    assert what in caught.value.what
    assert caught.value.line == 14


def test_a_limit_that_is_no_date_is_refused(contract: ContractMaker) -> None:
    column = "{name: day, logicalType: date, logicalTypeOptions: {minimum: yesterday}}"
    with pytest.raises(DescriptorError, match="'yesterday' can never be a value of 'day', which is DATE"):
        checks_for(contract(f"properties:\n  - {column}\n"))


def test_all_findings_are_reported_together(contract: ContractMaker) -> None:
    schema = """
    properties:
      - {name: a, logicalType: string, enum: [{value: 1}]}
      - {name: b, logicalType: string, quality: [{metric: invalidValues, mustBe: 0}]}
    """
    with pytest.raises(DescriptorsError) as caught:
        checks_for(contract(schema))
    assert [error.line for error in caught.value.errors] == [12, 13]
