"""What `show` prints of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from folderkit.cli.app import App
from folderkit.core.language import Text
from folderkit.core.terminal import plain

if TYPE_CHECKING:
    from folderkit.core.project import Project
    from folderkit.core.suggestions import Suggested
    from folderkit.operations.show import Inside

_PROPERTIES = {
    "author": "作者", "saved by": "最后保存者", "company": "公司", "manager": "经理", "keywords": "关键词",
    "description": "说明", "created": "创建时间", "saved": "保存时间", "pages": "页数", "sheets": "工作表",
    "slides": "幻灯片数", "slide titles": "幻灯片标题", "from": "发件人", "to": "收件人", "cc": "抄送", "date": "日期",
    "attachments": "附件数", "members": "包内文件数", "pixels": "像素", "taken": "拍摄时间", "camera": "相机",
}
_KINDS = {
    "amount": Text("amount", "金额"), "date": Text("date", "日期"), "contract": Text("contract", "合同编号"),
    "invoice": Text("invoice", "发票号码"), "invoice_code": Text("invoice code", "发票代码"),
    "party": Text("party", "当事方"), "tax_id": Text("tax ID", "税号"),
}
_ROLES = {
    "total": Text("total", "合计"), "net": Text("net", "不含税"), "tax": Text("tax", "税额"),
    "words": Text("in words", "大写"), "signed": Text("signed", "签订"), "issued": Text("issued", "开具"),
    "due": Text("due", "期限"), "start": Text("start", "开始"), "end": Text("end", "结束"),
    "a": Text("party A", "甲方"), "b": Text("party B", "乙方"), "c": Text("party C", "丙方"), "": Text("", ""),
}


def tell_file(app: App, owner: Project, inside: Inside, *, letters: bool, as_json: bool) -> None:
    """Print what is known of a file of a project; `letters` says whether those in scans are to be recognised."""
    from folderkit.cli.file import facts_line
    from folderkit.cli.output import counted, echo, size, table, text_state

    place = owner.folder / inside.file.path
    if as_json:
        app.json(_told(owner, inside))
        return
    echo(plain(app.shown(place)), bold=True)
    version = inside.version
    app.say(Text(f"version {version.number} of {version.at.astimezone():%Y-%m-%d %H:%M}, {size(version.size)}",
                 f"版本 {version.number}，{version.at.astimezone():%Y-%m-%d %H:%M}，{size(version.size)}"))
    if not place.exists():
        app.note(Text("The file is gone; 'folderkit restore' brings it back.",
                      "文件已不在原处，可用 folderkit restore 恢复。"))
    elif why := text_state(inside.state, letters=letters):
        app.say(why)
    rows = [(Text("title", "标题"), inside.title)] if inside.title else []
    rows += [(Text(name, _PROPERTIES.get(name, name)), value) for name, value in inside.properties.items()]
    for name, value in rows:
        app.say(Text(f"{name.en}: {plain(value)}", f"{name.zh}：{plain(value)}"))
    if facts := facts_line(inside.facts):
        app.say(Text(f"noted: {plain(facts.en)}", f"已记录：{plain(facts.zh)}"))
    if inside.suggested:
        count = len(inside.suggested)
        app.say(Text(f"\nThe text suggests {counted(count, 'fact')}; nothing of it is taken by itself:",
                     f"\n文字中找到 {count} 项可能的信息，不会自动采用："))
        head = Text("KIND|VALUE|PLACE|LINE", "类别|值|位置|所在行").in_(app.language).split("|")
        table(head, [[_kind(app, one), f"{one.unit} {one.value}".strip(), one.place, line]
                     for one, line in inside.suggested])


def _kind(app: App, one: Suggested) -> str:
    kind, role = _KINDS[one.kind], _ROLES.get(one.role, Text(one.role, one.role))
    both = Text(f"{kind.en}, {role.en}", f"{kind.zh}（{role.zh}）") if one.role else kind
    return both.in_(app.language)


def _told(owner: Project, inside: Inside) -> dict[str, object]:
    file, version = inside.file, inside.version
    return {"project": owner.folder.name, "path": f"{owner.folder.name}/{file.path}", "version": version.number,
            "at": version.at, "size": version.size, "hash": file.content, "text": inside.state, "title": inside.title,
            "properties": inside.properties, "facts": inside.facts,
            "suggested": [{"kind": one.kind, "value": one.value, "unit": one.unit, "role": one.role,
                           "place": one.place, "line": line} for one, line in inside.suggested]}
