"""What a transformation may not do while it is checked: reach a network, or write into the mesh.

An audit hook can't be taken away again: only processes that end after the check install it. It stops mistakes,
not malice: code that wants to get around it can.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

_NETWORK = frozenset({"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo"})
_WITH_ADDRESS = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg", "socket.bind"})
_CHANGES = frozenset({"os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.truncate", "shutil.rmtree"})
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC


class ForbiddenInCheckError(PermissionError):
    """A transformation did during the check what a function of its inputs does not do."""


def forbid(*folders: Path) -> None:
    """From here on this process opens no connection, and writes nothing below ``folders``."""
    closed = tuple(f"{folder.resolve()}{os.sep}" for folder in folders)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _NETWORK or (event in _WITH_ADDRESS and isinstance(arguments[1], tuple)):
            message = f"no network while a transformation is checked ({event})"
            raise ForbiddenInCheckError(message)
        if _is_change(event, arguments) and _inside(arguments[0], closed):
            message = f"no writing into the mesh while a transformation is checked ({arguments[0]})"
            raise ForbiddenInCheckError(message)

    sys.addaudithook(hook)


def _is_change(event: str, arguments: tuple[Any, ...]) -> bool:
    if event != "open":
        return event in _CHANGES
    _, mode, flags = arguments
    by_mode = isinstance(mode, str) and any(letter in mode for letter in "wax+")
    return by_mode or bool(isinstance(flags, int) and flags & _WRITES)


def _inside(path: Any, folders: tuple[str, ...]) -> bool:
    if not isinstance(path, str | bytes | os.PathLike):
        return False
    return f"{os.path.abspath(os.fsdecode(path))}{os.sep}".startswith(folders)  # noqa: PTH100 - Path.resolve opens
