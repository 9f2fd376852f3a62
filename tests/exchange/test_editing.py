"""Edits of YAML files: what was asked for changes, and nothing else, to the byte."""

from __future__ import annotations

import copy
import io
import stat
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from mesh_core.contracts import yaml_text
from mesh_core.contracts.document import parse_yaml
from mesh_core.contracts.editing import Editor, open_for_editing, same
from mesh_core.errors import DescriptorError

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted(path for folder in ("domains", "governance", "dbt_projects") for path in (ROOT / folder).rglob("*.y*ml"))
HERE = Path("here.yaml")

SAMPLE = """\
# What the file is about.
version: "1.0.0"   # the version
status: active

# The columns.
columns:
  - name: a
    tags: [x, y]   # both
    # about the type
    type: text

  # The second.
  - {name: b, type: number}
owner:
    # four blanks
    team: Shop
    on: "yes"

# The end.
"""


def edited(text: str, *edits: tuple[Any, ...]) -> str:
    editor = Editor(HERE, text)
    for verb, *words in edits:
        getattr(editor, verb)(*words)
    return editor.text


def test_one_value_changes_and_its_comment_stays() -> None:
    assert edited(SAMPLE, ("set", ["version"], "1.1.0")) == SAMPLE.replace('"1.0.0"', '"1.1.0"')


def test_a_new_key_stands_before_the_comment_of_what_follows() -> None:
    assert edited(SAMPLE, ("set", ["columns", 0, "required"], True)) == SAMPLE.replace(
        "    type: text\n\n", "    type: text\n    required: true\n\n"
    )


def test_a_new_key_takes_the_indent_of_its_mapping() -> None:
    assert edited(SAMPLE, ("set", ["owner", "email"], "shop@mesh.example")) == SAMPLE.replace(
        '    on: "yes"\n', '    on: "yes"\n    email: shop@mesh.example\n'
    )


def test_a_flow_mapping_stays_one() -> None:
    assert edited(SAMPLE, ("set", ["columns", 1, "unique"], False)) == SAMPLE.replace(
        "{name: b, type: number}", "{name: b, type: number, unique: false}"
    )


def test_an_item_is_appended_in_the_style_of_its_list() -> None:
    text = edited(
        SAMPLE, ("append", ["columns", 0, "tags"], "z"), ("append", ["columns"], {"name": "c", "type": "date"})
    )
    assert text == SAMPLE.replace("[x, y]", "[x, y, z]").replace(
        "  - {name: b, type: number}\n", "  - {name: b, type: number}\n  - {name: c, type: date}\n"
    )


def test_appending_to_a_list_that_is_missing_makes_it() -> None:
    assert edited("a: 1\n", ("append", ["b", "c"], 2)) == "a: 1\nb:\n  c: [2]\n"


@pytest.mark.parametrize(
    ("at", "line"),
    [
        (["status"], "status: active\n"),
        (["columns", 0, "tags"], "    tags: [x, y]   # both\n"),
        (["columns", 1], "  - {name: b, type: number}\n"),
        (["columns", 1, "type"], ", type: number"),
        (["columns", 0, "tags", 0], "x, "),
        (["owner", "on"], '    on: "yes"\n'),
    ],
)
def test_what_is_removed_takes_its_line_and_no_other(at: list[str | int], line: str) -> None:
    assert edited(SAMPLE, ("remove", at)) == SAMPLE.replace(line, "")


def test_the_first_key_of_an_item_leaves_the_dash() -> None:
    assert edited(SAMPLE, ("remove", ["columns", 0, "name"])) == SAMPLE.replace("  - name: a\n    tags", "  - tags")


def test_the_last_entry_leaves_an_empty_collection() -> None:
    assert edited("a:\n  b: 1\nc: [x]\n", ("remove", ["a", "b"]), ("remove", ["c", 0])) == "a: {}\nc: []\n"
    assert edited("a:\n- b\nc: 1\n", ("remove", ["a", 0])) == "a: []\nc: 1\n"
    assert edited("a:  # why\n- b\n", ("remove", ["a", 0])) == "a: []  # why\n"
    assert edited("a:\n  # why\n  b: c\n", ("set", ["a"], "d\ne")) == 'a: "d\\ne"\n  # why\n'


