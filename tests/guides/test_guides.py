"""Every guide is its own test: what it shows is written, run and compared."""

from __future__ import annotations

import pytest

from .conftest import ROOT, Reader
from .pages import Block, blocks, commands, unseen

GUIDES = sorted(str(page.relative_to(ROOT)) for page in (ROOT / "docs" / "guides").glob("*.md"))


@pytest.mark.mesh
@pytest.mark.parametrize("page", GUIDES)
def test_a_guide_does_what_it_says(page: str, reader: Reader) -> None:
    reader.follow(page)


def test_a_page_is_read_as_files_and_commands(tmp_path) -> None:
    page = tmp_path / "page.md"
    page.write_text("Text.\n\n```yaml title=a/b.yaml\nkey: 1\n```\n\n```console exit=1\n$ one\nout\n$ two\n```\n")
    file, console = blocks(page)
    assert file == Block("yaml", {"title": "a/b.yaml"}, "key: 1\n", 3)
    assert console.options == {"exit": "1"}
    assert [tuple(command) for command in commands(console)] == [("one", ["out"]), ("two", [])]


def test_lines_must_appear_in_their_order() -> None:
    output = "port  rows\nfleet.a     9   0.21\ndone in 0.3 s\n"
    assert unseen(["port rows", "...", "fleet.a  9  ...", "done in ..."], output) == []
    assert unseen(["fleet.a 8 ..."], output) == ["fleet.a 8 ..."]
    assert unseen(["done in ...", "port rows"], output) == ["port rows"]
    assert unseen(["rows"], output) == ["rows"]
