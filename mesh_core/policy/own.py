"""The mesh's own policies: Python files of ``governance/policies``, run by path, without touching the import system."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from mesh_core.errors import MeshError
from mesh_core.policy.policy import Policy


class PolicyFileError(MeshError):
    """A policy, or the file that defines it, cannot run."""

    code = "policy-file"


def policies_in(file: Path) -> list[Policy]:
    """The policies that the file defines, in its order; PolicyFileError if it doesn't run or defines none."""
    module = ModuleType(f"governance.policies.{file.stem}")
    module.__file__ = str(file)
    with told_with_place(file, f"{file.name} does not load"):
        # Not imported: bytecode would lie in the tree, and a second mesh of one process would get the first one's.
        exec(compile(file.read_bytes(), str(file), "exec"), module.__dict__)  # noqa: S102 - the mesh's own code
    found = [value for value in vars(module).values() if isinstance(value, Policy) and value.path == file]
    if not found:
        message = f"{file.name} defines no policy"
        remedy = "Decorate a function with `@policy(…)` of mesh_core.policy, or begin the file's name with _."
        raise PolicyFileError(message, path=file, line=1, remedy=remedy)
    return found


@contextmanager
def told_with_place(file: Path, what: str, line: int | None = None) -> Iterator[None]:
    """Whatever a policy's code raises inside the block, as a PolicyFileError that points into ``file``.

    The line is where it was raised, or ``line`` if that was elsewhere.
    """
    try:
        yield
    except MeshError:
        raise
    except Exception as error:
        message, at = f"{what}: {type(error).__name__}: {error}", _line_in(file, error) or line
        raise PolicyFileError(message, path=file, line=at, remedy="Mend the policy.") from error


def _line_in(file: Path, error: Exception) -> int | None:
    """Where in the file the error came from."""
    if isinstance(error, SyntaxError):
        return error.lineno
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(file)]
    return frames[-1].lineno if frames else None
