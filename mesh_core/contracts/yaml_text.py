"""Plain values as YAML text in the house's style, read alike by YAML 1.1 and 1.2.

A text that any of the two takes for a number, a boolean, a date or null is quoted. Short mappings and lists stand on
one line, long texts are folded.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

WIDTH = 110

_SAFE_START = re.compile(r"[^\W_]|[_/($]")
_MISLEADING = re.compile(
    r"(?:null|true|false|yes|no|on|off|y|n)|[0-9][0-9_.:,eExXoObBa-fA-F+-]*|[0-9]{4}-[0-9]{1,2}-[0-9].*", re.IGNORECASE
)
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_FLOW_SIGNS = re.compile(r"[,\[\]{}?]")  # PyYAML without its C library reads no ? there
_FOLD = re.compile(r"(?<=\S) (?=\S)")


def document(raw: Mapping[str, Any]) -> str:
    """A whole file: the mapping's keys in their order."""
    return "\n".join(entry(key, value, 0) for key, value in raw.items()) + "\n"


def entry(key: str, value: Any, column: int) -> str:
    """``key: value`` in block style, every line indented by ``column``; no line break at the end."""
    return f"{' ' * column}{scalar(key, flow=True)}:{after_colon(value, column)}"


def item(value: Any, column: int) -> str:
    """``- value`` in block style, every line indented by ``column``; no line break at the end."""
    return f"{' ' * column}- {content(value, column + 2)}"


def after_colon(value: Any, column: int) -> str:
    """What follows ``key:`` of a mapping at ``column``, with the blank or the line break before it."""
    if _is_block(value, column):
        return "\n" + " " * (column + 2) + block(value, column + 2)
    return " " + _inline(value, column + 2)


def content(value: Any, column: int) -> str:
    """A value whose first line is already in place at ``column`` and whose others are indented to it."""
    return block(value, column) if _is_block(value, column) else _inline(value, column)


def block(value: Any, column: int) -> str:
    """A mapping or list that is not empty, one line an entry; the first line is already in place at ``column``."""
    if isinstance(value, Mapping):
        lines = [entry(key, part, column) for key, part in value.items()]
    else:
        lines = [item(part, column) for part in value]
    return "\n".join(lines)[column:]


def flow(value: Any) -> str:
    """The value on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(key, flow=True)}: {flow(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(flow(part) for part in value) + "]"
    return scalar(value, flow=True)


def scalar(value: Any, *, flow: bool) -> str:
    """A text, number, boolean or null on one line; ValueError for what a contract cannot hold."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, str):
        return value if _is_plain(value, flow=flow) else _quoted(value)
    message = f"a {type(value).__name__} has no place in a YAML document"
    raise ValueError(message)


def _inline(value: Any, column: int) -> str:
    return _text(value, column) if isinstance(value, str) else flow(value)


def _is_block(value: Any, column: int) -> bool:
    if not isinstance(value, Mapping | list | tuple) or not value:
        return False
    parts: Sequence[Any] = list(value.values()) if isinstance(value, Mapping) else value
    at_top = column == 0 and isinstance(value, Mapping)
    nested = any(isinstance(part, Mapping) or _holds_collections(part) for part in parts)
    long = any(isinstance(part, str) and "\n" in part for part in parts)
    return at_top or nested or long or column + len(flow(value)) > WIDTH


def _holds_collections(value: Any) -> bool:
    return isinstance(value, list | tuple) and any(isinstance(part, Mapping | list | tuple) for part in value)


def _float(value: float) -> str:
    if not math.isfinite(value):
        message = f"{value} has no place in a contract"
        raise ValueError(message)
    text = repr(value)
    # YAML 1.1 knows no 1e+16 without a point: it would be a text there.
    return text if "." in text or "e" not in text else text.replace("e", ".0e")


def _is_plain(text: str, *, flow: bool) -> bool:
    return (
        _SAFE_START.match(text) is not None
        and _MISLEADING.fullmatch(text) is None
        and _UNPRINTABLE.search(text) is None
        and ": " not in text
        and " #" not in text
        and not text.endswith((":", " "))
        and not (flow and _FLOW_SIGNS.search(text))
    )


def _quoted(text: str) -> str:
    if _SURROGATE.search(text):
        message = "half of a surrogate pair has no place in a YAML document"
        raise ValueError(message)
    readable = json.dumps(text, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", readable)


def _text(text: str, column: int) -> str:
    """In block style a long text is folded, one of several lines stands as it is."""
    inline = scalar(text, flow=False)
    lines = text.split("\n")
    if any(_UNPRINTABLE.search(line) for line in lines) or not text.strip() or text[0].isspace():
        return inline
    pad = "\n" + " " * column
    if len(lines) == 1:
        if column + len(inline) <= WIDTH or text[-1].isspace():
            return inline
        return ">-" + pad + pad.join(_folded(text, max(40, WIDTH - column)))
    if text.endswith("\n\n") or any(line != line.rstrip() for line in lines):
        return inline
    chomp = "" if text.endswith("\n") else "-"
    body = lines[:-1] if text.endswith("\n") else lines
    return f"|{chomp}" + "".join(pad + line if line else "\n" for line in body)


def _folded(text: str, width: int) -> list[str]:
    lines = [""]
    for word in _FOLD.split(text):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}" if lines[-1] else word
    return lines
