"""Append: published rows never change; what a publication makes comes beside them, once."""

from __future__ import annotations

from mesh_core.publishing.modes.write import Outcome, Write
from mesh_core.storage import Change, Staged, quoted


class Append(Write):
    """Rows that the table has already are left out, so that a repeated publication adds nothing twice.

    With a primary key those are the rows whose key is there. Without one, rows made of new files only are all new;
    where inputs had to be read as a whole, the made rows less the table's own are, each as often as it is more.
    """

    def stage(self, made: str) -> Staged:
        return self._staged(made if self.attempt.rebuild else self.arriving(made))

    def arriving(self, made: str) -> str:
        """The SQL of those of the rows ``made`` that the table does not have."""
        key = self.attempt.publishing.key
        if not key:
            return made if self.attempt.reads_changes else f"({made}) EXCEPT ALL ({self.together(self.standing)})"
        names = ", ".join(quoted(name) for name in key)
        there = f"SELECT {names} FROM ({self.standing.relation})"
        return f"SELECT * FROM ({made}) ANTI JOIN ({there}) USING ({names})"

    def whole(self, staged: Staged) -> str:
        return staged.relation if self.attempt.rebuild else self.together(self.standing, staged)

    def outcome(self, staged: Staged) -> Outcome:
        if self.attempt.rebuild:
            return self._replaced(staged)
        return self._built_upon(self.standing, staged, Change(mode="append"))
