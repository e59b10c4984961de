"""What kind of file a name promises, and what people call the kinds."""

from __future__ import annotations

from folderkit.core.language import Text

BY_NAME = {  # of zips, compound files and texts, which hold anything
    **dict.fromkeys((".docx", ".docm", ".dotx", ".doc", ".odt", ".wps", ".rtf"), "word"),
    **dict.fromkeys((".xlsx", ".xlsm", ".xltx", ".xls", ".xlsb", ".ods", ".et", ".csv", ".tsv"), "excel"),
    **dict.fromkeys((".pptx", ".pptm", ".ppsx", ".ppt", ".odp", ".dps"), "slides"),
    **dict.fromkeys((".eml", ".msg", ".mbox"), "mail"),
    **dict.fromkeys((".html", ".htm", ".mht", ".mhtml"), "web"),
    **dict.fromkeys((".dxf", ".step", ".stp", ".vsd", ".vsdx", ".ifc"), "drawing"),
    **dict.fromkeys((".ofd",), "pdf"),  # the Chinese standard for what PDF does: GB/T 33190
    **dict.fromkeys((".txt", ".md", ".log", ".vtt", ".srt", ".json", ".yaml", ".yml", ".xml"), "text"),
    **dict.fromkeys((".mp3", ".m4a", ".wav", ".aac", ".amr", ".wma"), "sound"),
    **dict.fromkeys((".mp4", ".mov", ".avi", ".wmv", ".mkv"), "film"),
}
ALL_BY_NAME = {  # also of those that their first bytes tell
    **BY_NAME, ".pdf": "pdf", ".xhtml": "web", ".dwg": "drawing", ".flac": "sound",
    **dict.fromkeys((".dotm", ".ott"), "word"), **dict.fromkeys((".xltm", ".ots"), "excel"), ".potx": "slides",
    **dict.fromkeys((".jpg", ".jpeg", ".png", ".gif", ".bmp", ".tif", ".tiff", ".webp", ".heic", ".psd"), "picture"),
    **dict.fromkeys((".zip", ".rar", ".7z", ".gz", ".tgz", ".tar"), "archive"),
}
CALLED = {
    "word": Text("document", "文档"), "excel": Text("workbook", "表格"), "slides": Text("presentation", "幻灯片"),
    "picture": Text("image", "图片"), "sound": Text("audio", "录音"), "film": Text("video", "视频"),
    "drawing": Text("drawing", "图纸"), "mail": Text("e-mail", "邮件"), "archive": Text("archive", "压缩包"),
    "web": Text("web", "网页"), "text": Text("text", "文本"), "pdf": Text("pdf", "PDF")}
_ALSO = {"email": "mail", "powerpoint": "slides", "演示文稿": "slides", "照片": "picture", "音频": "sound",
         "录像": "film"}
_LONGEST_ENDING = 4  # of those that are not known here


def endings(kind: str) -> tuple[str, ...]:
    """The endings of names of a kind, as its name in `CALLED`, or as people call it; of an ending, itself; none for
    what is neither."""
    word = kind.casefold()
    for known, called in CALLED.items():
        if word in (known, called.en, called.zh.casefold()) or _ALSO.get(word) == known:
            return tuple(ending for ending, its in ALL_BY_NAME.items() if its == known)
    ending = f".{word.removeprefix('.')}"
    likely = ending in ALL_BY_NAME or word[0] == "." or len(word) <= _LONGEST_ENDING
    return (ending,) if likely and ending[1:].isalnum() and ending.isascii() else ()
