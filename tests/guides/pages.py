"""A Markdown page as the script that it is: files to write, commands to run, lines that must appear."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """One fenced block, with the line of its page on which it starts."""

    language: str
    options: dict[str, str]
    body: str
    line: int


class Command(NamedTuple):
    """One ``$`` line of a console block and the output shown below it."""

    words: str
    shown: list[str]


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of ``page`` in order; options are the ``key=value`` words of the info string."""
    text = page.read_text(encoding="utf-8")
    return [_block(match, text) for match in _FENCE.finditer(text)]


def _block(match: re.Match[str], text: str) -> Block:
    language, *words = match["info"].split() or [""]
    options = dict(word.split("=", 1) for word in words)
    return Block(language, options, match["body"], text.count("\n", 0, match.start()) + 1)


def commands(block: Block) -> Iterator[Command]:
    """The commands of a console block; one that has no ``$`` line is a mistake of the page."""
    shown: list[str] = []
    words = ""
    for line in block.body.splitlines():
        if line.startswith("$ "):
            if words:
                yield Command(words, shown)
            words, shown = line.removeprefix("$ "), []
        else:
            assert words, f"line {block.line}: output without a command"
            shown.append(line)
    yield Command(words, shown)


def unseen(shown: list[str], output: str) -> list[str]:
    """The shown lines that do not appear in ``output`` in their order; ``...`` stands for anything.

    White space counts as one blank: the width of a column follows the longest value in it.
    """
    told = iter([_squeezed(line) for line in output.splitlines()])
    wanted = [line for line in shown if line.strip() not in {"", "..."}]
    return [line for line in wanted if not any(_pattern(line).fullmatch(given) for given in told)]


def _squeezed(line: str) -> str:
    return " ".join(line.split())


def _pattern(line: str) -> re.Pattern[str]:
    return re.compile(r".*".join(re.escape(part) for part in _squeezed(line).split("...")))
