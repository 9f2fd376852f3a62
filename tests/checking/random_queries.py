"""Small random queries and small random tables with nulls, for DuckDB to judge what was inferred of them."""

from __future__ import annotations

from hypothesis import strategies as st

TABLES = {
    "s.a": {"k": "INTEGER NOT NULL", "n": "INTEGER", "b": "BOOLEAN", "t": "VARCHAR NOT NULL", "o": "VARCHAR"},
    "s.c": {"k": "INTEGER NOT NULL", "m": "INTEGER", "v": "INTEGER NOT NULL", "f": "BOOLEAN NOT NULL"},
}
NUMBERS = {"s.a": ["k", "n"], "s.c": ["k", "m", "v"]}
TRUTHS = {"s.a": ["b"], "s.c": ["f"]}
TEXTS = {"s.a": ["t", "o"], "s.c": []}

COMPARISONS = st.sampled_from(["=", "<>", "<", ">", "<=", ">=", "IS DISTINCT FROM", "IS NOT DISTINCT FROM"])
SMALL = st.integers(-1, 3).map(str)


class Names:
    """What an expression may name: qualified columns by their type."""

    def __init__(self, tables: dict[str, str]) -> None:
        self.numbers = [f"{alias}.{name}" for alias, table in tables.items() for name in NUMBERS[table]]
        self.truths = [f"{alias}.{name}" for alias, table in tables.items() for name in TRUTHS[table]]
        self.texts = [f"{alias}.{name}" for alias, table in tables.items() for name in TEXTS[table]]


def number(names: Names, depth: int = 2) -> st.SearchStrategy[str]:
    """An expression that is a number or NULL."""
    leaves = st.one_of(st.sampled_from(names.numbers), SMALL, st.just("NULL::INTEGER"), st.sampled_from(names.numbers))
    if depth == 0:
        return leaves
    one, two, yes = number(names, depth - 1), number(names, depth - 1), truth(names, depth - 1)
    return st.one_of(
        leaves,
        st.builds("({} {} {})".format, one, st.sampled_from(["+", "-", "*", "//", "%"]), two),
        st.builds("coalesce({}, {})".format, one, two),
        st.builds("nullif({}, {})".format, one, two),
        st.builds("greatest({}, {})".format, one, two),
        st.builds("CASE WHEN {} THEN {} ELSE {} END".format, yes, one, two),
        st.builds("CASE WHEN {} THEN {} WHEN {} THEN {} END".format, yes, one, yes, two),
        st.builds("CASE {} WHEN {} THEN {} ELSE {} END".format, one, SMALL, two, one),
        st.builds("abs({})".format, one),
        st.builds("CAST({} AS BIGINT)".format, one),
        st.builds("TRY_CAST({}::VARCHAR AS INTEGER)".format, one),
        st.builds("if({}, {}, {})".format, yes, one, two),
        st.builds("length({})".format, text(names, depth - 1)) if names.texts else one,
        st.builds("(SELECT max(i.v) FROM s.c i WHERE i.k = {})".format, one),
        st.builds("(SELECT count(i.m) FROM s.c i WHERE i.k = {})".format, one),
        st.builds("(SELECT i.v FROM s.c i WHERE i.k = {} LIMIT 1)".format, one),
    )


def text(names: Names, depth: int = 1) -> st.SearchStrategy[str]:
    """An expression that is a text or NULL."""
    leaves = st.one_of(st.sampled_from(names.texts), st.just("'x'")) if names.texts else st.just("'x'")
    if depth == 0:
        return leaves
    one, two = text(names, depth - 1), text(names, depth - 1)
    return st.one_of(
        leaves,
        st.builds("({} || {})".format, one, two),
        st.builds("concat({}, {})".format, one, two),
        st.builds("concat_ws({}, {}, {})".format, one, two, two),
        st.builds("upper({})".format, one),
        st.builds("coalesce({}, {})".format, one, two),
        st.builds("CAST({} AS VARCHAR)".format, number(names, depth - 1)),
    )


