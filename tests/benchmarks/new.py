"""``new`` against cookiecutter and copier: the same tree, as whole processes."""

from __future__ import annotations

import functools
import io
import json
import random
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.ground import FOLDERKIT, Ground
from tests.benchmarks.measure import Race, Run, Spent, process
from tests.trees import make_tree, read_tree

GOAL = 0.5
_PROJECT, _CLIENT, _CODE, _FOLDER = "门店订货小程序", "江南茶业", "P2026-001", "P2026-001_门店订货小程序"
_AREAS = ("项目信息", "沟通记录", "进度追踪", "重要文档", "财务记录", "风险管理",
          "会议纪要", "合同文件", "交付成果", "归档资料")
_INNER = ("往来", "草稿", "定稿", "附件")
_WORDS = ("{project}的说明", "", "客户：{client}", "编号：{code}", "", "本文件夹存放{here}的资料。",
          "请按编号 {code} 命名文件，例如 {code}_{here}_V1.0.docx。",
          "客户 {client} 的来件放在收件箱，整理后移入此处。", "")


@dataclass(frozen=True)
class _Shape:
    """The tree: the paths of its folders (parents first), which files lie in them, by kind."""

    folders: list[str]
    texts: list[str]
    keeps: list[str]
    documents: dict[str, bytes]


def races(ground: Ground) -> Iterator[Race]:
    shape = _shape(2 if ground.tiny else len(_AREAS), 1 if ground.tiny else len(_INNER), 1 if ground.tiny else 4)
    trees: dict[str, dict[str, bytes | None]] = {}
    skeleton = _skeleton(ground.fresh(), shape)

    def folderkit(folder: Path, *, earlier: bool) -> Spent:
        ground.workspace(folder)
        (folder / "skeletons").symlink_to(skeleton.parent)
        new = [*FOLDERKIT, "new", "--client", _CLIENT, "--skeleton", skeleton.name, "--lang", "zh", "--code"]
        if earlier:
            process([*new, "P2026-000", "旧项目"], folder)
        spent = process([*new, _CODE, _PROJECT], folder)
        _compare("folderkit", folder / _FOLDER, trees)
        return spent

    peers: dict[str, Run] = {}
    if ground.peers is not None:
        cookiecutter, copier = ground.peers.program("cookiecutter"), ground.peers.program("copier")
        for_cookiecutter, for_copier = _cookiecutter(ground.fresh(), shape), _copier(ground.fresh(), shape)

        def run_cookiecutter(folder: Path) -> Spent:
            spent = process([cookiecutter, "--no-input", "-o", folder / "out", for_cookiecutter], folder)
            _compare("cookiecutter", folder / "out" / _FOLDER, trees)
            return spent

        def run_copier(folder: Path) -> Spent:
            spent = process([copier, "copy", "--defaults", "--quiet", for_copier, folder / "out" / _FOLDER], folder)
            _compare("copier", folder / "out" / _FOLDER, trees)
            return spent

        peers = {"cookiecutter": ground.in_fresh(run_cookiecutter), "copier": ground.in_fresh(run_copier)}
    for called, earlier, state in (
        ("new, a project", True, "in a workspace that holds another project of this skeleton, as all but the first do"),
        ("new, the first", False, "in a workspace without any private state, which it makes, and with Word files whose "
                                  "text is not known yet and read by the worker process, which is counted"),
    ):
        own: Run = ground.in_fresh(functools.partial(folderkit, earlier=earlier))
        yield Race(called, f"{len(shape.folders)} folders, {len(shape.texts)} filled texts, {len(shape.keeps)} empty "
                   f"files and {len(shape.documents)} Word files of 30 KB made by a whole process, the same content by "
                   "all; folderkit's with fsync, a journal, a version of every file in the vault and every text "
                   f"findable, {state}", {"folderkit": own, **peers}, GOAL, "cookiecutter")


def _compare(name: str, root: Path, trees: dict[str, dict[str, bytes | None]]) -> None:
    """All must make the same; folderkit's own project.yaml is left out."""
    tree = read_tree(root)
    tree.pop("project.yaml", None)
    trees[name] = tree
    if len(tree) < 5 or tree != next(iter(trees.values())):
        raise AssertionError(f"{name} made another tree than {next(iter(trees))}")


# -- what is made ----------------------------------------------------------------------------------
def _shape(areas: int, inner: int, documents: int) -> _Shape:
    folders: list[str] = []
    for number, area in enumerate(_AREAS[:areas], start=1):
        folders.append(f"{number:02d}_{area}")
        folders += [f"{number:02d}_{area}/{letter}_{name}"
                    for letter, name in zip("ABCD", _INNER[:inner], strict=False)]
    return _Shape(folders, [f"{folder}/说明.md" for folder in folders[::2]],
                  [f"{folder}/.gitkeep" for folder in folders[1::2]],
                  {f"{folders[number]}/模板{number + 1}.docx": _document(number) for number in range(documents)})


