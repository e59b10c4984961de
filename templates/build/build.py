"""Build the shipped templates: `python templates/build/build.py [FOLDER]` (default: the folder above)."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent.parent)]  # so that it runs from a checkout as it stands

import closure_report  # noqa: E402
import meeting_notes  # noqa: E402
import project_brief  # noqa: E402
import requirement_spec  # noqa: E402
from design import Design  # noqa: E402

from folderkit.core.language import LANGUAGES  # noqa: E402

TEMPLATES: tuple[ModuleType, ...] = (closure_report, meeting_notes, project_brief, requirement_spec)


def build_all(target: Path) -> list[Path]:
    """Every template in every language, into a folder per template below `target`."""
    built = []
    for template in TEMPLATES:
        folder = target / template.NAME
        folder.mkdir(parents=True, exist_ok=True)
        for language in LANGUAGES:
            design = Design(language)
            template.build(design)
            built.append(folder / f"{template.NAME}.{language}.docx")
            design.save(built[-1], "{{ doc.title }}")
    return built


if __name__ == "__main__":
    build_all(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parent)
