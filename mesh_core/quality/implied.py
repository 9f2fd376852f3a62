"""The checks that a contract's schema implies: required, keys, unique, enum and logicalTypeOptions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from mesh_core.quality import regex, sql
from mesh_core.quality.naming import slug
from mesh_core.quality.spec import CheckSpec

if TYPE_CHECKING:
    from mesh_core.contracts import Column, Contract

_LABEL = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_FORMATS = {
    "email": r"^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$",
    "uuid": r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$",
    "uri": r"^[A-Za-z][A-Za-z0-9+.-]*:\S+$",
    "hostname": rf"^{_LABEL}(\.{_LABEL})*$",
    "ipv4": r"^((25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])(\.|$)){4}$",
    "byte": r"^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$",
}
_INTEGER_RANGES = {
    f"{sign}{bits}": (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if sign == "i" else (0, 2**bits - 1)
    for sign in "iu"
    for bits in (8, 16, 32, 64)
}


def primary_key_check(contract: Contract) -> CheckSpec | None:
    """Uniqueness of the primary key; its columns' nulls are each column's own check."""
    key = contract.primary_key
    if not key:
        return None
    first = next(column for column in contract.columns if column.name == key[0])
    single = len(key) == 1
    return CheckSpec(
        name="primary_key_unique",
        description=f"No two rows have the same {' and '.join(key)}.",
        column=key[0] if single else "",
        dimension="uniqueness",
        kind="schema",
        expectation=f"expect_{'column_values' if single else 'compound_columns'}_to_be_unique",
        kwargs={"column": key[0]} if single else {"column_list": list(key)},
        path=contract.path,
        at=(*first.at, "primaryKey"),
    )


class _Implied:
    """Makes checks of one column, which share everything but what they test."""

    def __init__(self, column: Column, contract: Contract) -> None:
        self.column = column
        self.contract = contract

    def check(
        self,
        suffix: str,
        description: str,
        expectation: str,
        *,
        at: tuple[str | int, ...],
        dimension: str = "conformity",
        **kwargs: Any,
    ) -> CheckSpec:
        return CheckSpec(
            name=f"{slug(self.column.name) or 'column'}_{suffix}",
            description=description,
            column=self.column.name,
            dimension=dimension,
            kind="schema",
            expectation=f"expect_column_{expectation}",
            kwargs={"column": self.column.name, **kwargs},
            path=self.contract.path,
            at=(*self.column.at, *at),
        )


def column_checks(column: Column, contract: Contract) -> Iterator[CheckSpec]:
    """What the schema says about one column's values."""
    make, name = _Implied(column, contract), column.name
    is_key = contract.primary_key == (column.name,)
    if column.required:
        at = ("primaryKey",) if column.primary_key else ("required",)
        expectation = "values_to_not_be_null"
        yield make.check("required", f"Every row has {name}.", expectation, at=at, dimension="completeness")
    if column.unique and not is_key:
        expectation = "values_to_be_unique"
        description = f"No two rows have the same {name}."
        yield make.check("unique", description, expectation, at=("unique",), dimension="uniqueness")
    if column.enum:
        allowed = list(column.enum)
        for number, value in enumerate(allowed):
            _require_comparable(value, ("enum", number), make)
        description = f"{name} is one of {_listed(allowed)}."
        yield make.check("enum", description, "values_to_be_in_set", at=("enum",), value_set=allowed)
    yield from _option_checks(make)


def _listed(values: list[Any]) -> str:
    shown = ", ".join(str(value) for value in values[:8])
    return shown if len(values) <= 8 else f"{shown} and {len(values) - 8} more"


def _require_comparable(value: Any, at: tuple[str | int, ...], make: _Implied) -> None:
    column = make.column
    if sql.literal(value, column.physical_type) is None and sql.family(column.physical_type) != "other":
        message = f"{value!r} can never be a value of '{column.name}', which is {column.physical_type}"
        remedy = "Write a value of the column's type; quote it if it is text."
        raise make.contract.document.error(message, (*column.at, *at), remedy=remedy)