def _document(number: int) -> bytes:
    """A Word file of about 30 KB, most of it a picture, which no packing makes smaller."""
    text = "".join(f"<w:p><w:r><w:t>第 {line} 条 甲方应在收到发票后十个工作日内付款。</w:t></w:r></w:p>"
                   for line in range(60))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in _PARTS.items():
            packed.writestr(zipfile.ZipInfo(name), content.replace("@", text))
        packed.writestr(zipfile.ZipInfo("word/media/image1.png"), random.Random(number).randbytes(28_000))
    return stream.getvalue()


_PARTS = {
    "[Content_Types].xml":
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="png" '
        'ContentType="image/png"/><Override PartName="/word/document.xml" ContentType="application/'
        'vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>',
    "_rels/.rels":
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
        'Target="word/document.xml"/></Relationships>',
    "word/document.xml":
        '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>@</w:body>'
        "</w:document>",
}


def _text(path: str, names: dict[str, str]) -> str:
    here = path.rpartition("/")[0].rpartition("/")[2].partition("_")[2]
    return "\n".join(_WORDS).format(**names, here=here)


# -- the same for each program ---------------------------------------------------------------------
def _skeleton(place: Path, shape: _Shape) -> Path:
    """A skeleton in folderkit's format; returns its folder."""
    names = {"project": "{{ project.name }}", "client": "{{ client.name }}", "code": "{{ project.code }}"}
    folder = place / "skeletons" / "bench"
    files: dict[str, str | bytes | None] = {f"files/{path}": _text(path, names) for path in shape.texts}
    files |= {f"files/{path}": b"" for path in shape.keeps} | {f"files/{path}": data for path, data
                                                               in shape.documents.items()}
    lines = ["id: bench", "version: 1", "title: {zh: 五十个文件夹, en: Fifty folders}",
             "folder: '{project.code}_{project.name}'", "questions:", "  project.name: {required: true}",
             "  client.name: {required: true}", "  project.code: {next: 'P{yyyy}-{nnn}'}", "tree:"]
    kinds = dict.fromkeys(shape.texts, "text") | dict.fromkeys((*shape.keeps, *shape.documents), "copy")
    for number, area in enumerate(path for path in shape.folders if "/" not in path):
        lines += [f"- id: a{number}", f"  name: '{area}'", *_file_lines(f"a{number}", area, kinds, "  "), "  folders:"]
        inner = [path for path in shape.folders if path.startswith(f"{area}/")]
        for count, path in enumerate(inner):
            identity = f"a{number}.b{count}"
            lines += [f"  - id: {identity}", f"    name: '{path.partition('/')[2]}'",
                      *_file_lines(identity, path, kinds, "    ")]
    make_tree(folder, {**files, "skeleton.yaml": "\n".join(lines) + "\n"})
    return folder


def _file_lines(identity: str, folder: str, kinds: dict[str, str], indent: str) -> list[str]:
    inside = [path for path in kinds if path.rpartition("/")[0] == folder]
    return [f"{indent}files:", *(
        f"{indent}- {{id: {identity}.f{count}, name: '{path.rpartition('/')[2]}', {kinds[path]}: 'files/{path}'}}"
        for count, path in enumerate(inside))] if inside else []


def _cookiecutter(place: Path, shape: _Shape) -> Path:
    names = {"project": "{{ cookiecutter.project }}", "client": "{{ cookiecutter.client }}",
             "code": "{{ cookiecutter.code }}"}
    root = "{{cookiecutter.code}}_{{cookiecutter.project}}"
    settings = {"project": _PROJECT, "client": _CLIENT, "code": _CODE, "_copy_without_render": ["*.docx", ".gitkeep"]}
    files: dict[str, str | bytes | None] = {f"{root}/{path}": _text(path, names) for path in shape.texts}
    files |= {f"{root}/{path}": b"" for path in shape.keeps}
    files |= {f"{root}/{path}": data for path, data in shape.documents.items()}
    return make_tree(place / "template", {**files, "cookiecutter.json": json.dumps(settings, ensure_ascii=False)})


def _copier(place: Path, shape: _Shape) -> Path:
    names = {"project": "{{ project }}", "client": "{{ client }}", "code": "{{ code }}"}
    questions = "".join(f"{key}: {{type: str, default: '{value}'}}\n" for key, value
                        in (("project", _PROJECT), ("client", _CLIENT), ("code", _CODE)))
    files: dict[str, str | bytes | None] = {f"{path}.jinja": _text(path, names) for path in shape.texts}
    files |= dict.fromkeys(shape.keeps, b"") | dict(shape.documents)
    return make_tree(place / "template", {**files, "copier.yml": questions})