def truth(names: Names, depth: int = 2) -> st.SearchStrategy[str]:
    """A condition."""
    leaves = st.one_of(
        st.sampled_from(names.truths),
        st.builds("({} IS NOT NULL)".format, st.sampled_from([*names.numbers, *names.truths])),
        st.builds("({} IS NULL)".format, st.sampled_from(names.numbers)),
        st.builds("({} {} {})".format, st.sampled_from(names.numbers), COMPARISONS, SMALL),
    )
    if depth == 0:
        return leaves
    one, two, low, high = truth(names, depth - 1), truth(names, depth - 1), number(names, 0), number(names, depth - 1)
    return st.one_of(
        leaves,
        st.builds("({} AND {})".format, one, two),
        st.builds("({} OR {})".format, one, two),
        st.builds("(NOT {})".format, one),
        st.builds("({} {} {})".format, high, COMPARISONS, low),
        st.builds("({} BETWEEN {} AND {})".format, high, low, low),
        st.builds("({} IN (1, {}))".format, high, low),
        st.builds("({} NOT IN (1, {}))".format, high, low),
        st.builds("({} IN (SELECT i.m FROM s.c i))".format, high),
        st.builds("({} NOT IN (SELECT i.v FROM s.c i WHERE i.v > {}))".format, high, SMALL),
        st.builds("EXISTS (SELECT 1 FROM s.c i WHERE i.k = {})".format, low),
        st.builds("coalesce({}, false)".format, one),
        st.builds("({} IS TRUE)".format, one),
        st.builds("({} IS NOT TRUE)".format, one),
        st.builds("({} LIKE 'x%')".format, text(names, 0)),
    )


def aggregate(names: Names) -> st.SearchStrategy[str]:
    """An aggregate of a number."""
    name = st.sampled_from(["sum", "min", "max", "avg", "any_value", "first", "median", "stddev", "bool_or"])
    value = number(names, 1)
    plain = st.builds(lambda f, x: f"bool_or({x} > 1)" if f == "bool_or" else f"{f}({x})", name, value)
    return st.one_of(
        plain,
        st.builds("{} FILTER ({})".format, plain, truth(names, 1)),
        st.builds("count({})".format, value),
        st.just("count(*)"),
        st.builds("coalesce({}, 0)".format, plain.filter(lambda each: "bool_or" not in each)),
        st.builds("arg_max({}, {})".format, value, value),
        st.builds("count(*) FILTER ({}) / count(*)".format, truth(names, 1)),
    )


def window(names: Names) -> st.SearchStrategy[str]:
    """A window function, deterministic by its order."""
    order = ", ".join(f"{each} NULLS LAST" for each in names.numbers)
    value = number(names, 1)
    return st.one_of(
        st.just(f"row_number() OVER (ORDER BY {order})"),
        st.builds(f"lag({{}}) OVER (ORDER BY {order})".format, value),
        st.builds(f"lead({{}}, 1, {{}}) OVER (ORDER BY {order})".format, value, SMALL),
        st.builds(f"sum({{}}) OVER (PARTITION BY {names.numbers[0]} ORDER BY {order})".format, value),
        st.builds(f"max({{}}) OVER (ORDER BY {order} ROWS BETWEEN 2 PRECEDING AND 1 PRECEDING)".format, value),
        st.builds(f"first_value({{}}) OVER (ORDER BY {order})".format, value),
        st.builds(
            f"CASE WHEN {{}} THEN last_value({{}}) OVER (ORDER BY {order}) ELSE 1 END".format, truth(names, 0), value
        ),
        st.builds("count({}) OVER ()".format, value),
    )


