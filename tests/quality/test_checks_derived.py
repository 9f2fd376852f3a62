"""Contract to specs: what the schema implies and what authors write, with names, places and kwargs."""

from __future__ import annotations

from mesh_core.quality import Comparison, checks_for

from .conftest import ContractMaker


def described(contract: ContractMaker, schema: str) -> list[tuple[str, str, dict]]:
    return [(check.name, check.expectation, check.kwargs) for check in checks_for(contract(schema))]


def test_the_schema_implies_checks(contract: ContractMaker) -> None:
    checks = described(
        contract,
        """
        properties:
          - {name: id, logicalType: integer, primaryKey: true, primaryKeyPosition: 1}
          - name: carrier
            logicalType: string
            required: true
            unique: true
            enum: [{value: UA}, {value: AA}]
            logicalTypeOptions: {minLength: 2, maxLength: 3, pattern: '^\\w+$', format: hostname}
          - name: delay
            logicalType: number
            logicalTypeOptions: {minimum: -60, exclusiveMaximum: 2000, multipleOf: 0.5}
          - {name: seats, logicalType: integer, logicalTypeOptions: {format: u8}}
          - name: stops
            logicalType: array
            items: {logicalType: string}
            logicalTypeOptions: {maxItems: 3, uniqueItems: true}
        """,
    )
    carrier = {"column": "carrier"}
    label = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
    assert checks == [
        ("id_required", "expect_column_values_to_not_be_null", {"column": "id"}),
        ("carrier_required", "expect_column_values_to_not_be_null", carrier),
        ("carrier_unique", "expect_column_values_to_be_unique", carrier),
        ("carrier_enum", "expect_column_values_to_be_in_set", carrier | {"value_set": ["UA", "AA"]}),
        (
            "carrier_length",
            "expect_column_value_lengths_to_be_between",
            carrier | {"min_value": 2, "max_value": 3},
        ),
        (
            "carrier_pattern",
            "expect_column_values_to_match_regex",
            carrier | {"regex": r"^[A-Za-z0-9_]+\Z"},
        ),
        (
            "carrier_format",
            "expect_column_values_to_match_regex",
            carrier | {"regex": rf"^{label}(\.{label})*\Z"},
        ),
        (
            "delay_range",
            "expect_column_values_to_be_between",
            {"column": "delay", "min_value": -60, "max_value": 2000, "strict_max": True},
        ),
        (
            "delay_multiple",
            "expect_column_values_to_be_multiple_of",
            {"column": "delay", "divisor": 0.5},
        ),
        (
            "seats_format",
            "expect_column_values_to_be_between",
            {"column": "seats", "min_value": 0, "max_value": 255},
        ),
        (
            "stops_items",
            "expect_column_value_item_counts_to_be_between",
            {"column": "stops", "max_value": 3},
        ),
        ("stops_items_unique", "expect_column_value_items_to_be_unique", {"column": "stops"}),
        ("primary_key_unique", "expect_column_values_to_be_unique", {"column": "id"}),
    ]


def test_a_key_of_two_columns_is_unique_together_in_key_order(contract: ContractMaker) -> None:
    checks = described(
        contract,
        """
        properties:
          - {name: day, logicalType: date, primaryKey: true, primaryKeyPosition: 2}
          - {name: origin, logicalType: string, primaryKey: true, primaryKeyPosition: 1}
        """,
    )
    assert checks == [
        ("day_required", "expect_column_values_to_not_be_null", {"column": "day"}),
        ("origin_required", "expect_column_values_to_not_be_null", {"column": "origin"}),
        (
            "primary_key_unique",
            "expect_compound_columns_to_be_unique",
            {"column_list": ["origin", "day"]},
        ),
    ]


def test_library_metrics_compare_a_count(contract: ContractMaker) -> None:
    checks = checks_for(
        contract(
            """
            properties:
              - name: tail
                logicalType: string
                quality:
                  - {metric: nullValues, mustBeLessThan: 5, unit: percent, severity: warning}
                  - {metric: missingValues, mustBe: 0}
                  - {metric: missingValues, arguments: {missingValues: [null, 'NA']}, mustBe: 0, name: No NA!}
                  - {metric: invalidValues, arguments: {validValues: [a], pattern: '^a$'}, mustBe: 0}
                  - {metric: duplicateValues, mustBeBetween: [0, 3]}
              - {name: day, logicalType: date}
            quality:
              - {metric: rowCount, mustBeGreaterThan: 10, dimension: completeness}
              - {metric: duplicateValues, arguments: {properties: [tail, day]}, mustBe: 0}
            """
        )
    )
    tail = {"column": "tail"}
    assert [(c.name, c.expectation, c.kwargs, c.comparison) for c in checks] == [
        ("row_count", "expect_table_row_count_to_be_between", {}, Comparison(">", 10.0)),
        (
            "duplicate_values",
            "expect_compound_columns_to_be_unique",
            {"column_list": ["tail", "day"]},
            Comparison("==", 0),
        ),
        ("tail_null_values", "expect_column_values_to_not_be_null", tail, Comparison("<", 5.0, "percent")),
        (
            "tail_missing_values",
            "expect_column_values_to_not_be_missing",
            tail | {"missing_values": [""]},
            Comparison("==", 0),
        ),
        (
            "no_na",
            "expect_column_values_to_not_be_missing",
            tail | {"missing_values": ["NA"]},
            Comparison("==", 0),
        ),
        (
            "tail_invalid_values",
            "expect_column_values_to_be_valid",
            tail | {"value_set": ["a"], "regex": r"^a\Z"},
            Comparison("==", 0),
        ),
        (
            "tail_duplicate_values",
            "expect_column_values_to_be_unique",
            tail,
            Comparison("between", (0.0, 3.0)),
        ),
    ]
    assert [(c.severity, c.blocking) for c in checks[:3]] == [
        ("error", True),
        ("error", True),
        ("warning", False),
    ]
    assert checks[0].dimension == "completeness"
    assert checks[2].description == "The metric nullValues of tail is less than 5 %."


def test_expectations_and_sql_keep_their_words(contract: ContractMaker) -> None:
    made = contract(
        """
        properties:
          - name: delay
            logicalType: number
            quality:
              - type: custom
                engine: greatExpectations
                implementation: {type: expect_column_mean_to_be_between, kwargs: {max_value: 40}}
              - type: custom
                engine: great-expectations
                name: Positive delays
                implementation: |
                  type: expect_column_values_to_be_between
                  kwargs: {min_value: 0, mostly: 0.5}
              - {type: sql, query: 'SELECT avg(${column}) FROM ${table}', mustBeLessThan: 40}
              - {type: text, description: Delays are honest.}
        quality:
          - {type: sql, name: Übersicht, description: Some  rows, query: 'SELECT 1', mustBe: 1}
          - {type: sql, name: Übersicht, query: 'SELECT 1', mustBe: 1}
        """
    )
    checks = checks_for(made)
    assert [(c.name, c.kind, c.description) for c in checks] == [
        ("ubersicht", "sql", "Some rows"),
        ("ubersicht_2", "sql", "The query's value is 1."),
        ("delay_mean_to_be_between", "custom", "Expect delay mean to be between: max_value 40."),
        (
            "positive_delays",
            "custom",
            "Expect delay values to be between: min_value 0, mostly 0.5.",
        ),
        ("delay_sql", "sql", "The query's value is less than 40."),
    ]
    assert checks[3].kwargs == {"column": "delay", "min_value": 0, "mostly": 0.5}
    assert checks[2].at == ("schema", 0, "properties", 0, "quality", 0)
    assert checks[2].path == made.path
