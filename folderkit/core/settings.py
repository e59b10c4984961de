"""The settings of a workspace: one table of what can be set, one frozen object, loaded once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from folderkit.core import located, retention
from folderkit.core.language import Language, Text, parse_language
from folderkit.core.naming import fault_of
from folderkit.core.retention import Policy

FILE = "folderkit.yaml"


class Setting(NamedTuple):
    """One row: the key in folderkit.yaml, its default, what it means, and the variable that overrides it."""

    name: str
    default: str
    help: Text
    variable: str = ""


TABLE = (
    Setting("id", "", Text("identity of the workspace; written by 'init', never changed",
                           "工作区的标识；由 init 写入，请勿修改")),
    Setting("language", "en", Text("language of new projects and of messages: zh or en",
                                   "新项目和提示信息的语言：zh 或 en"), "FOLDERKIT_LANG"),
    Setting("skeleton", "client-project", Text("skeleton that 'new' uses when none is named",
                                               "new 未指定时使用的骨架"), "FOLDERKIT_SKELETON"),
    Setting("projects", "", Text("folder in the workspace where new projects are made (empty: at its root)",
                                 "新项目所在的文件夹（空：工作区根目录）")),
    Setting("vault", "", Text("where versions are kept (empty: with folderkit's private state)",
                              "版本库的位置（空：与私有数据放在一起）"), "FOLDERKIT_VAULT"),
    Setting("backup", "", Text("folder or disk that 'backup' copies to (empty: give --to)",
                               "backup 备份到哪个文件夹或磁盘（空：用 --to 指定）"), "FOLDERKIT_BACKUP"),
    Setting("ignore", "[]", Text("name patterns of files to leave alone, besides the temporaries of Office",
                                 "不处理的文件名模式（Office 临时文件本来就不处理）")),
    Setting("keep", retention.DEFAULT_TEXT, Text("which versions 'prune' keeps, where the skeleton does not say it",
                                                 "prune 保留哪些版本（骨架未指定时）")),
    Setting("rules", "[]", Text("rules by which 'file' sorts the inboxes, before those of the skeleton",
                                "file 整理收件箱的规则，先于骨架中的规则")),
    Setting("filing", "watch", Text("who sorts the inboxes by the rules: watch (at once), or only the command 'file'",
                                    "由谁按规则整理收件箱：watch（立即），或仅 file 命令")),
    Setting("ocr", "false", Text("recognise the letters in scans and photos, by Tesseract, when all else is read",
                                 "其他内容读取完后，用 Tesseract 识别扫描件和照片中的文字")),
    Setting("registers.off", "[]", Text("rules of 'register check' that find nothing here, such as path.missing",
                                        "在此停用的 register check 规则，例如 path.missing")),
    Setting("firm.name", "", Text("full name of your firm, on covers and in footers", "公司全称，用于封面和页脚")),
    Setting("firm.short_name", "", Text("short name of your firm (empty: the full one)", "公司简称（空：用全称）")),
    Setting("firm.logo", "", Text("picture file of your logo, relative to the workspace",
                                  "公司标志图片，相对工作区的路径")),
    Setting("firm.address", "", Text("postal address", "地址")),
    Setting("firm.phone", "", Text("telephone number", "电话")),
    Setting("firm.email", "", Text("e-mail address", "电子邮箱")),
    Setting("firm.website", "", Text("web site", "网站")),
    Setting("firm.color", "1F3A5F", Text("main colour of documents and registers, as RRGGBB",
                                         "文档和登记册的主色，RRGGBB")),
    Setting("firm.accent", "C8702A", Text("second colour of documents, as RRGGBB", "文档的辅助色，RRGGBB")),
    Setting("firm.currency", "CNY", Text("currency of amounts, a code such as CNY, USD, EUR",
                                         "金额的币种代码，如 CNY、USD、EUR")),
)
FILING = ("watch", "file")
_DEFAULTS = {row.name: row.default for row in TABLE}


class Firm(NamedTuple):
    """Who the documents come from; colours are RRGGBB, `logo` is an absolute path or empty."""

    name: str = ""
    short_name: str = ""
    logo: str = ""
    address: str = ""
    phone: str = ""
    email: str = ""
    website: str = ""
    color: str = _DEFAULTS["firm.color"]
    accent: str = _DEFAULTS["firm.accent"]
    currency: str = _DEFAULTS["firm.currency"]


class Settings(NamedTuple):
    """All settings of one workspace, after environment and defaults."""

    id: str
    language: Language
    skeleton: str
    projects: str
    vault: str
    backup: str
    ignore: tuple[str, ...]
    keep: Policy
    filing: str
    ocr: bool
    firm: Firm


def load(root: Path, environ: Mapping[str, str]) -> Settings:
    """The settings of the workspace at `root`. Raises `Faults` with the lines of all that is wrong."""
    faults: list[located.Fault] = []
    reader = located.read(root / FILE, faults)
    reader.only(*dict.fromkeys(row.name.split(".")[0] for row in TABLE))
    firm = _read_firm(reader, root)
    read_off(reader)
    language = reader.choice("language", ("zh", "en"), _DEFAULTS["language"])
    settings = Settings(
        id=reader.text("id"),
        language=parse_language(_override("language", language, environ)) or "en",
        skeleton=_override("skeleton", reader.text("skeleton", _DEFAULTS["skeleton"]), environ),
        projects=_checked_folder(reader, root),
        vault=_override("vault", reader.text("vault", ""), environ),
        backup=_override("backup", reader.text("backup", ""), environ),
        ignore=_checked_patterns(reader),
        keep=retention.read_policy(reader, "keep", None) or retention.DEFAULT,
        filing=reader.choice("filing", FILING, _DEFAULTS["filing"]),
        ocr=reader.flag("ocr"),
        firm=firm,
    )
    located.raise_if_any(faults)
    return settings


def read_off(reader: located.Reader) -> tuple[str, ...]:
    """The rules of the check of registers that are switched off, whether there are such or not."""
    if "registers" not in reader:
        return ()
    inner = reader.at("registers")
    inner.only("off")
    return inner.texts("off")


def _override(name: str, value: str, environ: Mapping[str, str]) -> str:
    variable = next(row.variable for row in TABLE if row.name == name)
    return environ.get(variable) or value


def _checked_folder(reader: located.Reader, root: Path) -> str:
    folder = reader.text("projects", "")
    parts = Path(folder).parts
    if (Path(folder).is_absolute() or any(part.startswith(".") or fault_of(part) for part in parts)
            or any((root / Path(*parts[:count])).is_symlink() for count in range(1, len(parts) + 1))):
        reader.fault_at("projects", Text(
            "'projects' must be a plain folder inside the workspace, without a dot in front.",
            "“projects”应为工作区内的普通文件夹，名称不以点开头。"))
    return folder


def _checked_patterns(reader: located.Reader) -> tuple[str, ...]:
    patterns = reader.texts("ignore")
    if any("/" in pattern or "\\" in pattern for pattern in patterns):
        reader.fault_at("ignore", Text("A pattern is compared with names, so '/' in one never fits.",
                                       "模式只与名称比较，不能含“/”。"))
    return patterns


def _read_firm(reader: located.Reader, root: Path) -> Firm:
    if "firm" not in reader:
        return Firm()
    firm = reader.at("firm")
    names = [row.name.removeprefix("firm.") for row in TABLE if row.name.startswith("firm.")]
    firm.only(*names)
    values = {name: firm.text(name, _DEFAULTS[f"firm.{name}"]) for name in names}
    for name in ("color", "accent"):
        values[name] = values[name].lstrip("#").upper()
        if not re.fullmatch("[0-9A-F]{6}", values[name]):
            firm.fault_at(name, Text(f"'{name}' must be a colour such as '1F3A5F' (in quotes).",
                                     f"“{name}”应为颜色值，例如 '1F3A5F'（加引号）。"))
    if not re.fullmatch("[A-Z]{3}", values["currency"]):
        firm.fault_at("currency", Text("'currency' must be a code such as CNY.", "“currency”应为币种代码，如 CNY。"))
    values["short_name"] = values["short_name"] or values["name"]
    if values["logo"]:
        values["logo"] = str(root / values["logo"])
        if not Path(values["logo"]).is_file():
            firm.fault_at("logo", Text(f"There is no picture '{values['logo']}'.", f"找不到图片“{values['logo']}”。"))
    return Firm(**values)


def starting_text(identity: str, language: Language, firm_name: str) -> str:
    """The folderkit.yaml of a new workspace, with a comment on every line that a person may want."""
    words = {
        "zh": ("folderkit 工作区设置。所有设置见：folderkit guide settings", "请勿修改", "zh 或 en",
               "出现在封面、页眉和页脚", "公司标志图片（相对本文件的路径）", "主色和辅助色（RRGGBB）"),
        "en": ("Settings of this folderkit workspace. All of them: folderkit guide settings", "keep as it is",
               "zh or en", "stands on covers, in headers and footers", "picture of your logo, relative to this file",
               "main and second colour (RRGGBB)"),
    }[language]
    name = firm_name.replace("'", "''")
    return (
        f"# {words[0]}\n"
        f"id: {identity}  # {words[1]}\n"
        f"language: {language}  # {words[2]}\n"
        f"firm:\n"
        f"  name: '{name}'  # {words[3]}\n"
        f"  # logo: logo.png  # {words[4]}\n"
        f"  color: '{_DEFAULTS['firm.color']}'  # {words[5]}\n"
        f"  accent: '{_DEFAULTS['firm.accent']}'\n"
        f"  currency: {'CNY' if language == 'zh' else 'USD'}\n"
    )


