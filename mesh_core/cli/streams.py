"""Who may write where while libraries work: stdout is for the result, the terminal for the view.

Dagster moves the file descriptors 1 and 2 into its compute logs for as long as a step runs, so whoever wants to be
seen meanwhile needs a descriptor of its own.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import IO, TextIO


def own_stderr() -> TextIO:
    """Standard error as it is now, whatever becomes of descriptor 2."""
    return os.fdopen(os.dup(2), "w", buffering=1, encoding="utf-8", errors="replace")


@contextmanager
def stdout_to_stderr() -> Iterator[None]:
    """What libraries print to stdout, from Python or not, goes to stderr."""
    with _moved({1: 2}), redirect_stdout(sys.stderr):
        yield


@contextmanager
def held_back() -> Iterator[IO[bytes]]:
    """What libraries print is kept in the file that the block gets, to be told when the view is over."""
    with tempfile.TemporaryFile() as kept, _moved({1: kept.fileno(), 2: kept.fileno()}):
        yield kept


@contextmanager
def _moved(targets: dict[int, int]) -> Iterator[None]:
    sys.stdout.flush()
    sys.stderr.flush()
    before = {number: os.dup(number) for number in targets}
    for number, target in targets.items():
        os.dup2(target, number)
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for number, saved in before.items():
            os.dup2(saved, number)
            os.close(saved)
