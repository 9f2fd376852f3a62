"""One port in each write mode with deliveries that never end, and what its readers must see after each of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from publication.ledger import COLUMNS, Ledger, new_ledger

DAYS = 28
_FROM = "FROM bronze.orders_feed"
_INCREMENTAL = {"incremental": "[bronze.orders_feed]"}
Model = dict[int, tuple[object, ...]]


class World:
    """A ledger, and the rows that a reader must see once what was delivered is published."""

    mode = ""

    def __init__(self, folder: Path) -> None:
        self.ledger: Ledger = new_ledger(folder)
        self.model: Model = {}
        self.turn = 0
        self.describe()

    def describe(self) -> None:
        raise NotImplementedError

    def deliver(self) -> None:
        """One more file, and the model with it."""
        raise NotImplementedError

    @property
    def expected(self) -> list[tuple[object, ...]]:
        return sorted(self.model.values(), key=str)

    @property
    def shown(self) -> list[tuple[object, ...]]:
        return sorted(self.ledger.shown, key=str)

    @property
    def root(self) -> Path:
        return self.ledger.tiny.root

    def _file(self, *rows: tuple[object, ...]) -> None:
        self.ledger.deliver(f"file-{self.turn:04}", rows)


class Snapshot(World):
    """All rows of all files, each time anew."""

    mode = "snapshot"

    def describe(self) -> None:
        self.ledger.write("snapshot")

    def deliver(self) -> None:
        self.turn += 1
        self._file((self.turn, "new", self.turn, 1, "2026-01-05", "false"))
        self.model[self.turn] = (self.turn, "new", float(self.turn), 1)


class Append(World):
    """New rows, and one that is there already with other values: it must not change."""

    mode = "append"

    def describe(self) -> None:
        self.ledger.write("append", product=_INCREMENTAL)

    def deliver(self) -> None:
        self.turn += 1
        again = self.turn // 2
        rows = [(self.turn, "new", self.turn, 1, "2026-01-05", "false")]
        if again:
            rows.append((again, "changed", 9999, 2, "2026-01-05", "false"))
        self._file(*rows)
        self.model.setdefault(self.turn, (self.turn, "new", float(self.turn), 1))


class Merge(World):
    """A new key, a change, a deletion, a row that comes late, and one that would bring a deleted key back."""

    mode = "merge"

    def describe(self) -> None:
        self.ledger.write(
            "merge",
            sql=f"SELECT {COLUMNS}, gone {_FROM}",
            properties={"sequenceColumn": "seq", "deletionColumn": "gone"},
            product=_INCREMENTAL,
        )

    def deliver(self) -> None:
        self.turn += 1
        turn, seq, day = self.turn, 10 * self.turn, "2026-01-05"
        changed, deleted, late, back = turn // 2, turn // 3 * 2 + 1, turn // 4, turn // 5 * 2 + 1
        rows = {turn: (turn, "new", turn, seq, day, "false")}
        if changed and changed != turn:
            rows[changed] = (changed, "changed", turn, seq + 1, day, "false")
        if turn % 3 == 0:
            rows[deleted] = (deleted, "", 0, seq + 2, day, "true")
        if late and late not in rows:
            rows[late] = (late, "late", 1, 1, day, "false")
        if back not in rows and back not in self.model and back < turn:
            rows[back] = (back, "back", 1, 2, day, "false")  # it was deleted later than that
        self._file(*rows.values())
        for number, (_, name, amount, sequence, _, gone) in rows.items():
            if name in {"late", "back"}:
                continue
            if gone == "true":
                self.model.pop(number, None)
            else:
                self.model[number] = (number, name, float(str(amount)), sequence)


class Partitions(World):
    """A day that is new, or one that is delivered again."""

    mode = "partitions"

    def describe(self) -> None:
        bounds = {"partitionStart": '"2026-01-01"', "partitionEnd": '"2026-02-01"'}
        self.ledger.write(
            "partitions", properties=bounds, product={"partitioned": "{bronze.orders_feed: _source_file}"}
        )

    def deliver(self) -> None:
        self.turn += 1
        number = self.turn % DAYS if self.turn < DAYS else self.turn * 5 % DAYS
        day = f"2026-01-{number + 1:02}"
        self.ledger.deliver(day, [(number, "day", self.turn, self.turn, day, "false")])
        self.model[number] = (number, "day", float(self.turn), self.turn)


class Quarantine(Append):
    """Every file has a bad row, which must never be seen."""

    mode = "quarantine"

    def describe(self) -> None:
        aside = {"badRows": "quarantine", "quarantineLimit": "100"}
        self.ledger.write("append", product=_INCREMENTAL, properties=aside)

    def deliver(self) -> None:
        self.turn += 1
        bad = (10_000 + self.turn, "bad", -1, 1, "2026-01-05", "false")
        self._file((self.turn, "new", self.turn, 1, "2026-01-05", "false"), bad)
        self.model[self.turn] = (self.turn, "new", float(self.turn), 1)


WORLDS: dict[str, Callable[[Path], World]] = {
    world.mode: world for world in (Snapshot, Append, Merge, Partitions, Quarantine)
}