@st.composite
def sources(draw: st.DrawFn) -> tuple[str, Names]:
    """A FROM clause of one to three relations."""
    tables = {"x": draw(st.sampled_from(sorted(TABLES)))}
    clause = f"{tables['x']} x"
    for alias in ["y", "z"][: draw(st.integers(0, 2))]:
        table = draw(st.sampled_from(sorted(TABLES)))
        kind = draw(st.sampled_from(["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "LEFT JOIN", "CROSS JOIN"]))
        before = Names(tables)
        tables[alias] = table
        if kind == "CROSS JOIN":
            clause += f" CROSS JOIN {table} {alias}"
            continue
        left = draw(st.sampled_from(before.numbers))
        right = draw(st.sampled_from(Names({alias: table}).numbers))
        extra = draw(st.sampled_from(["", "", f" AND {right} > 0", f" AND {left} IS NOT NULL"]))
        clause += f" {kind} {table} {alias} ON {left} = {right}{extra if kind != 'FULL JOIN' else ''}"
    return clause, Names(tables)


@st.composite
def selects(draw: st.DrawFn) -> str:
    """One SELECT: plain, grouped or with windows."""
    clause, names = draw(sources())
    where = f" WHERE {draw(truth(names))}" if draw(st.booleans()) else ""
    kind = draw(st.sampled_from(["rows", "rows", "groups", "whole", "windows", "rollup"]))
    if kind in {"groups", "rollup"}:
        keys = draw(st.lists(number(names, 1), min_size=1, max_size=2, unique=True))
        items = [*keys, *draw(st.lists(aggregate(names), min_size=1, max_size=3))]
        by = ", ".join(str(at + 1) for at in range(len(keys)))
        having = f" HAVING {draw(aggregate(names))} IS NOT NULL" if draw(st.booleans()) else ""
        if kind == "rollup":
            keys = items[: len(keys)] = [draw(st.sampled_from(names.numbers))]
            items = [*keys, *items[1:]]
            by = f"ROLLUP ({keys[0]})"
        return _written(items, f"{clause}{where} GROUP BY {by}{having}")
    if kind == "whole":
        return _written(draw(st.lists(aggregate(names), min_size=1, max_size=3)), f"{clause}{where}")
    values = draw(st.lists(st.one_of(number(names), truth(names), text(names)), min_size=1, max_size=4))
    if kind == "windows":
        values += draw(st.lists(window(names), min_size=1, max_size=2))
        passed = draw(st.sampled_from(["", f" QUALIFY {draw(window(names))} IS NOT NULL AND {draw(truth(names, 1))}"]))
        return _written(values, f"{clause}{where}{passed}")
    return _written(values, f"{clause}{where}")


def _written(items: list[str], rest: str) -> str:
    return f"SELECT {', '.join(f'{item} AS c{at}' for at, item in enumerate(items))} FROM {rest}"


@st.composite
def queries(draw: st.DrawFn) -> str:
    """A SELECT, a set operation of two, a SELECT over one, or a join with one that uses USING."""
    first = draw(selects())
    kind = draw(st.sampled_from(["plain", "plain", "over", "over", "union", "by name", "using", "lateral", "star"]))
    test = draw(st.sampled_from(["q.c0 IS NOT NULL", "q.c0::VARCHAR > ''", "coalesce(q.c0::VARCHAR = '1', false)"]))
    if kind == "over":
        return f"WITH q AS ({first}) SELECT q.*, coalesce(q.c0::VARCHAR, 'none') AS d FROM q WHERE {test}"
    if kind in {"union", "by name"}:
        second = draw(selects())
        both = f"(SELECT c0::VARCHAR AS c0 FROM ({first})) UNION ALL BY NAME (SELECT c0::VARCHAR AS c0 FROM ({second}))"
        return both if kind == "union" else f"({first}) UNION ALL BY NAME (SELECT 1 AS other)"
    if kind == "using":
        join = draw(st.sampled_from(["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "SEMI JOIN"]))
        tail = draw(st.sampled_from(["", " WHERE r.v IS NOT NULL", " WHERE k > 0"])) if join != "SEMI JOIN" else ""
        both = "l.k AS lk, r.k AS rk, coalesce(l.k, r.k) AS e," if join != "SEMI JOIN" else ""
        return f"SELECT {both} k, * FROM s.a l {join} s.c r USING (k){tail}"
    if kind == "lateral":
        return f"SELECT *, c0 AS again FROM ({first}) q WHERE {test}"
    if kind == "star":
        clause, names = draw(sources())
        return f"SELECT *, {draw(number(names))} AS more FROM {clause} WHERE {draw(truth(names))}"
    return first


@st.composite
def rows(draw: st.DrawFn, table: str) -> list[str]:
    """Zero to four rows of VALUES for the table."""
    made = []
    for _ in range(draw(st.integers(0, 4))):
        values = []
        for kind in TABLES[table].values():
            plain = {
                "INTEGER": SMALL,
                "BOOLEAN": st.sampled_from(["true", "false"]),
                "VARCHAR": st.sampled_from(["'x'", "''", "'1'"]),
            }
            value = plain[kind.split()[0]]
            values.append(draw(value if "NOT NULL" in kind else st.one_of(value, st.just("NULL"))))
        made.append(f"({', '.join(values)})")
    return made
