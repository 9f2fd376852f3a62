"""Work that two processes share where there is enough of it: the second is a fork, so that nothing is sent to it."""

from __future__ import annotations

import os
import pickle
import sys
import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_halves(items: Sequence[Item], work: Callable[[Sequence[Item]], Result], *, least: int) -> list[Result]:
    """The results of ``work`` on each half of ``items``; on all in this process if there are fewer than ``least``.

    Results must be picklable. A second process that fails in whatever way costs time only: its half is done here.
    """
    if len(items) < least or not _can_fork():
        return [work(items)]
    middle = len(items) // 2
    fetch = _begun(lambda: work(items[middle:]))
    first = work(items[:middle])
    second = fetch()
    return [first, work(items[middle:]) if second is None else second[0]]


def _can_fork() -> bool:
    """A fork has one thread only, whatever locks the others held; elsewhere than on Linux it is not safe at all."""
    alone = threading.active_count() == 1
    return sys.platform == "linux" and alone and len(os.sched_getaffinity(0)) > 1


def _begun(work: Callable[[], Result]) -> Callable[[], tuple[Result] | None]:
    """Start the work in a fork; what comes back waits for it, and gives None if it failed."""
    reading, writing = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        _answer(work, writing)
    os.close(writing)

    def fetch() -> tuple[Any] | None:
        with os.fdopen(reading, "rb") as pipe:
            answer = pipe.read()
        _, status = os.waitpid(child, 0)
        return (pickle.loads(answer),) if status == 0 else None  # noqa: S301 - our own fork wrote it

    return fetch


def _answer(work: Callable[[], object], writing: int) -> None:
    """In the fork: the result into the pipe, and out, without whatever the parent does at its end."""
    code = 1
    try:
        answer = pickle.dumps(work(), protocol=pickle.HIGHEST_PROTOCOL)
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(answer)
        code = 0
    finally:
        os._exit(code)
