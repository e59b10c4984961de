"""Why a workbook cannot be read, in both languages: the words of the libraries' and our own errors."""

from __future__ import annotations

from folderkit.core.language import Text

_LONGEST = 120
_CHINESE = {
    "a part stands in it twice": "其中有重复的部分",
    "it is not of the kind .xlsx": "内容不是 .xlsx 格式，只是文件名如此",
    "a part is damaged": "其中有损坏的部分",
    "a part is encrypted": "其中有加密的部分",
    "a part is packed in an unusual way": "压缩方式不常见",
    "a part is cut off": "其中有不完整的部分",
    "a sheet declares entities": "工作表中声明了实体",
    "a sheet has too many cells": "工作表的单元格太多",
    "it is not of Excel 97 or later, or has a password": "不是 Excel 97 或更新的格式，或设有密码",
    "it is older than Excel 97": "格式早于 Excel 97",
    "it has a password": "设有密码",
    "it has too many cells": "单元格太多",
    "a text is missing": "缺少文字",
    "a text is cut off": "文字不完整",
    "a table has no columns": "表格没有列",
}
_NOT_ZIP = "File is not a zip file"


def why(detail: str) -> Text:
    """The reason that an error gives; what is not known here stays in the words of its library."""
    if detail == _NOT_ZIP:
        return Text("what it holds is no .xlsx, whatever its name says", "内容不是 .xlsx 格式，只是文件名如此")
    short = detail[:_LONGEST]
    return Text(short, _CHINESE.get(short, short))
