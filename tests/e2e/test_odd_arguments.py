"""Odd strings in every argument of every command: always an exit code of the contract, never a traceback."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from folderkit.cli.root import cli
from tests.e2e.conftest import World

ODD = ["", " ", ".", "..", "/", "//", "-", "--", "-x", "~", "~root", "~nobody-here/x", "~$report.docx", "a\0b", "a\nb",
       "\t", "\x1b[31m", "é", "e\u0301", "名" * 100, "x" * 5000, "🚀", "\ud800", "\udcff", "'", '"', "{{ 7*7 }}",
       "{project.code}", "%s%n", "*", "[", "(((", "a AND b OR", 'NEAR("a" "b")', "$HOME", "C:\\x", "\\\\host\\share",
       "/dev/null", "/proc/self/mem", "folderkit.yaml", "project.yaml", ".folderkit/catalog.db", "loop", "loop/x",
       "0", "-1", "99999999999999999999", "1e9", "nan", "2026-99-99", "9999-12-31", "null", "true", "[1, 2]", "a=b=c",
       "=", "a=", "project=1", "project.name=x", "--help=x", "--lang", "--json=1", "\u202e", "\ufeff", "CON", "a:b"]
SKIPPED = {"watch", "tour"}  # they run on, or make a workspace wherever they are told to


def _commands(
    command: click.Command = cli, above: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command that runs, with the words that call it."""
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            if found is not None and name not in SKIPPED:
                yield from _commands(found, (*above, name))
    else:
        yield above, command


def _calls() -> Iterator[tuple[str, ...]]:
    """Every command with a hole, ``{}``, for each of its arguments and options in turn."""
    for words, command in _commands():
        arguments = [param for param in command.params if isinstance(param, click.Argument)]
        usual = ["P2026" if param.name == "project" else "x" for param in arguments if param.required]
        more = ["--version", "1"] if words == ("restore",) else []
        for number, _ in enumerate(arguments):
            yield (*words, *more, *["x"] * number, "{}")
            yield (*words, *more, "--", *["x"] * number, "{}")
        for param in command.params:
            if isinstance(param, click.Option) and not param.is_flag:
                yield (*words, *usual, *more, param.opts[-1], "{}")


CALLS = sorted(set(_calls()))


@pytest.fixture(scope="module")
def odd_world(_worlds: dict[str, World], tmp_path_factory: pytest.TempPathFactory) -> World:
    world = _worlds["zh"].copy_to(tmp_path_factory.mktemp("odd") / "w")
    (world.root / "loop").symlink_to("loop")
    (world.root / "locked").mkdir()
    return world


def _survives(world: World, args: tuple[str, ...], directory: Path | None = None) -> None:
    place = ["-C", str(directory or world.root)] if "-C" not in args else []
    dry = ["--dry-run"] if args[0] in ("init", "new", "fill") else []
    if args[:2] == ("service", "install"):  # it would be this machine's
        args = (*args[:2], "--dry-run", *args[2:])
    with contextlib.chdir(world.root):
        result = CliRunner(env={"FOLDERKIT_LANG": world.language}).invoke(cli, [args[0], *place, *dry, *args[1:]])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code in range(5), args
    assert "Traceback" not in result.stderr
    if result.exit_code in (1, 2, 3) and args[0] != "find":
        assert result.stderr.strip(), args


@pytest.mark.parametrize("call", CALLS, ids=" ".join)
def test_odd_strings_everywhere(odd_world: World, call: tuple[str, ...]) -> None:
    for odd in ODD:
        if call[0] == "init" and odd == "":
            continue
        _survives(odd_world, tuple(odd if word == "{}" else word for word in call))


def test_every_command_was_swept() -> None:
    assert {words[0] for words, _ in _commands()} == {call[0] for call in CALLS}


@settings(max_examples=60, deadline=None, derandomize=True,
          suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(call=st.sampled_from(CALLS), odd=st.text(max_size=40))
def test_any_string_anywhere(odd_world: World, call: tuple[str, ...], odd: str) -> None:
    _survives(odd_world, tuple(odd if word == "{}" else word for word in call))


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=80))
@pytest.mark.parametrize("file", ["folderkit.yaml", "project.yaml", "v.yaml"])
def test_any_bytes_in_a_yaml_file(odd_world: World, file: str, content: bytes) -> None:
    path = odd_world.project / file if file == "project.yaml" else odd_world.root / file
    before = path.read_bytes() if path.exists() else b""
    path.write_bytes(content)
    try:
        _survives(odd_world, ("new", "A", "--client", "B", "--from", "v.yaml") if file == "v.yaml" else ("list",))
    finally:
        path.write_bytes(before)
