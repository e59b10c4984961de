"""Who fills Word templates in the benchmark: folderkit, docxtpl, and the engines that are installed from registries."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.peers import PYTHON, REPOSITORY, Peers, environment, is_marked

_RUST = "rust-docxtpl==0.1.2"  # its package is called docxtpl, too, so it cannot lie beside that one
_NODE = {"carbone": "3.8.2", "docxtemplater": "3.71.0", "pizzip": "3.3.0"}
_IN_PYTHON, _IN_NODE = (Path(__file__).with_name(name) for name in ("render_in_python.py", "render_in_node.js"))


@dataclass(frozen=True)
class Engines:
    """Who fills Word templates: the command of a process that does it (`renderers.Renderer`), by contender; which
    versions the peers are; and what is left out, with why."""

    commands: Mapping[str, tuple[str | Path, ...]]
    versions: str = ""
    left_out: tuple[str, ...] = ()


OWN = Engines({name: (sys.executable, "-P", _IN_PYTHON, name, REPOSITORY) for name in ("folderkit", "docxtpl")})


def install(cache: Path, peers: Peers) -> Engines:
    """The engines in `cache`: one that cannot be had here is left out."""
    commands = {**OWN.commands, "docxtpl": (peers.program("python"), "-P", _IN_PYTHON, "docxtpl", peers.folder)}
    versions, left_out = list[str](), list[str]()
    try:
        rust = environment(cache / f"rust-docxtpl-{PYTHON}", [_RUST], ["rust-docxtpl"])
    except subprocess.CalledProcessError as error:
        left_out.append(f"rust-docxtpl (pip's exit code is {error.returncode})")
    else:
        commands["rust-docxtpl"] = (rust.program("python"), "-P", _IN_PYTHON, "docxtpl", rust.folder)
        versions.append(rust.versions)
    try:
        folder = node_modules(cache / "node", _NODE)
    except FileNotFoundError as error:
        left_out.append(f"docxtemplater, carbone (there is no {error.filename})")
    except subprocess.CalledProcessError as error:
        left_out.append(f"docxtemplater, carbone (npm's exit code is {error.returncode})")
    else:
        commands |= {name: ("node", _IN_NODE, name, folder) for name in ("docxtemplater", "carbone")}
        versions += [f"{name} {version}" for name, version in _NODE.items()]
        versions.append("node " + subprocess.run(["node", "--version"], check=True, capture_output=True,
                                                 text=True).stdout.strip())
    return Engines(commands, ", ".join(versions), tuple(left_out))


def node_modules(folder: Path, packages: Mapping[str, str]) -> Path:
    """The folder, with these packages of Node (versions by names) in it. Raises `FileNotFoundError` without npm or
    Node."""
    wanted = [f"{name}@{version}" for name, version in packages.items()]
    for program in ("node", "npm"):
        if not shutil.which(program):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), program)
    if not is_marked(folder / "installed.txt", wanted):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / "package.json").write_text('{"private": true}\n', encoding="utf-8")
        subprocess.run([str(shutil.which("npm")), "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts",
                        *wanted], cwd=folder, check=True)
        (folder / "installed.txt").write_text("\n".join(wanted), encoding="utf-8")
    return folder
