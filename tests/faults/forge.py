"""Runs acts in children that may die by SIGKILL: each is forked from this process, which has imported everything.

Reads one JSON object a line, ``{"act", "root", "at" or "after"}``, and answers with one: how the child ended, and how
many places it passed at which it could have died. Nothing is ever opened here, so that a fork inherits no thread.
"""

from __future__ import annotations

import functools
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import deltalake  # noqa: F401 - what every child needs
import duckdb  # noqa: F401
import sqlalchemy  # noqa: F401

from faults import acts
from mesh_core.catalog import Catalog
from mesh_core.publishing import progress
from mesh_core.storage import Lake, committing, places

_FUNCTIONS = (places.create, places.write, places.remove, places.make_room)
_METHODS = ((Lake, "stage"), (Lake, "commit"), (Lake, "discard"), (Catalog, "register"), (Catalog, "register_internal"))


class Places:
    """Counts the places at which a process can die, and dies at the one that was asked for."""

    def __init__(self, at: int | None) -> None:
        self.at, self.passed = at, 0

    def reached(self, *_: object) -> None:
        self.passed += 1
        if self.passed == self.at:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, with a place before and one after it."""

        @functools.wraps(function)
        def watched(*given: Any, **named: Any) -> Any:
            self.reached()
            result = function(*given, **named)
            self.reached()
            return result

        return watched

    def install(self) -> None:
        """Whoever imported one of the functions gets the watched one."""
        watched = {function: self.around(function) for function in (*_FUNCTIONS, committing.commit_staged)}
        for module in list(sys.modules.values()):
            if isinstance(module, ModuleType) and module.__name__.startswith("mesh_core"):
                for name, value in list(vars(module).items()):
                    if callable(value) and getattr(value, "__hash__", None) and value in watched:
                        setattr(module, name, watched[value])
        for owner, name in _METHODS:
            setattr(owner, name, self.around(getattr(owner, name)))


def _child(task: dict[str, Any], answer: int) -> None:
    where = Places(task.get("at"))
    where.install()
    try:
        with progress.listening(where.reached):
            acts.ACTS[task["act"]](Path(task["root"]))
        told = {"ended": "done"}
    except BaseException as error:  # noqa: BLE001 - told to whoever asked
        told = {"ended": "failed", "error": f"{type(error).__name__}: {error}"}
    os.write(answer, json.dumps({**told, "passed": where.passed}).encode())
    os._exit(0)


def _run(task: dict[str, Any]) -> dict[str, Any]:
    reading, writing = os.pipe()
    started = time.perf_counter()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _child(task, writing)
    os.close(writing)
    if task.get("after") is not None:
        time.sleep(task["after"])
        os.kill(child, signal.SIGKILL)
    with os.fdopen(reading, "rb") as stream:
        told = stream.read()
    _, status = os.waitpid(child, 0)
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    answer = {"ended": "killed"} if killed and not told else json.loads(told)
    return {**answer, "seconds": time.perf_counter() - started}


def main() -> None:
    for line in sys.stdin:
        print(json.dumps(_run(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
