"""Rows that were not published, on a terminal and for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click
import msgspec

from mesh_core.cli.columns import Cell, Column, say_columns
from mesh_core.cli.output import domain_errors, note, say, say_json
from mesh_core.cli.words import UNKNOWN, ago, amount, count
from mesh_core.errors import MeshError

if TYPE_CHECKING:
    from mesh_core.contracts.tree import Port
    from mesh_core.publishing.put_aside import AsideRows, PortAside
    from mesh_core.publishing.refused import Refused
    from mesh_core.publishing.services import Services

_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "DOUBLE", "FLOAT", "DECIMAL")
ON_SCREEN = 20
"""Rows at most in a table; programs get all."""
_ALL = 1_000_000_000
_OVERVIEW = (
    Column("port", firm=True),
    Column("table", right=True, firm=True),
    Column("rows", right=True, firm=True),
    Column("in quarantine", right=True, firm=True),
    Column("refused", right=True, firm=True),
    Column("last refused", firm=True),
    Column("rules"),
)
_ATTEMPTS = (
    Column("refused", firm=True),
    Column("run", firm=True),
    Column("contract", firm=True),
    Column("rows made", right=True, firm=True),
    Column("kept", right=True, firm=True),
    Column("rules"),
)


class Wanted(msgspec.Struct, kw_only=True):
    """The options: which rows, and how to show them."""

    version: int | None
    refused: bool
    run: str
    limit: int | None
    form: str

    @property
    def most(self) -> int:
        return self.limit or (ON_SCREEN if self.form == "table" else _ALL)


def say_overview(services: Services, wanted: Wanted) -> None:
    """Every port that put rows aside or was refused; for programs, every port."""
    from mesh_core.publishing.put_aside import port_aside

    mesh = services.mesh
    lines = sorted((port_aside(port, services) for port in mesh.select(())), key=lambda line: line.address)
    if wanted.form == "json":
        say_json({"ports": lines, "errors": domain_errors(mesh.broken)})
        return
    told = [line for line in lines if line.quarantined or line.refused]
    if not told:
        note("no port has rows in quarantine, and no publication was refused lately")
        return
    say_columns(_OVERVIEW, [_overview(line) for line in told])
    say()
    rest = amount(len(lines) - len(told), "other port")
    say(click.style(f"{rest} without; mesh quarantine ADDRESS shows rows", dim=True))


def _overview(line: PortAside) -> list[Cell | str]:
    last = line.refused[0] if line.refused else None
    rules = dict(line.rules) if line.rules else {rule.name: rule.rows or 0 for rule in last.rules} if last else {}
    return [
        Cell(line.address, bold=True),
        UNKNOWN if line.table_version is None else f"v{line.table_version}",
        count(line.rows) if line.table_version is not None else UNKNOWN,
        Cell(count(line.quarantined), "yellow") if line.quarantined else Cell(UNKNOWN, dim=True),
        Cell(str(len(line.refused)), "red") if line.refused else Cell(UNKNOWN, dim=True),
        Cell(ago(last.at), dim=True) if last else Cell(UNKNOWN, dim=True),
        _rules(rules),
    ]


def _rules(rules: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {number:,}" if number else name for name, number in rules.items())


def say_quarantine(port: Port, services: Services, wanted: Wanted) -> None:
    """The rows that one version put aside."""
    from mesh_core.publishing.put_aside import quarantined_sample, version_aside, versions_aside

    address = port.address.sql
    found = version_aside(port, services, wanted.version)
    sample = quarantined_sample(port, services, found, wanted.most) if found else None
    if wanted.form == "json":
        others = versions_aside(port, services)
        say_json({"address": address, "version": found, **_rows(sample), "versions": others})
        return
    if found is None or sample is None:
        _say_nothing(port, services, wanted.version)
        return
    if wanted.form == "csv":
        _say_csv(sample)
        return
    say(
        f"{click.style(f'{address} v{found.table_version}', bold=True)}: "
        f"{amount(found.quarantined, 'row')} put aside {ago(found.published_at)}: {_rules(found.rules)}"
    )
    say()
    _say_rows(sample)


def _say_nothing(port: Port, services: Services, version: int | None) -> None:
    """Nothing in this version; perhaps in others, or the attempts were refused."""
    from mesh_core.publishing.put_aside import port_aside, versions_aside

    address, line = port.address.sql, port_aside(port, services)
    if line.table_version is None:
        note(f"{address} has never been published")
    else:
        note(f"{address} v{line.table_version if version is None else version} put no row aside")
    for other in versions_aside(port, services):
        if other.table_version != version:
            look = f"mesh quarantine {address} --version {other.table_version}"
            note(f"v{other.table_version} put {amount(other.quarantined, 'row')} aside: {look}")
    if line.refused:
        note(f"{amount(len(line.refused), 'attempt')} refused: mesh quarantine {address} --refused")
    if port.contract.publishing.bad_rows == "refuse":
        note("its contract refuses bad rows; badRows: quarantine would put them aside")


def say_refused(port: Port, services: Services, wanted: Wanted) -> None:
    """The attempts that are kept, and rows of one of them, by default the newest."""
    from mesh_core.publishing.put_aside import refused_sample
    from mesh_core.publishing.refused import refused_attempts

    address = port.address.sql
    attempts = refused_attempts(services.table(port.contract))
    chosen = _chosen(attempts, wanted.run, address)
    sample = refused_sample(port, services, chosen, wanted.most) if chosen else None
    if wanted.form == "json":
        say_json({"address": address, "attempts": attempts, "shown": chosen, **_rows(sample)})
    elif wanted.form == "csv":
        if sample is None:
            note(_no_rows(address, chosen))
        else:
            _say_csv(sample)
    elif chosen is None:
        note(_no_rows(address, chosen))
    else:
        _say_attempts(attempts, chosen)
        if sample is None:
            note(_no_rows(address, chosen))
        else:
            say()
            _say_rows(sample)


def _chosen(attempts: Sequence[Refused], run: str, address: str) -> Refused | None:
    if not attempts and not run:
        return None
    for attempt in attempts:
        if attempt.run_id.startswith(run):
            return attempt
    message = f"no refused attempt of {address} that is kept belongs to a run '{run}'"
    known = ", ".join(attempt.run_id for attempt in attempts) or "none"
    raise MeshError(message, remedy=f"Kept are the newest three, of the runs: {known}.", code="run-unknown")


def _no_rows(address: str, chosen: Refused | None) -> str:
    if chosen is None:
        return f"no refused attempt of {address} is kept"
    return "the rules that failed name no rows: they are about the table as a whole"


def _say_attempts(attempts: Sequence[Refused], chosen: Refused) -> None:
    say_columns(_ATTEMPTS, [_attempt(attempt) for attempt in attempts])
    say()
    say(click.style(f"run {chosen.run_id[:8]}", bold=True) + (f": {chosen.why}" if chosen.why else ""))
    for rule in chosen.rules:
        what = amount(rule.rows, "row") if rule.rows else UNKNOWN if rule.observed is None else f"found {rule.observed}"
        say(f"  {click.style('✗', fg='red')} {click.style(rule.name, bold=True)}  {what}  {rule.description}".rstrip())


def _attempt(attempt: Refused) -> list[Cell | str]:
    return [
        Cell(ago(attempt.at), dim=True),
        attempt.run_id[:8],
        attempt.contract_version,
        count(attempt.rows),
        count(attempt.sample_rows),
        _rules({rule.name: rule.rows or 0 for rule in attempt.rules}),
    ]


def _rows(sample: AsideRows | None) -> dict[str, Any]:
    if sample is None:
        return {"columns": [], "rows": [], "truncated": False}
    names = [name for name, _ in sample.columns]
    return {
        "columns": [{"name": name, "type": kind} for name, kind in sample.columns],
        "rows": [dict(zip(names, row, strict=True)) for row in sample.rows],
        "truncated": sample.truncated,
    }


def _say_csv(sample: AsideRows) -> None:
    from mesh_core.cli.queries import as_csv
    from mesh_core.serving import QueryResult

    say(as_csv(QueryResult(columns=sample.columns, rows=sample.rows, truncated=sample.truncated)))
    if sample.truncated:
        note(f"only the first {amount(len(sample.rows), 'row')}; there are more")


def _say_rows(sample: AsideRows) -> None:
    """The rules that a row broke in words, then the row; when it was put aside stands above the table."""
    at = [place for place, (name, _) in enumerate(sample.columns) if name != "_quarantined_at"]
    columns = [
        Column("broke" if name == "_rules" else name, right=kind.startswith(_NUMBERS))
        for name, kind in (sample.columns[place] for place in at)
    ]
    body = [[_cell(sample.columns[place][0], row[place]) for place in at] for row in sample.rows]
    say_columns(columns, body)
    more = "; there are more (--limit N shows them)" if sample.truncated else ""
    say(click.style(f"{amount(len(sample.rows), 'row')}{more}", dim=True))


def _cell(name: str, value: Any) -> Cell:
    from mesh_core.cli.queries import shown

    if value is None:
        return Cell("null", dim=True)
    if name == "_rules":
        return Cell(", ".join(value), "yellow")
    return Cell(" ".join(shown(value).splitlines()))
