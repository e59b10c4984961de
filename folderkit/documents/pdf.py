"""PDF from Word, by LibreOffice."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from folderkit.core.errors import Failed, Refused, os_failure
from folderkit.core.language import Text

_PLACES = (  # where LibreOffice lies when it is not on the PATH
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
    r"C:\Program Files\LibreOffice\program\soffice.exe",
    r"C:\Program Files (x86)\LibreOffice\program\soffice.exe",
    "/usr/lib/libreoffice/program/soffice",
    "/opt/libreoffice/program/soffice",
)


def soffice() -> Path | None:
    """LibreOffice's program, or None when it is not installed."""
    for name in ("soffice", "libreoffice"):
        found = shutil.which(name)
        if found:
            return Path(found)
    return next((path for path in map(Path, _PLACES) if path.is_file()), None)


def to_pdf(docx: Path, out_dir: Path, timeout: float = 120) -> Path:
    """Convert `docx`; the PDF of the same stem in `out_dir`. `timeout` in seconds.

    Raises `Refused` when LibreOffice is not installed, `Failed` when it fails or takes too long.
    """
    program = soffice()
    if program is None:
        raise Refused(
            Text("A PDF needs LibreOffice, which is not installed.", "生成 PDF 需要 LibreOffice，但尚未安装。"),
            Text("Install it (apt install libreoffice-writer, or libreoffice.org), or save as PDF in Word.",
                 "请安装 LibreOffice（apt install libreoffice-writer，或 libreoffice.org），或在 Word 中另存为 PDF。"))
    target = out_dir / f"{docx.stem}.pdf"
    with tempfile.TemporaryDirectory(prefix="folderkit-pdf-", ignore_cleanup_errors=True) as work:
        # a plain name inside, since a person's name may begin with '-' or hold what a URL cannot
        source = Path(work) / "document.docx"
        try:
            shutil.copyfile(docx, source)
            _run(program, source, Path(work), timeout, docx.name)
            out_dir.mkdir(parents=True, exist_ok=True)
            shutil.move(source.with_suffix(".pdf"), target)
        except OSError as error:
            raise os_failure(Text("make a PDF of", "生成 PDF："), error, docx) from None
    return target


def pdf_of(docx: bytes, timeout: float = 120) -> bytes:
    """The PDF of a Word file given as bytes; errors as `to_pdf`."""
    with tempfile.TemporaryDirectory(prefix="folderkit-pdf-", ignore_cleanup_errors=True) as work:
        source = Path(work) / "document.docx"
        source.write_bytes(docx)
        return to_pdf(source, Path(work) / "out", timeout).read_bytes()


def _run(program: Path, source: Path, work: Path, timeout: float, name: str) -> None:
    """One conversion with a profile of its own, so that an open LibreOffice is no hindrance."""
    command = [str(program), "--headless", "--norestore", "--nolockcheck", "--nodefault", "--nologo",
               f"-env:UserInstallation={(work / 'profile').as_uri()}",
               "--convert-to", "pdf:writer_pdf_Export", "--outdir", str(work), str(source)]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               start_new_session=True)
    try:
        output, _ = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        _end(process)
        raise Failed(
            Text(f"LibreOffice took longer than {timeout:g} seconds for '{name}'.",
                 f"LibreOffice 处理“{name}”超过 {timeout:g} 秒。"),
            Text("Close other programs and try again, or save as PDF in Word.",
                 "请关闭其他程序后再试，或在 Word 中另存为 PDF。")) from None
    if not source.with_suffix(".pdf").is_file():
        said = output.decode(errors="replace").strip().splitlines()
        reason = said[-1] if said else f"exit code {process.returncode}"
        raise Failed(
            Text(f"LibreOffice could not convert '{name}': {reason}.", f"LibreOffice 无法转换“{name}”：{reason}。"),
            Text("Open the file in LibreOffice to see why.", "请用 LibreOffice 打开该文件查看原因。"))


def _end(process: subprocess.Popen[bytes]) -> None:
    """End LibreOffice and what it started."""
    with contextlib.suppress(OSError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
