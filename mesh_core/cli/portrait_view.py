"""A port on one screen, from what it promises to how it was kept."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from mesh_core.cli.output import rich_console
from mesh_core.cli.words import ago, amount, count, size
from mesh_core.contracts.lifecycle import end_told, ending_told

if TYPE_CHECKING:
    from rich.console import Console

    from mesh_core.cli.portrait import BoundIds, Portrait, Rule
    from mesh_core.contracts import Column, Sla
    from mesh_core.contracts.lifecycle import Standing
    from mesh_core.observability import ServiceLevel, Trust

_SENSITIVE = {"restricted": "red", "confidential": "red", "internal": "yellow"}
_SEVERITIES = {"error": "", "warning": "yellow", "info": "dim"}
_LEVELS = {"met": "green", "at risk": "yellow", "breached": "red"}
_SAMPLE_ROWS = 5
_SAMPLE_COLUMNS = 8


def say_portrait(portrait: Portrait) -> None:
    """Print the sections that have something to say."""
    console = rich_console()
    _head(portrait, console)
    _section(console, "columns", _columns(portrait.columns))
    _section(console, _rules_title(portrait.rules), _rules(portrait.rules))
    if portrait.service_levels:
        _section(console, "service levels", _levels(portrait.service_levels))
    if portrait.identity:
        _section(console, "identity", _identity(portrait.identity))
    if portrait.inputs or portrait.consumers:
        _section(console, "neighbours", _neighbours(portrait))
    if portrait.publication and portrait.publication.sample:
        _section(console, "sample", _sample(portrait.port.address, portrait.publication.sample))
    if portrait.history:
        _section(console, "history", _history(portrait))
    if portrait.overrides:
        _section(console, "overrides", _overrides(portrait))


def _section(console: Console, title: str | Text, body: Table) -> None:
    console.print()
    console.print(title if isinstance(title, Text) else Text(title, "bold cyan"))
    console.print(Padding(body, (0, 0, 0, 2)))


def _grid(*columns: dict[str, Any]) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    for options in columns:
        grid.add_column(**options)
    return grid


def _head(portrait: Portrait, console: Console) -> None:
    port = portrait.port
    console.print(Text.assemble((port.address, "bold cyan"), ("  ", ""), (portrait.name, "bold"), f"  {port.uri}"))
    if portrait.purpose:
        console.print(Text(portrait.purpose))
    console.print()
    facts = _grid({"style": "dim", "no_wrap": True}, {"overflow": "fold"})
    for label, text in _facts(portrait):
        facts.add_row(label, text)
    console.print(facts)


def _facts(portrait: Portrait) -> Iterable[tuple[str, Text | str]]:
    port = portrait.port
    yield "owner", port.owner
    if portrait.trust:
        yield "trust", _trust(portrait.trust)
    for channel in portrait.support:
        yield "support", " · ".join(str(channel[key]) for key in ("channel", "url") if channel.get(key))
    yield "product", f"{port.product} · {port.kind} · {port.engine}"
    yield "contract", f"{port.version} {port.status} · {_short(portrait.contract_file)}"
    if portrait.standing.ending:
        yield port.status, _ending(portrait.standing)
    yield "made by", _short(portrait.code_file)
    yield "endpoint", f"{portrait.format} {_short(portrait.endpoint)}"
    yield "discovery", portrait.discovery
    yield "table", _table(portrait)
    yield "written", _written(portrait)
    if portrait.slas and not portrait.service_levels:
        yield "promises", ", ".join(_sla(sla) for sla in portrait.slas)
    if portrait.granularity:
        yield "rows are", portrait.granularity
    if portrait.limitations:
        yield "limits", portrait.limitations
    if portrait.usage:
        yield "usage", portrait.usage
    if portrait.tags:
        yield "tags", ", ".join(portrait.tags)
    for kind, url in portrait.links:
        yield "link", Text.assemble(url, (f"  {kind}", "dim"))


def _trust(trust: Trust) -> Text:
    """The score with the points of its parts; `--json` has a sentence for each."""
    if trust.score is None:
        return Text("none yet: it was never published", "yellow")
    told = Text(f"{trust.score} of 100", "bold")
    for part in trust.parts:
        told.append(f" · {part.name} {part.points}/{part.of}", "dim" if part.points == part.of else "")
    return told


def _ending(standing: Standing) -> Text:
    """Since when it is known, until when it is kept, and where to go."""
    since = f"announced on {standing.announced_at[:10]}" if standing.announced_at else "not yet announced"
    move = f"move to {standing.successor}" if standing.successor else ""
    parts = [since, end_told(standing), move]
    return Text(" · ".join(part for part in parts if part), "yellow")


def _written(portrait: Portrait) -> str:
    """The write mode, and of partitions how many there are and from when to when."""
    found = portrait.partitions
    if found is None:
        return f"as {portrait.write_mode}"
    there = f"{count(found.number)} from {found.first} to {found.last}" if found.number else "none yet"
    return f"by partitions: each {found.grain} of {found.column} · {there}"


def _short(path: str) -> str:
    here = Path.cwd()
    return str(Path(path).relative_to(here)) if Path(path).is_relative_to(here) else path


def _table(portrait: Portrait) -> Text:
    port, made = portrait.port, portrait.publication
    if port.table_version is None or port.published_at is None:
        return Text(f"never published; run `mesh run {port.address}`", "yellow")
    parts = [f"v{port.table_version}", amount(port.rows or 0, "row")]
    if port.quarantined:
        parts.append(f"{count(port.quarantined)} in quarantine")
    if made is None:
        return Text(f"{' · '.join(parts)} · not in the catalog; run `mesh repair`", "yellow")
    reads = ", ".join(f"{name} v{version}" for name, version in made.inputs.items())
    parts += [size(made.bytes), ago(port.published_at), f"run {made.run_id[:8]}"]
    return Text(" · ".join([*parts, *([f"from {reads}"] if reads else [])]))


def _sla(sla: Sla) -> str:
    if sla.schedule:
        return f"{sla.property} {sla.schedule}"
    return f"{sla.property} {sla.value} {sla.unit}".rstrip()


def _columns(columns: Iterable[Column]) -> Table:
    grid = _grid({"style": "bold", "no_wrap": True}, {"no_wrap": True}, {"no_wrap": True}, {"no_wrap": True}, {})
    for column in columns:
        must = "key" if column.primary_key else "required" if column.required else "optional"
        grid.add_row(
            column.name,
            Text(_type(column.physical_type), "cyan"),
            Text(must, "dim" if must == "optional" else ""),
            Text(column.classification, _SENSITIVE.get(column.classification, "dim")),
            Text(column.description),
        )
    return grid


def _type(physical: str) -> str:
    return physical.replace("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ")


def _rules_title(rules: Iterable[Rule]) -> Text:
    verdicts = [rule.success for rule in rules]
    title = Text("rules", "bold cyan")
    if True in verdicts:
        title.append(f"  {verdicts.count(True)} ✓", "green")
    if False in verdicts:
        title.append(f"  {verdicts.count(False)} !", "yellow")
    return title


def _rules(rules: Iterable[Rule]) -> Table:
    grid = _grid({"no_wrap": True}, {"no_wrap": True}, {"no_wrap": True}, {}, {"no_wrap": True})
    marks = {True: Text("✓", "green"), False: Text("!", "yellow"), None: Text("·", "dim")}
    for rule in rules:
        grid.add_row(
            marks[rule.success],
            Text(rule.severity, _SEVERITIES.get(rule.severity, "")),
            Text(rule.name, "bold"),
            Text(rule.description),
            Text(_found(rule), "yellow"),
        )
    return grid


def _found(rule: Rule) -> str:
    if rule.quarantined:
        return f"{amount(rule.quarantined, 'row')} quarantined"
    if rule.success is not False:
        return ""
    if rule.unexpected_count:
        return amount(rule.unexpected_count, "row")
    return "" if rule.observed is None else f"found {rule.observed}"


def _identity(columns: Iterable[BoundIds]) -> Table:
    grid = _grid({"style": "bold", "no_wrap": True}, {"no_wrap": True}, {})
    for ids in columns:
        grid.add_row(ids.column, f"{ids.entity} ({ids.code})" if ids.code else ids.entity, _known(ids))
    return grid


def _known(ids: BoundIds) -> Text:
    """How many of the ids the register does not know, and how many rows have one of those."""
    if ids.known is None or ids.known_rows is None:
        return Text(f"{amount(ids.ids, 'id')}; {ids.register} was not published yet", "yellow")
    if ids.known == ids.ids:
        return Text(f"{amount(ids.ids, 'id')}, all known", "green")
    version = "" if ids.register_version is None else f" v{ids.register_version}"
    told = f"{count(ids.ids - ids.known)} of {amount(ids.ids, 'id')} unknown to {ids.register}{version}"
    return Text(f"{told}, on {amount(ids.rows - ids.known_rows, 'row')}", "yellow")


def _levels(levels: Iterable[ServiceLevel]) -> Table:
    grid = _grid({"no_wrap": True}, {"style": "bold", "no_wrap": True}, {}, {"style": "dim", "no_wrap": True})
    for level in levels:
        left = f"{max(0.0, level.budget.left_percent):.0f} % of budget left" if level.budget else ""
        status = Text(level.status, _LEVELS.get(level.status, "dim"))
        grid.add_row(status, level.indicator, Text.assemble(level.objective, "\n", (level.sentence, "dim")), left)
    return grid


def _neighbours(portrait: Portrait) -> Table:
    grid = _grid({"style": "dim"}, {"style": "bold"}, {}, {"style": "yellow"})
    for given in portrait.inputs:
        ends = ending_told(given.standing) if given.standing else ""
        grid.add_row("reads", given.name, given.version, ends)
    for reader in portrait.consumers:
        grid.add_row("read by", reader.name, reader.version)
    return grid


def _sample(address: str, rows: tuple[dict[str, Any], ...]) -> Table:
    names = list(rows[0])[:_SAMPLE_COLUMNS]
    more = len(rows[0]) - len(names)
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    for name in names:
        table.add_column(name, no_wrap=True, overflow="ellipsis")
    for row in rows[:_SAMPLE_ROWS]:
        table.add_row(*(Text("null", "dim") if row[name] is None else Text(str(row[name])) for name in names))
    if more > 0:
        table.caption = Text(f"{amount(more, 'more column')}: mesh query 'FROM {address}'", "dim")
        table.caption_justify = "left"
    return table


def _overrides(portrait: Portrait) -> Table:
    grid = _grid({"no_wrap": True}, {"style": "yellow", "no_wrap": True}, {"no_wrap": True}, {}, {"style": "dim"})
    for decision in portrait.overrides:
        by = f"{decision.by} ({decision.role})"
        grid.add_row(decision.version, decision.rule, by, decision.reason, ago(decision.at))
    return grid


def _history(portrait: Portrait) -> Table:
    grid = _grid({}, {"justify": "right"}, {"justify": "right"}, {}, {}, {"style": "dim"}, {})
    for attempt in portrait.history:
        good = attempt.status == "published"
        failing = f" {attempt.checks_failed} {'!' if good else '✗'}" if attempt.checks_failed else ""
        grid.add_row(
            Text("✓ published" if good else "✗ failed", "green" if good else "red"),
            "" if attempt.table_version is None else f"v{attempt.table_version}",
            "" if attempt.rows is None else count(attempt.rows),
            Text(f"{attempt.checks_passed} ✓{failing}", "yellow" if failing else "green"),
            ago(attempt.at),
            f"run {attempt.run_id[:8]}",
            Text(attempt.error.splitlines()[0] if attempt.error else "", "red"),
        )
    return grid
