"""Edits of a YAML file that touch nothing else: comments, order, quoting and layout of the rest stay to the byte.

A new value is written into the text where it belongs, instead of writing the whole document anew. After every edit
the text is read again; what does not say exactly what was asked for is refused, so an edit is right or not made.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mesh_core.contracts import yaml_text
from mesh_core.contracts.document import line_of, parse_yaml
from mesh_core.contracts.yaml_places import Place, places
from mesh_core.errors import DescriptorError

KeyPath = Sequence[str | int]


class Editor:
    """One file, open for edits at key paths: ``["schema", 0, "properties", 2, "required"]``.

    Nothing is written before ``save``.
    """

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self._original = text
        self._windows = "\r\n" in text and "\n" not in text.replace("\r\n", "")
        self._text = text.removeprefix("\ufeff")
        if self._windows:
            self._text = self._text.replace("\r\n", "\n")
        self._raw = parse_yaml(self._text.encode(), path)

    @property
    def raw(self) -> dict[str, Any]:
        """The document as it now is."""
        return self._raw

    @property
    def text(self) -> str:
        """The file as ``save`` would write it."""
        body = self._text.replace("\n", "\r\n") if self._windows else self._text
        return ("\ufeff" if self._original.startswith("\ufeff") else "") + body

    def get(self, at: KeyPath) -> Any:
        """The value at the key path; None if there is none."""
        value: Any = self._raw
        for part in at:
            try:
                value = value[part]
            except (KeyError, IndexError, TypeError):
                return None
        return value

    def set(self, at: KeyPath, value: Any) -> None:
        """Write ``value`` at the key path; a new key becomes the last of its mapping, missing mappings are made."""
        wanted = _unshared(self._raw)
        _put(wanted, at, value, self._refusal(at, "there is no such place"))
        chain = self._chain(at)
        rest = list(at[len(chain) - 1 :])
        parent = chain[-1]
        if not rest:
            self._adopt(self._replaced(chain, value), wanted, at)
            return
        for part in reversed(rest[1:]):
            value = {part: value}
        if parent.kind == "mapping":
            self._adopt(self._with_entry(parent, str(rest[0]), value), wanted, at)
        else:
            self._adopt(self._replaced(chain, {rest[0]: value}), wanted, at)

    def append(self, at: KeyPath, value: Any) -> None:
        """Add ``value`` to the list at the key path, which is made if it is missing."""
        present = self.get(at)
        if not isinstance(present, list):
            if present is not None:
                raise self._refusal(at, "is no list")
            self.set(at, [value])
            return
        wanted = _unshared(self._raw)
        _at(wanted, at).append(value)
        self._adopt(self._with_item(self._chain(at)[-1], value), wanted, at)

    def remove(self, at: KeyPath) -> None:
        """Take the key or list item away, with the comment at the end of its line; nothing happens if it is missing."""
        if not at or _missing(self._raw, at):
            return
        wanted = _unshared(self._raw)
        del _at(wanted, at[:-1])[at[-1]]
        parent, place = self._chain(at)[-2:]
        self._adopt(self._without(parent, parent.values.index(place)), wanted, at)

    def save(self) -> None:
        """Write the file in one step; refused if somebody else has changed it since it was opened."""
        if self.text == self._original:
            return
        if self.path.exists() and _read(self.path) != self._original:
            message = "was changed by somebody else since it was read"
            raise DescriptorError(message, path=self.path, remedy="Make the edit again.", code="edit-refused")
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(self.path, self.text)
        self._original = self.text

    def _chain(self, at: KeyPath) -> list[Place]:
        """The places along the key path, from the root to the deepest that exists."""
        root = places(self._text)
        if root is None or not at:
            raise self._refusal(at, "there is nothing to edit")
        chain = [root]
        for part in at:
            found = chain[-1].child(part)
            if found is None:
                break
            chain.append(found)
        if any(place.kind == "alias" for place in chain):
            raise self._refusal(at, "stands under an alias; it would change in two places")
        return chain

    def _adopt(self, text: str, wanted: dict[str, Any], at: KeyPath) -> None:
        try:
            found = parse_yaml(text.encode(), self.path)
        except DescriptorError as error:
            raise self._refusal(at, "cannot be edited in its place") from error
        if not same(found, wanted):
            raise self._refusal(at, "cannot be edited in its place")
        self._text, self._raw = text, found

    def _refusal(self, at: KeyPath, what: str) -> DescriptorError:
        where = ".".join(str(part) for part in at)
        remedy = "Edit the file by hand."
        line = line_of(self.path, at) if self.path.exists() else None
        return DescriptorError(f"{where}: {what}", path=self.path, line=line, remedy=remedy, code="edit-refused")

    def _spliced(self, start: int, end: int, new: str) -> str:
        return self._text[:start] + new + self._text[end:]

    def _replaced(self, chain: list[Place], value: Any) -> str:
        parent, place = chain[-2], chain[-1]
        if parent.flow:
            return self._spliced(place.start, place.end, self._blank_before(place) + yaml_text.flow(value))
        is_block = place.kind in {"mapping", "sequence"} and not place.flow
        column = parent.column + 2
        if is_block and isinstance(value, dict | list) and value:
            return self._spliced(place.start, place.end, yaml_text.block(value, place.column))
        if self._comment_after(place):
            return self._spliced(place.start, place.end, self._blank_before(place) + yaml_text.flow(value))
        if parent.kind == "sequence":
            new = self._blank_before(place) + yaml_text.content(value, column)
            return self._spliced(place.start, place.end, new)
        key = parent.keys[parent.values.index(place)]
        colon = self._text.index(":", key.end) + 1
        return self._spliced(colon, place.end, yaml_text.after_colon(value, parent.column))

    def _blank_before(self, place: Place) -> str:
        """An empty value stands right behind its colon or dash."""
        return " " if place.start == place.end else ""

    def _comment_after(self, place: Place) -> bool:
        return "#" in self._text[place.end : self._line_end(place.end)]

    def _with_entry(self, parent: Place, key: str, value: Any) -> str:
        if parent.flow:
            return self._into_flow(parent, f"{yaml_text.scalar(key, flow=True)}: {yaml_text.flow(value)}")
        return self._below(parent, yaml_text.entry(key, value, parent.column))

    def _with_item(self, parent: Place, value: Any) -> str:
        if parent.flow:
            return self._into_flow(parent, yaml_text.flow(value))
        return self._below(parent, yaml_text.item(value, parent.column))

    def _into_flow(self, parent: Place, new: str) -> str:
        if not parent.values:
            return self._spliced(parent.end - 1, parent.end - 1, new)
        end = parent.values[-1].end
        return self._spliced(end, end, f", {new}")

    def _below(self, parent: Place, new: str) -> str:
        end = self._line_end(parent.end)
        return self._spliced(end, end, "\n" + new)

    def _line_end(self, position: int) -> int:
        if position and self._text[position - 1] == "\n":
            return position - 1
        end = self._text.find("\n", position)
        return len(self._text) if end < 0 else end

    def _without(self, parent: Place, number: int) -> str:
        if len(parent.values) == 1:
            return self._spliced(parent.start, parent.end, "{}" if parent.kind == "mapping" else "[]")
        starts = [self._entry_start(parent, at) for at in range(len(parent.values))]
        last = number == len(parent.values) - 1
        if parent.flow and last:
            return self._spliced(parent.values[number - 1].end, parent.values[number].end, "")
        begin = self._text.rfind("\n", 0, starts[number]) + 1
        if parent.flow or self._text[begin : starts[number]].strip():
            return self._spliced(starts[number], starts[number + 1], "")
        end = self._line_end(parent.values[number].end)
        return self._spliced(begin, min(end + 1, len(self._text)), "")

    def _entry_start(self, parent: Place, number: int) -> int:
        if parent.kind == "mapping":
            return parent.keys[number].start
        if parent.flow:
            return parent.values[number].start
        if number == 0:
            return parent.start
        return self._text.rindex("-", parent.values[number - 1].end, max(parent.values[number].start, 1))


def open_for_editing(path: Path) -> Editor:
    """The file at ``path``, ready for edits; DescriptorError if it cannot be read or is no YAML mapping."""
    return Editor(path, _read(path))


def same(left: Any, right: Any) -> bool:
    """Whether two documents say the same: ``1`` is not ``1.0`` and not ``true``, and the order of keys is no matter."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(value, right[key]) for key, value in left.items())
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(same(*pair) for pair in zip(left, right, strict=True))
    return type(left) is type(right) and bool(left == right)


