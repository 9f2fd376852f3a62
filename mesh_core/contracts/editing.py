"""Edits of a YAML file that touch nothing else: comments, order, quoting and layout of the rest stay to the byte.

A new value is written into the text where it belongs, instead of writing the whole document anew. After every edit
the text is read again; what does not say exactly what was asked for is refused, so an edit is right or not made.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mesh_core.contracts.document import line_of, parse_yaml
from mesh_core.contracts.replacing import replace_file
from mesh_core.contracts.splicing import Splice
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
        if not _put(wanted, at, value):
            raise self._refusal(at, "there is no such place")
        chain = self._chain(at)
        rest = list(at[len(chain) - 1 :])
        parent = chain[-1]
        if not rest:
            self._adopt(Splice(self._text).replaced(chain, value), wanted, at)
            return
        for part in reversed(rest[1:]):
            value = {part: value}
        if parent.kind == "mapping":
            self._adopt(Splice(self._text).with_entry(parent, str(rest[0]), value), wanted, at)
        else:
            self._adopt(Splice(self._text).replaced(chain, {rest[0]: value}), wanted, at)

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
        self._adopt(Splice(self._text).with_item(self._chain(at)[-1], value), wanted, at)

    def remove(self, at: KeyPath) -> None:
        """Take the key or list item away, with the comment at the end of its line; nothing happens if it is missing."""
        if not at or _missing(self._raw, at):
            return
        wanted = _unshared(self._raw)
        del _at(wanted, at[:-1])[at[-1]]
        chain = self._chain(at)
        parent, place = chain[-2:]
        if len(parent.values) > 1:
            text = Splice(self._text).without(parent, parent.values.index(place))
        else:
            text = Splice(self._text).emptied(chain[:-1])
        self._adopt(text, wanted, at)

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
    try:
        replace_file(path, text.encode())
    except OSError as error:
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


def _put(raw: Any, at: KeyPath, value: Any) -> bool:
    """The same edit on plain values: what the edited text must say. False if there is no such place."""
    for number, part in enumerate(at):
        is_last = number == len(at) - 1
        if isinstance(raw, list):
            if not isinstance(part, int) or not 0 <= part < len(raw):
                return False
            if is_last:
                raw[part] = value
        elif isinstance(raw, dict) and isinstance(part, str):
            if is_last:
                raw[part] = value
            elif raw.get(part) is None:
                raw[part] = {}
        else:
            return False
        raw = value if is_last else raw[part]
    return True