def test_removing_what_is_missing_changes_nothing() -> None:
    assert edited(SAMPLE, ("remove", ["owner", "nobody"]), ("remove", ["columns", 7])) == SAMPLE


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("yes", 'a: "yes"'),
        ("007", 'a: "007"'),
        ("12:30", 'a: "12:30"'),
        ("2013-01-01", 'a: "2013-01-01"'),
        ("1.0.0", 'a: "1.0.0"'),
        ("1e3", 'a: "1e3"'),
        ("~", 'a: "~"'),
        ("", 'a: ""'),
        ("a # b", 'a: "a # b"'),
        ("mailto:a@b.example", "a: mailto:a@b.example"),
        ("Numbers, of all kinds.", "a: Numbers, of all kinds."),
        (None, "a: null"),
        (1.5, "a: 1.5"),
        (True, "a: true"),
        ("one\ntwo", "a: |-\n  one\n  two"),
        ("one\ntwo\n", "a: |\n  one\n  two"),
        (["x", 1], "a: [x, 1]"),
        ([{"x": 1, "z": "z, z"}], 'a:\n  - {x: 1, z: "z, z"}'),
        ("wor d" * 30, "a: >-\n  " + "wor " + "dwor " * 20 + "dwor\n  " + ("dwor " * 8)[:-1] + " d"),
    ],
)
def test_how_values_are_written(value: Any, line: str) -> None:
    text = edited("a: 0\n", ("set", ["a"], value))
    assert text == line + "\n"


def test_a_comment_behind_the_value_is_not_swallowed() -> None:
    assert edited("a: 1 # why\n", ("set", ["a"], "one\ntwo")) == 'a: "one\\ntwo" # why\n'


def test_kept_blank_lines_of_a_text_stay_its_own() -> None:
    assert edited("a: |+\n  x\n\nb: 1\n", ("set", ["b"], 2), ("set", ["c"], 3)) == "a: |+\n  x\n\nb: 2\nc: 3\n"
    assert edited("r:\n  a: |+\n    x\n\n", ("set", ["r", "b"], 2)) == "r:\n  a: |+\n    x\n\n  b: 2\n"


def test_line_ends_and_the_mark_at_the_start_of_windows_files_stay() -> None:
    text = "\ufeffa: 1\r\nb:\r\n  - x\r\n"
    assert edited(text, ("append", ["b"], "z"), ("set", ["a"], 2)) == "\ufeffa: 2\r\nb:\r\n  - x\r\n  - z\r\n"


def test_a_file_without_a_last_line_break_can_be_edited() -> None:
    assert edited("a: 1", ("set", ["b"], 2)) == "a: 1\nb: 2"


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("a: &x {n: 1}\nb: *x\n", ["b", "n"]),
        ("a: &x {n: 1}\nb: *x\n", ["a", "n"]),
        ("a: text\n", ["a", "b"]),
        ("a: [1]\n", ["a", 5]),
    ],
)
def test_what_would_change_more_or_has_no_place_is_refused(text: str, at: list[str | int]) -> None:
    with pytest.raises(DescriptorError) as caught:
        edited(text, ("set", at, 2))
    assert caught.value.code == "edit-refused"


