"""What a benchmark found, as a table for people, as JSON and as Markdown: always with ratios to its baseline."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field

from measure import WORKER, Sample


@dataclass
class Row:
    """One case's medians, as multiples of the baseline's."""

    group: str
    case: str
    wall: float
    cpu: float
    wall_ratio: float
    cpu_ratio: float
    peak_mib: float | None = None

    def cells(self) -> list[str]:
        peak = "" if self.peak_mib is None else f"{self.peak_mib:,.0f}"
        seconds = [f"{value:.3f}" if value < 10 else f"{value:.1f}" for value in (self.wall, self.cpu)]
        return [self.case, *seconds, _ratio(self.wall_ratio), _ratio(self.cpu_ratio), peak]


def _ratio(ratio: float) -> str:
    return f"{ratio:.2f}" if ratio < 10 else f"{ratio:,.0f}"


@dataclass
class Target:
    """A limit that the project set itself, and what was found."""

    what: str
    limit: float
    found: float
    least: bool = False
    """Whether the limit is a least value and not a greatest."""

    @property
    def met(self) -> bool:
        return self.found >= self.limit if self.least else self.found <= self.limit

    def cells(self) -> list[str]:
        sign = "at least" if self.least else "at most"
        return [self.what, f"{sign} {self.limit:g}", _figure(self.found), "met" if self.met else "missed"]


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"


@dataclass
class Report:
    """A benchmark's result; every ratio is to the first case of its group."""

    title: str
    about: str
    rounds: int
    rows: list[Row] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)

    def add(self, group: str, medians: Mapping[str, Sample]) -> None:
        """Put a group of cases in, the baseline first."""
        base = next(iter(medians.values()))
        for case, found in medians.items():
            ratios = (found.wall / base.wall, found.cpu / base.cpu)
            self.rows.append(Row(group, case, found.wall, found.cpu, *ratios, found.peak_mib))

    def row(self, group: str, case: str) -> Row:
        """The medians of one case."""
        return next(row for row in self.rows if (row.group, row.case) == (group, case))

    def target(self, what: str, found: float, limit: float, *, least: bool = False) -> None:
        """Hold a figure against a limit."""
        self.targets.append(Target(what, limit, found, least))

    @property
    def heads(self) -> list[str]:
        heads = ["", "wall s", "CPU s", "wall ratio", "CPU ratio", "peak MiB"]
        return heads if any(row.peak_mib is not None for row in self.rows) else heads[:-1]

    def groups(self) -> dict[str, list[Row]]:
        grouped: dict[str, list[Row]] = {}
        for row in self.rows:
            grouped.setdefault(row.group, []).append(row)
        return grouped

    def show(self) -> None:
        """Print it for people."""
        from rich.console import Console
        from rich.table import Table

        console, wide = Console(), len(self.heads)
        console.print(f"\n[bold]{self.title}[/]\n{self.about}\nMedians of {self.rounds} runs.", highlight=False)
        for group, rows in self.groups().items():
            table = Table(box=None, pad_edge=False, header_style="dim")
            for number, head in enumerate([group, *self.heads[1:]]):
                table.add_column(head, justify="right" if number else "left")
            for number, row in enumerate(rows):
                table.add_row(*row.cells()[:wide], style="" if number else "dim")
            console.print()
            console.print(table)
        for target in self.targets:
            what, limit, found, verdict = target.cells()
            console.print(
                f"{what}: {found}, {limit}: [{'green' if target.met else 'red'}]{verdict}[/]", highlight=False
            )

    def markdown(self) -> str:
        """The same for a document."""
        lines = [f"### {self.title}", "", f"{self.about} Medians of {self.rounds} runs.", ""]
        for group, rows in self.groups().items():
            heads = [group, *self.heads[1:]]
            lines += [f"| {' | '.join(heads)} |", f"|---{'|---:' * (len(heads) - 1)}|"]
            lines += [f"| {' | '.join(row.cells()[: len(heads)])} |" for row in rows]
            lines.append("")
        if self.targets:
            lines += ["| target | limit | found | |", "|---|---:|---:|---|"]
            lines += [f"| {' | '.join(target.cells())} |" for target in self.targets]
            lines.append("")
        return "\n".join(lines)


def read(text: str) -> Report:
    """A report from the JSON that ``--json`` prints."""
    found = json.loads(text)
    rows = [Row(**row) for row in found.pop("rows")]
    return Report(**{**found, "rows": rows, "targets": [Target(**target) for target in found["targets"]]})


def main(bench: Callable[[bool], Report], work: Callable[..., Sample | None] | None = None) -> None:
    """The command line of a benchmark; ``bench`` gets whether to be quick, ``work`` the arguments of a worker."""
    if sys.argv[1:2] == [WORKER] and work is not None:
        print(json.dumps(work(*sys.argv[2:]) or Sample(0, 0)))
        return
    parser = argparse.ArgumentParser(description=sys.modules["__main__"].__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds and smaller data; under two minutes")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args()
    report = bench(given.quick)
    if given.json:
        print(json.dumps(asdict(report)))
    else:
        report.show()
