"""The errors a person can meet. Each says what happened, to what, and what to do next, and how to exit."""

from __future__ import annotations

import errno
from collections.abc import Iterable
from typing import ClassVar

from folderkit.core.language import Text, same
from folderkit.core.terminal import plain

MAX_SHOWN = 300  # characters of a path in a message


class FolderkitError(Exception):
    """The base of all errors that are told to a person; anything else that escapes is a defect."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: Text, hint: Text | None = None) -> None:
        super().__init__(message.en)
        self.message = message
        self.hint = hint


class Failed(FolderkitError):
    """Something that should work did not: a full disk, a broken file."""

    exit_code = 1


class Misuse(FolderkitError):
    """What the person typed or gave cannot be meant."""

    exit_code = 2


class Refused(FolderkitError):
    """The world is not as it must be for this command; nothing was changed."""

    exit_code = 3


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant, or None."""
    import difflib  # here and below: only an error needs these

    found = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return found[0] if found else None


def did_you_mean(word: str, known: Iterable[str], otherwise: Text | None = None) -> Text | None:
    """A hint that names the nearest right word, or `otherwise`."""
    found = nearest(word, known)
    return Text(f"Did you mean '{found}'?", f"是不是“{found}”？") if found else otherwise


def unknown(kind: Text, word: str, known: Iterable[str]) -> Misuse:
    """The error for a name that does not exist, with the nearest that does, or with all of them."""
    names = sorted(known)
    listed = Text(", ".join(names), "、".join(names)) if names else Text("none", "没有")
    return Misuse(
        Text(f"There is no {kind.en} '{word}'.", f"没有名为“{word}”的{kind.zh}。"),
        did_you_mean(word, names, Text(f"There are: {listed.en}.", f"现有：{listed.zh}。")),
    )


def words_of(error: BaseException) -> Text:
    """What an error says: in both languages when it is ours, else in its library's words, quoted in Chinese."""
    message = getattr(error, "message", None)
    if isinstance(message, Text):
        return message
    said = (str(message or error) or type(error).__name__).rstrip(".")
    return Text(said, f"“{said}”")


def os_reason(error: OSError) -> Text:
    """Why the operating system refused, in a person's words."""
    said = error.strerror or str(error)
    return _REASONS.get(error.errno or 0, Text(said, f"系统报告“{said}”"))


_REASONS = {
    errno.ENOSPC: Text("the disk is full", "磁盘已满"),
    errno.EDQUOT: Text("the disk quota is used up", "磁盘配额已用完"),
    errno.EACCES: Text("permission is denied", "没有权限"),
    errno.EPERM: Text("permission is denied", "没有权限"),
    errno.EROFS: Text("the disk is read-only", "磁盘是只读的"),
    errno.ENOENT: Text("it is not there", "它不存在"),
    errno.EIO: Text("the disk reported an error", "磁盘报告了读写错误"),
    errno.ENXIO: Text("its disk is not there", "它所在的磁盘不存在"),
    errno.ENODEV: Text("its disk is not there", "它所在的磁盘不存在"),
    errno.ENOTCONN: Text("the network share does not answer", "网络共享没有响应"),
    errno.EHOSTDOWN: Text("the network share does not answer", "网络共享没有响应"),
    errno.EHOSTUNREACH: Text("the network share does not answer", "网络共享没有响应"),
    errno.ETIMEDOUT: Text("the network share does not answer", "网络共享没有响应"),
    errno.ESTALE: Text("the network share has changed under it", "网络共享上的内容已变"),
    errno.ENOLCK: Text("this disk cannot lock files", "该磁盘不支持文件锁"),
    errno.EOPNOTSUPP: Text("this disk cannot do that", "该磁盘不支持此操作"),
    errno.ENOSYS: Text("this system cannot do that", "该系统不支持此操作"),
    errno.EXDEV: Text("it would have to go to another disk", "需要移到另一个磁盘"),
    errno.EEXIST: Text("it is already there", "它已经存在"),
    errno.ENOTDIR: Text("a file stands where a folder is needed", "需要文件夹的地方是一个文件"),
    errno.EISDIR: Text("it is a folder", "它是一个文件夹"),
    errno.ENOTEMPTY: Text("the folder is not empty", "文件夹不是空的"),
    errno.ENAMETOOLONG: Text("its name is too long", "名称太长"),
    errno.ELOOP: Text("its links lead back to themselves", "其中的链接指向自身"),
    errno.EBUSY: Text("it is in use", "它正在被使用"),
    errno.ETXTBSY: Text("it is in use", "它正在被使用"),
    errno.EAGAIN: Text("it is in use", "它正在被使用"),
    errno.EMFILE: Text("too many files are open", "打开的文件太多"),
    errno.ENFILE: Text("too many files are open", "打开的文件太多"),
    errno.ENOMEM: Text("there is not enough memory", "内存不足"),
    errno.EFBIG: Text("it is too big for this disk", "文件超过该磁盘允许的大小"),
    errno.EINVAL: Text("this disk does not take such a name", "该磁盘不支持这样的名称"),
}


def os_failure(action: Text, error: OSError, file: object = None) -> Failed:
    """An operating-system error in a person's words: what was being done, to which file, what to do."""
    path = file if file is not None else error.filename
    shown = str(path) if len(str(path)) <= MAX_SHOWN else f"{str(path)[:MAX_SHOWN]}…"
    where = Text(f" '{plain(shown)}'", f"“{plain(shown)}”") if path is not None else same("")
    hints = {
        errno.ENOSPC: Text("Free some space, then run the command again.", "请先腾出空间，再运行一次。"),
        errno.EDQUOT: Text("Free some space, then run the command again.", "请先腾出空间，再运行一次。"),
        errno.EACCES: Text("Ask for write access to this folder.", "请先取得该文件夹的写入权限。"),
        errno.EPERM: Text("Ask for write access to this folder.", "请先取得该文件夹的写入权限。"),
        errno.EROFS: Text("Make the disk writable, or work elsewhere.", "请改为可写，或换一个位置。"),
        errno.EIO: Text("Check the disk before you go on.", "请先检查磁盘。"),
    }
    reason = os_reason(error)
    return Failed(
        Text(f"Could not {action.en}{where.en}: {reason.en}.", f"无法{action.zh}{where.zh}：{reason.zh}。"),
        hints.get(error.errno or 0),
    )
