"""How a run looks while it runs: a live view on a terminal, one line an event elsewhere."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Protocol, TextIO

from mesh_core.cli.output import rich_console
from mesh_core.cli.streams import held_back, own_stderr, stdout_to_stderr
from mesh_core.cli.words import amount, count, seconds
from mesh_core.publishing.progress import Outcome, Progress

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from rich.console import RenderableType

    from mesh_core.publishing.planning.plan import Plan

_BAR = 30
_ADDRESS = 3  # parts of an internal asset's name: domain, layer, step
STYLES = {"published": "green", "unchanged": "dim", "failed": "bold red", "skipped": "yellow", "retired": "dim"}
MARKS = {"published": "✓", "unchanged": "=", "failed": "✗", "skipped": "-", "retired": "·"}


class View(Protocol):
    """Somebody who watches a run."""

    def showing(self, plan: Plan) -> AbstractContextManager[None]: ...

    def heard(self, event: Progress | Outcome) -> None: ...


def view_for_stderr() -> View:
    """The live view if a person is looking, else plain lines."""
    return LiveView() if sys.stderr.isatty() else PlainView()


def told(outcome: Outcome) -> str:
    """How a publication ended, in one line without its address."""
    if outcome.status == "failed":
        return f"failed after {seconds(outcome.seconds)}: {outcome.error.splitlines()[0] if outcome.error else ''}"
    checks = f"{outcome.checks_passed} checks passed"
    failing = f", {outcome.checks_failed} warned" if outcome.checks_failed else ""
    aside = f", {amount(outcome.quarantined, 'row')} in quarantine" if outcome.quarantined else ""
    version = "" if outcome.table_version is None else f", v{outcome.table_version}"
    rows = amount(outcome.rows, "row")
    made = f", {amount(outcome.partitions, 'partition')}" if outcome.partitions else ""
    return f"{outcome.status}: {rows}{version}{made}, {checks}{failing}{aside} in {seconds(outcome.seconds)}"


class PlainView:
    """For logs: one line when an asset starts to be made, one when a port is done."""

    def __init__(self) -> None:
        self._started = time.perf_counter()
        self._out: TextIO = sys.stderr

    @contextlib.contextmanager
    def showing(self, plan: Plan) -> Iterator[None]:
        with own_stderr() as self._out, stdout_to_stderr():
            if plan.stale:
                self._say(f"{amount(len(plan.stale), 'asset')} to make; loading Dagster ...")
            yield

    def heard(self, event: Progress | Outcome) -> None:
        if isinstance(event, Outcome):
            self._say(f"{event.name} {told(event)}")
        elif event.stage == "transform":
            self._say(f"{event.name} ...")

    def _say(self, text: str) -> None:
        print(f"{time.perf_counter() - self._started:6.1f} s  {text}", file=self._out)


class LiveView:
    """What is being made now, with its stage; what is done moves up and stays."""

    def __init__(self) -> None:
        self._console = rich_console()
        self._started = time.perf_counter()
        self._now: Progress | None = None
        self._since = self._started
        self._done = 0
        self._total = 0
        self._width = 0

    @contextlib.contextmanager
    def showing(self, plan: Plan) -> Iterator[None]:
        if not plan.stale:
            with stdout_to_stderr():
                yield
            return
        from rich.live import Live

        ports = [step.port.address.sql for step in plan.stale if step.port]
        self._total = len(ports)
        self._width = max((len(name) for name in ports), default=0)
        with own_stderr() as out, held_back() as others:
            self._console = rich_console(out)
            live = Live(
                console=self._console,
                get_renderable=self._render,
                refresh_per_second=10,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            try:
                with live:
                    yield
            except KeyboardInterrupt:
                others.truncate(0)  # all there is to tell is how Dagster's helpers took it
                raise
            finally:
                self._tell(others)

    def _tell(self, others: IO[bytes]) -> None:
        """What libraries said during the run, now that it spoils no view."""
        from rich.text import Text

        others.seek(0)
        chatter = others.read().decode(errors="replace").strip()
        if chatter:
            self._console.print(Text(chatter, "dim"))

    def heard(self, event: Progress | Outcome) -> None:
        if isinstance(event, Outcome):
            self._done += 1
            self._now = None
            self._console.print(self._line(event))
            return
        if self._now is None or self._now.name != event.name:
            self._since = time.perf_counter()
        self._now = event

    def _line(self, outcome: Outcome) -> RenderableType:
        from rich.text import Text

        style = STYLES[outcome.status]
        line = Text.assemble((f"{MARKS[outcome.status]} ", style), (f"{outcome.name:<{self._width}}", "bold"))
        if outcome.status == "failed":
            return line.append(f"  {told(outcome)}", "red")
        version = "" if outcome.table_version is None else f"v{outcome.table_version}"
        line.append(f"  {count(outcome.rows):>9} rows  {version:>4}  ")
        line.append(f"{amount(outcome.partitions, 'partition')}  " if outcome.partitions else "", "dim")
        line.append(f"{outcome.checks_passed:>3} ✓", "green")
        line.append(f" {outcome.checks_failed} !" if outcome.checks_failed else "", "yellow")
        line.append(f" {outcome.quarantined:,} in quarantine" if outcome.quarantined else "", "yellow")
        return line.append(f"  {seconds(outcome.seconds)}", "dim")

    def _render(self) -> RenderableType:
        from rich.console import Group
        from rich.progress_bar import ProgressBar
        from rich.spinner import Spinner
        from rich.table import Table

        foot = Table.grid(padding=(0, 1))
        passed = seconds(time.perf_counter() - self._started)
        bar = ProgressBar(total=max(self._total, 1), completed=self._done, width=_BAR)
        foot.add_row(bar, f"{self._done} of {amount(self._total, 'port')}", f"[dim]{passed}")
        return Group(Spinner("dots", text=self._doing(), style="cyan"), foot)

    def _doing(self) -> RenderableType:
        from rich.text import Text

        now = self._now
        if now is None:
            return Text("loading the next domain ..." if self._done else "loading Dagster ...", "dim")
        kind = "dim" if now.name.count(".") >= _ADDRESS - 1 else "bold"
        passed = seconds(time.perf_counter() - self._since)
        detail = f" {now.detail}" if now.detail else ""
        return Text.assemble((now.name, kind), ("  ", ""), (now.stage, "cyan"), (detail, ""), (f"  {passed}", "dim"))