def test_saving_writes_once_and_keeps_the_permissions(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("a: 1\n")
    file.chmod(0o640)
    editor = open_for_editing(file)
    editor.set(["a"], 2)
    assert file.read_text() == "a: 1\n"
    editor.save()
    assert file.read_text() == "a: 2\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert [path.name for path in tmp_path.iterdir()] == ["a.yaml"]


def test_a_file_that_changed_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("a: 1\n")
    editor = open_for_editing(file)
    editor.set(["a"], 2)
    file.write_text("a: 3\n")
    with pytest.raises(DescriptorError, match="changed by somebody else"):
        editor.save()
    assert file.read_text() == "a: 3\n"


def key_paths(value: Any, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    found = [at] if at else []
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in entries:
        found += key_paths(part, (*at, key))
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_value_of_our_own_files_can_be_replaced_with_the_rest_untouched(file: Path) -> None:
    text = file.read_text()
    lines = text.splitlines()
    for at in key_paths(parse_yaml(text.encode(), file))[::23]:
        editor = Editor(file, text)
        was = editor.get(at)
        editor.set(at, "another value")
        after = editor.text.splitlines()
        changed = set(lines) - set(after)
        assert len(changed) <= len(yaml_text.content(was, 0).splitlines()) + 8
        if not isinstance(was, dict | list) and len(lines) == len(after):
            assert sum(old != new for old, new in zip(lines, after, strict=True)) == 1
        editor = Editor(file, text)
        editor.remove(at)
        assert [line for line in editor.text.splitlines() if line not in lines and "#" in line] == []


@pytest.mark.parametrize("file", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_change_there_and_back_leaves_every_byte(file: Path) -> None:
    text = file.read_text()
    editor = Editor(file, text)
    editor.set(["tests"], [{"added": "here"}])
    editor.set(["tests", 0, "added"], 1)
    assert editor.text != text
    editor.remove(["tests"])
    assert editor.text == text


odd_texts = st.sampled_from(
    ["yes", "off", "12:30", "007", "0o17", "0x1F", "1_000", "1e3", ".5", "-1", "null", "~", "=", "<<", "- a", "? b",
     "a: b", "a #b", "#", "'", '"', "\\", "{a}", "[", "&a", "*a", "!a", "%", "@", "`", "|", ">", "---", "...", " ",
     " a", "a ", "\t", "a\tb", "a\n", "\na", "a\n\n b", "a\r\nb", "\x85", "\u2028", "é", "😀", "\ufeff", "x" * 300]
)  # fmt: skip
texts = odd_texts | st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.text("ab :#-\n", max_size=200)
scalars = (
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | texts
)
values = st.recursive(
    scalars, lambda part: st.lists(part, max_size=4) | st.dictionaries(texts, part, max_size=4), max_leaves=12
)
documents = st.dictionaries(texts, values, max_size=5)


@given(documents)
@settings(max_examples=300, deadline=None)
def test_what_is_written_reads_back_in_both_loaders(raw: dict[str, Any]) -> None:
    text = yaml_text.document(raw) if raw else "{}\n"
    assert same(parse_yaml(text.encode(), HERE), raw), text
    theirs = YAML(typ="safe", pure=True).load(io.StringIO(text))
    assert theirs == raw, text


@given(documents)
@settings(max_examples=100, deadline=None)
def test_what_is_written_reads_back_in_the_loader_of_yaml_1_1(raw: dict[str, Any]) -> None:
    text = yaml_text.document(raw) if raw else "{}\n"
    assert yaml.load(text, Loader=yaml.SafeLoader) == raw, text


@given(documents, documents, st.data())
@settings(max_examples=300, deadline=None)
def test_any_edit_of_any_document_does_what_it_says(
    raw: dict[str, Any], other: dict[str, Any], data: st.DataObject
) -> None:
    """The editor proves its edits itself; here every one of them must succeed, in texts of either style."""
    text = yaml_text.document(raw) if raw and data.draw(st.booleans()) else yaml_text.flow(raw) + "\n"
    editor = Editor(HERE, text)
    wanted = copy.deepcopy(raw)
    for key, value in other.items():
        at = data.draw(st.sampled_from([*key_paths(wanted), (key,)]))
        if data.draw(st.booleans()):
            editor.set(at, value)
            holder = wanted
            for part in at[:-1]:
                holder = holder[part]
            holder[at[-1]] = value
        else:
            editor.remove(at)
            holder = wanted
            for part in at[:-1]:
                holder = holder[part]
            if at in key_paths(wanted):
                del holder[at[-1]]
        assert same(editor.raw, wanted)
