"""Who fills workbooks in the benchmark: folderkit, openpyxl, and the engines that are installed from registries."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.benchmarks.engines import Engines, node_modules
from tests.benchmarks.peers import PYTHON, REPOSITORY, environment

_PYTHON = {"openpyxl": "3.1.5", "xltpl": "0.21", "wolfxl": "2.0.21"}
_NODE = {"xlsx-template": "1.4.7", "carbone": "3.8.2"}
_IN_PYTHON, _IN_NODE = (Path(__file__).with_name(f"fill_excel_in_{name}") for name in ("python.py", "node.js"))
OWN = Engines({name: (sys.executable, "-P", _IN_PYTHON, name, REPOSITORY) for name in ("folderkit", "openpyxl")})


def install(cache: Path) -> Engines:
    """The engines in `cache`: one that cannot be had here is left out."""
    commands, versions, left_out = {**OWN.commands}, list[str](), list[str]()
    for name, version in _PYTHON.items():
        try:
            found = environment(cache / f"excel-{name}-{PYTHON}", [f"{name}=={version}"], [name])
        except subprocess.CalledProcessError as error:
            left_out.append(f"{name} (pip's exit code is {error.returncode})")
        else:
            commands[name] = (found.program("python"), "-P", _IN_PYTHON, name, found.folder)
            versions.append(found.versions)
    try:
        folder = node_modules(cache / "node-excel", _NODE)
    except FileNotFoundError as error:
        left_out.append(f"{', '.join(_NODE)} (there is no {error.filename})")
    except subprocess.CalledProcessError as error:
        left_out.append(f"{', '.join(_NODE)} (npm's exit code is {error.returncode})")
    else:
        commands |= {name: ("node", _IN_NODE, name, folder) for name in _NODE}
        versions += [f"{name} {version}" for name, version in _NODE.items()]
    return Engines(commands, ", ".join(versions), tuple(left_out))
