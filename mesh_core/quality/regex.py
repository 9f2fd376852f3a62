r"""Regular expressions between three dialects: ECMA-262 (contracts), Python (GX) and RE2 (DuckDB).

The dialects differ in what \d, \w, \s and $ mean and in look-arounds. Nothing is passed on that would mean
something else at the other end: what can't be said in RE2 is left to GX's own engine.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

_PART = re.compile(r"\\(?:x[0-9a-fA-F]{2}|[\s\S])|\(\?(?:P<|<[=!]|.)|\{,|\{\d{4,}|[*+?}]\+|[\s\S]")
# Part to its spelling outside and inside a character class; None where there is none.
_TO_PYTHON = {
    r"\d": ("[0-9]", "0-9"),
    r"\w": ("[A-Za-z0-9_]", "A-Za-z0-9_"),
    r"\D": ("[^0-9]", r"\D"),
    r"\W": ("[^A-Za-z0-9_]", r"\W"),
    "$": (r"\Z", "$"),
    "(?<": ("(?P<", "(?<"),
}
_SPACES = r"\t-\r\x1c-\x20\x{85}\p{Z}"
_TO_RE2 = {
    r"\d": (r"\p{Nd}", r"\p{Nd}"),
    r"\D": (r"\P{Nd}", r"\P{Nd}"),
    r"\w": (r"[\p{L}\p{N}_]", r"\p{L}\p{N}_"),
    r"\W": (r"[^\p{L}\p{N}_]", None),
    r"\s": (f"[{_SPACES}]", _SPACES),
    r"\S": (f"[^{_SPACES}]", None),
    r"\Z": (r"\z", None),
    "$": (r"(?:\n?\z)", "$"),
    # Python: up to n times, thousands of times, possessive. RE2: literal, refused, refused.
    "{,": (None, "{,"),
    "*+": (None, "*+"),
    "++": (None, "++"),
    "?+": (None, "?+"),
    "}+": (None, "}+"),
}
_SHARED_ESCAPES = set("Anrtfvx")


def _parts(pattern: str) -> Iterator[tuple[str, bool]]:
    """Each part of the pattern with whether it stands inside a character class."""
    inside = first = False
    for match in _PART.finditer(pattern):
        part = match[0]
        yield part, inside
        if not inside:
            inside = first = part == "["
        elif part == "]" and not first:
            inside = False
        else:
            first = first and part == "^"


def from_ecma(pattern: str) -> str:
    """The Python regex that means what ``pattern`` means by ECMA-262 (ASCII classes, $ only at the end)."""
    return "".join(_TO_PYTHON.get(part, (part, part))[1 if inside else 0] for part, inside in _parts(pattern))


@cache
def to_re2(pattern: str) -> str | None:
    """The RE2 regex that finds what Python's ``re.search`` finds, or None if there is none."""
    out = []
    parts = list(_parts(pattern))
    for position, (part, inside) in enumerate(parts, start=1):
        if not _is_shared(part, inside=inside) or (part == "$" and not inside and not _is_end(parts[position:])):
            return None
        replaced = _TO_RE2.get(part, (part, part))[1 if inside else 0]
        if replaced is None:
            return None
        out.append(replaced)
    return "".join(out)


def _is_end(rest: list[tuple[str, bool]]) -> bool:
    """Whether nothing can match after a ``$`` with ``rest`` behind it: Python's leaves the last line break unread.

    RE2 has no such place, so that the ``$`` in ``$\\s`` reads the line break itself.
    """
    skipped: int | None = None  # depth of groups inside an alternative that ``$`` is no part of
    for part, inside in rest:
        if skipped is not None:
            if not inside and part.startswith("("):
                skipped += 1
            elif not inside and part == ")":
                skipped = skipped - 1 if skipped else None
        elif part == "|":
            skipped = 0
        elif part not in {")", "$"}:
            return False
    return True


def _is_shared(part: str, *, inside: bool) -> bool:
    """Whether both dialects know the part, once it is replaced."""
    if part.startswith("\\"):
        name = part[1]
        is_punctuation = name.isascii() and name.isprintable() and not name.isalnum()
        return part in _TO_RE2 or name in _SHARED_ESCAPES or is_punctuation
    if inside:
        return part != "["  # POSIX classes exist in RE2 alone
    if part.startswith("(?"):
        return part in {"(?:", "(?P<"}
    return not (part.startswith("{") and len(part) > 4)


def fault_of(pattern: str) -> str:
    """Why Python's engine refuses the pattern, '' if it does not."""
    try:
        re.compile(pattern)
    except re.error as error:
        return str(error)
    return ""