def _option_checks(make: _Implied) -> Iterator[CheckSpec]:
    options, name = make.column.options, make.column.name
    yield from _length_check(make)
    if "pattern" in options:
        yield _pattern_check(make, options["pattern"])
    yield from _range_check(make)
    if "multipleOf" in options:
        divisor = options["multipleOf"]
        at = ("logicalTypeOptions", "multipleOf")
        if divisor <= 0:
            message = f"multipleOf {divisor} is not positive"
            raise make.contract.document.error(message, (*make.column.at, *at), remedy="Use a number > 0.")
        description = f"{name} is a multiple of {divisor}."
        yield make.check("multiple", description, "values_to_be_multiple_of", at=at, divisor=divisor)
    yield from _format_check(make)
    yield from _array_checks(make)


def _ends(options: dict[str, Any], low: str, high: str) -> dict[str, Any]:
    ends = {"min_value": options.get(low), "max_value": options.get(high)}
    return {name: value for name, value in ends.items() if value is not None}


def _between(ends: dict[str, Any]) -> str:
    """The interval in words."""
    low = f"{'more than' if ends.get('strict_min') else 'at least'} {ends.get('min_value')}"
    high = f"{'less than' if ends.get('strict_max') else 'at most'} {ends.get('max_value')}"
    return " and ".join(words for words, end in ((low, "min_value"), (high, "max_value")) if end in ends)


def _length_check(make: _Implied) -> Iterator[CheckSpec]:
    ends = _ends(make.column.options, "minLength", "maxLength")
    if ends.get("min_value") == 0:
        del ends["min_value"]
    if ends:
        at = ("logicalTypeOptions", "minLength" if "min_value" in ends else "maxLength")
        description = f"{make.column.name} has {_between(ends)} characters."
        yield make.check("length", description, "value_lengths_to_be_between", at=at, **ends)


def _pattern_check(make: _Implied, pattern: str) -> CheckSpec:
    at = ("logicalTypeOptions", "pattern")
    translated = regex.from_ecma(pattern)
    if fault := regex.fault_of(translated):
        message = f"pattern '{pattern}' is not a regular expression: {fault}"
        raise make.contract.document.error(message, (*make.column.at, *at), remedy="Mend the pattern.")
    description = f"{make.column.name} matches {pattern}"
    return make.check("pattern", description, "values_to_match_regex", at=at, regex=translated)


def _range_check(make: _Implied) -> Iterator[CheckSpec]:
    options = make.column.options
    ends: dict[str, Any] = {}
    at: tuple[str, ...] = ()
    for end, inclusive, exclusive, strict in (
        ("min_value", "minimum", "exclusiveMinimum", "strict_min"),
        ("max_value", "maximum", "exclusiveMaximum", "strict_max"),
    ):
        # ODCS 3.0 has a flag beside the limit, 3.1 a limit of its own.
        flag = options.get(exclusive)
        key = exclusive if flag is not None and not isinstance(flag, bool) else inclusive
        if options.get(key) is None:
            continue
        ends[end] = options[key]
        if key == exclusive or flag is True:
            ends[strict] = True
        at = ("logicalTypeOptions", key)
        _require_comparable(options[key], at, make)
    if ends:
        description = f"{make.column.name} is {_between(ends)}."
        yield make.check("range", description, "values_to_be_between", at=at, **ends)


def _format_check(make: _Implied) -> Iterator[CheckSpec]:
    """Formats that can be tested; ``password`` or a date's format say nothing about a stored value."""
    given = make.column.options.get("format")
    at = ("logicalTypeOptions", "format")
    if given in _FORMATS and sql.family(make.column.physical_type) == "text":
        description = f"{make.column.name} is written as {given}."
        pattern = regex.from_ecma(_FORMATS[given])
        yield make.check("format", description, "values_to_match_regex", at=at, regex=pattern)
    if given in _INTEGER_RANGES and sql.family(make.column.physical_type) == "number":
        low, high = _INTEGER_RANGES[given]
        description = f"{make.column.name} fits into {given}."
        yield make.check("format", description, "values_to_be_between", at=at, min_value=low, max_value=high)


def _array_checks(make: _Implied) -> Iterator[CheckSpec]:
    ends = _ends(make.column.options, "minItems", "maxItems")
    if ends:
        at = ("logicalTypeOptions", "minItems" if "min_value" in ends else "maxItems")
        description = f"{make.column.name} has {_between(ends)} items."
        yield make.check("items", description, "value_item_counts_to_be_between", at=at, **ends)
    if make.column.options.get("uniqueItems"):
        at = ("logicalTypeOptions", "uniqueItems")
        description = f"No item of {make.column.name} occurs twice in a row."
        yield make.check("items_unique", description, "value_items_to_be_unique", at=at)
