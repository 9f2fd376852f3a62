"""What a contract promises, as a stranger reads it; every sentence typed by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mesh_core.catalog import CheckRecord
from mesh_core.contracts import Contract, Document, contract_from
from mesh_core.marketplace.pages.columns import limits_of
from mesh_core.marketplace.pages.sentences import promises_of, rules_of

DAY = {"name": "day", "logicalType": "date", "required": True, "partitioned": True, "partitionKeyPosition": 1}
KEY = {"name": "id", "logicalType": "integer", "primaryKey": True, "primaryKeyPosition": 1}


def contract(custom: dict[str, Any] | None = None, *columns: dict[str, Any], **more: Any) -> Contract:
    raw = {
        "apiVersion": "v3.2.0", "kind": "DataContract", "id": "shop.orders", "version": "2.0.0", "status": "active",
        "domain": "shop", "dataProduct": "orders",
        "schema": [{"name": "orders", "properties": list(columns or (KEY,)), "quality": more.pop("quality", [])}],
        "customProperties": [{"property": name, "value": value} for name, value in (custom or {}).items()],
    }  # fmt: skip
    return contract_from(Document(Path("orders.contract.yaml"), raw | more, "digest"))


def told(given: Contract) -> dict[str, str]:
    return {promise.about: promise.text for promise in promises_of(given)}


@pytest.mark.parametrize(
    ("custom", "columns", "sentence"),
    [
        ({}, (KEY,), "Replaces all rows."),
        ({"writeMode": "append"}, (KEY,), "Adds rows. What was published before stays as it is."),
        (
            {"writeMode": "merge"},
            (KEY,),
            "Adds new keys and replaces rows whose key is there already (id).",
        ),
        (
            {"writeMode": "merge", "sequenceColumn": "at", "deletionColumn": "gone"},
            (KEY, {"name": "at", "logicalType": "timestamp"}),
            (
                "Adds new keys and replaces rows whose key is there already (id). Of two rows with one key, the later "
                "by at stays. Keys that are reported as deleted go."
            ),
        ),
        (
            {"writeMode": "partitions", "partitionStart": "2013-01-01", "partitionEnd": "2014-01-01"},
            (KEY, DAY),
            (
                "Replaces the days that it makes, and no others. The table is divided by day, a day each, "
                "from 2013-01-01 to 2013-12-31."
            ),
        ),
        (
            {"writeMode": "partitions", "partitionStart": "2013-01-01", "partitionGrain": "month"},
            (KEY, DAY),
            (
                "Replaces the months that it makes, and no others. The table is divided by day, a month each, "
                "from 2013-01-01 on."
            ),
        ),
    ],
)
def test_what_a_publication_does(custom: dict[str, Any], columns: tuple[Any, ...], sentence: str) -> None:
    assert told(contract(custom, *columns))["A publication"] == sentence


def test_what_becomes_of_bad_rows_and_old_versions() -> None:
    strict = told(contract())
    assert strict["Rows that break a rule"].startswith("One row that breaks a blocking rule stops")
    assert strict["Earlier versions"] == "Versions that were replaced can be read for at least 30 days."
    lenient = told(contract({"badRows": "quarantine", "quarantineLimit": 2.5, "versionRetention": 1}))
    assert lenient["Rows that break a rule"] == (
        "A row that breaks a blocking rule is put aside with the reason and not published. "
        "If more than 2.5 % of the rows do, nothing is published."
    )
    assert lenient["Earlier versions"] == "Versions that were replaced can be read for at least 1 day."
    none = told(contract({"versionRetention": 0}))
    assert none["Earlier versions"] == "Versions that were replaced can no longer be read."


def test_keys_and_changes() -> None:
    second = {**KEY, "name": "line", "primaryKeyPosition": 2}
    assert told(contract(None, KEY, second))["Key"] == "id and line together name one row; none of them is ever null."
    assert told(contract())["Changes"].startswith("What would break a reader comes as version 3, beside this one")
    assert told(contract(status="draft"))["Changes"] == "It is a draft: it may change without notice."


def test_how_sensitive_columns_are_kept() -> None:
    masked = {"name": "mail", "logicalType": "string", "classification": "restricted",
              "customProperties": [{"property": "protection", "value": "mask"}]}  # fmt: skip
    bare = {"name": "note", "logicalType": "string", "classification": "confidential"}
    assert told(contract(None, KEY, masked, bare))["Sensitive columns"] == (
        "mail is restricted: those who may not see it get it masked. note is confidential."
    )
    assert "Sensitive columns" not in told(contract())


def test_rules_that_did_not_hold_come_first_with_what_was_found() -> None:
    quality = [
        {"name": "some", "type": "library", "metric": "rowCount", "mustBeGreaterThan": 0,
         "description": "There are rows."},
        {"name": "small", "type": "sql", "query": "SELECT count(*) FROM ${object} WHERE id > 9", "mustBe": 0,
         "severity": "warning", "description": "Ids are small.", "businessImpact": "Reports are cut."},
    ]  # fmt: skip
    verdicts = [
        CheckRecord(name="some", success=True),
        CheckRecord(name="small", success=False, observed=12, unexpected_count=12, unexpected_percent=0.25),
    ]
    first, *rest = rules_of(contract(quality=quality), verdicts)
    assert (first.name, first.verdict, first.found, first.impact) == (
        "small", "broken", "12 rows (0.25 %)", "Reports are cut.",
    )  # fmt: skip
    assert first.consequence == "is reported"
    assert {(rule.verdict, rule.implied) for rule in rest} == {("kept", False), ("not checked yet", True)}


def test_limits_of_a_column() -> None:
    def limits(**more: Any) -> str:
        return limits_of(contract(None, {"name": "c", "logicalType": "string", **more}).columns[0])

    assert limits(logicalTypeOptions={"minLength": 5, "maxLength": 6}) == "from 5 to 6 characters"
    assert limits(logicalTypeOptions={"minLength": 3, "maxLength": 3, "pattern": "^[A-Z]+$"}) == (
        "3 characters; like ^[A-Z]+$"
    )
    assert limits(enum=[{"value": letter} for letter in "abcdefgh"]) == "one of a, b, c, d, e, f …"
    assert limits(logicalType="integer", logicalTypeOptions={"minimum": 0}) == "at least 0"
    assert limits(unique=True) == "each value once"
    assert limits() == ""