def write_whole(path: Path, text: str) -> None:
    """Write the file so that a reader sees the old text or the new one; its permissions stay."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as out:
            out.write(text)
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
        Path(temporary).chmod(mode)
        Path(temporary).replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
        message = f"cannot be written: {error.strerror}"
        raise DescriptorError(message, path=path) from error


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
        raise DescriptorError(message, path=path) from error
    except UnicodeDecodeError as error:
        message = "is not UTF-8"
        raise DescriptorError(message, path=path, remedy="Save it as UTF-8.") from error


def _unshared(raw: dict[str, Any]) -> Any:
    """A copy in which an alias is a value of its own: an edit that would change two places doesn't match it."""
    return json.loads(json.dumps(raw))


def _at(raw: Any, at: KeyPath) -> Any:
    for part in at:
        raw = raw[part]
    return raw


def _missing(raw: Any, at: KeyPath) -> bool:
    try:
        _at(raw, at)
    except (KeyError, IndexError, TypeError):
        return True
    return False


def _put(raw: Any, at: KeyPath, value: Any, refusal: DescriptorError) -> None:
    """The same edit on plain values: what the edited text must say."""
    for number, part in enumerate(at):
        is_last = number == len(at) - 1
        if isinstance(raw, list):
            if not isinstance(part, int) or not 0 <= part < len(raw):
                raise refusal
            if is_last:
                raw[part] = value
        elif isinstance(raw, dict) and isinstance(part, str):
            if is_last:
                raw[part] = value
            elif raw.get(part) is None:
                raw[part] = {}
        else:
            raise refusal
        if not is_last:
            raw = raw[part]
