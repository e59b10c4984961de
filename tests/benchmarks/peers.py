"""The peers, in environments of their own: made when first asked for, from their registries, and kept."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
_SHOWN = ("cookiecutter", "copier", "docxtpl", "jinja2", "lxml", "watchfiles")
_PROGRAMS = {  # of the system, by case
    "vault": ("restic", "borg"), "watch": ("syncthing",), "find": ("recollindex", "rg")}
_ASKED = {"restic": ("restic", "version"), "recollindex": ("dpkg-query", "-W", "recollcmd")}  # for their version
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
_VERSIONS = "import sys; from importlib.metadata import version; print(*(version(name) for name in sys.argv[1:]))"


@dataclass(frozen=True)
class Peers:
    """Where the peers' programs lie, and which versions they are."""

    folder: Path
    versions: str

    def program(self, name: str) -> Path:
        return self.folder / ("Scripts" if os.name == "nt" else "bin") / name


def default_cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "folderkit-benchmarks"


def requirements() -> list[str]:
    """What is installed: the group ``bench`` of pyproject.toml, and docxtpl as folderkit itself asks for it."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    own = [line for line in project["project"]["dependencies"] if line.startswith("docxtpl")]
    return [*project["dependency-groups"]["bench"], *own]


def install(cache: Path) -> Peers:
    """The peers in `cache`, installed now unless they are there already."""
    return environment(cache / f"peers-{PYTHON}", requirements(), _SHOWN)


def environment(folder: Path, wanted: Sequence[str], shown: Sequence[str]) -> Peers:
    """A virtual environment that holds what is wanted, and the versions of what is to be shown of it."""
    peers, mark = Peers(folder, ""), folder / "installed.txt"
    if not is_marked(mark, wanted):
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        subprocess.run([str(peers.program("python")), "-m", "pip", "install", "--quiet",
                        "--disable-pip-version-check", *wanted], check=True)
        mark.write_text("\n".join(wanted), encoding="utf-8")
    found = subprocess.run([str(peers.program("python")), "-c", _VERSIONS, *shown], check=True, capture_output=True,
                           text=True).stdout.split()
    return Peers(folder, ", ".join(f"{name} {version}" for name, version in zip(shown, found, strict=True)))


def is_marked(mark: Path, wanted: Sequence[str]) -> bool:
    """Whether `mark` tells that what is wanted has been installed."""
    return mark.is_file() and mark.read_text(encoding="utf-8") == "\n".join(wanted)


def programs(cases: Iterable[str]) -> dict[str, str]:
    """Which of the system's programs that these cases run beside folderkit are installed here, with what they say of
    their version."""
    found: dict[str, str] = {}
    for name in [name for case in cases for name in _PROGRAMS.get(case, ()) if shutil.which(name)]:
        said = subprocess.run(_ASKED.get(name, (name, "--version")), check=True, capture_output=True, text=True).stdout
        found[name] = " ".join(said.split()[:2])
    return found
