"""What office files are made of: sentences of two languages, pictures, zip packages. The same from the same chance."""

from __future__ import annotations

import functools
import io
import itertools
import random
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator

_DATE = (2026, 6, 1, 9, 0, 0)
_STORED = (".jpeg", ".png", "mimetype")  # Word, PowerPoint and LibreOffice do not deflate these
_ZH = """
    甲方 乙方 合同 付款 发票 验收 标准 附件 双方 签字 生效 项目 经理 进度 风险 责任 会议 纪要 需求 变更 测试
    上线 培训 系统 接口 数据 门店 订货 库存 预算 支出 超出 百分之 本月 下周 完成 延期 客户 供应商 报价 方案 设计
    评审 确认 交付 成果 归档 资料 管理 服务 维护 保密 违约金 争议 仲裁 条款 金额 人民币 税率 结算 期限 日期 地点
    参加 人员 记录 问题 措施 跟进 负责 检查 合格 图纸 施工 安装 调试 设备 清单 数量 单价 合计 备注 说明 目标
    范围 计划 阶段 里程碑 资源 成本 质量 沟通 采购
"""
_EN = """
    the of to and a in is it for on with as that by this be are from or at supplier delivers end month minutes
    weekly meeting sent within day interface stock system tested shops client project manager contract payment
    invoice acceptance criteria annex signed effective schedule risk owner requirement change release training
    data budget spent exceeds percent next completed delayed quotation proposal design review confirmed
    deliverable archive material service support confidential penalty dispute clause amount tax settlement
    period date place attended record issue measure follow responsible inspection drawing installation equipment
    list quantity price total remark scope plan phase milestone resource cost quality communication purchase
    report progress status
"""


@functools.cache
def _sentences(language: str) -> list[str]:
    """Enough sentences that no window of deflate holds most of them; frequent words first, as in real text."""
    chance = random.Random(f"sentences {language}")
    text, gap, stop = (_ZH, "", "。") if language == "zh" else (_EN, " ", ". ")
    words = text.split()
    weights = [1 / (rank + 4) for rank in range(len(words))]
    made = []
    for _ in range(6000):
        chosen = chance.choices(words, weights, k=chance.randint(5, 16))
        if chance.random() < 0.3:
            chosen.append(f"{chance.randrange(100_000):,}")
        made.append(gap.join(chosen) + stop)
    return made


RICH = "rich "  # before a language: words as many and as rare as real texts have them, no sentence twice

_SYLLABLES = ("b,c,d,f,g,h,l,m,n,p,r,s,t,v,w,st,tr,pl", "a,e,i,o,u,ea,io", ",n,r,s,t,l")


@functools.cache
def _lexicon(language: str) -> tuple[list[str], list[float]]:
    """Twenty thousand words, and how often each and those before it come: the n-th one n-th as often, as people's."""
    chance = random.Random(f"lexicon {language}")
    if language == "zh":  # of the common characters, which GB 2312 puts first
        common = [bytes((high, low)).decode("gb2312") for high in range(0xB0, 0xD7) for low in range(0xA1, 0xFF)]
        chance.shuffle(common)
        rare = list(itertools.accumulate(1 / (rank + 40) for rank in range(len(common))))
        words = ["".join(chance.choices(common, cum_weights=rare, k=chance.choice((1, 2, 2, 2, 3, 4))))
                 for _ in range(20_000)]
    else:
        firsts, vowels, lasts = (part.split(",") for part in _SYLLABLES)
        syllables = [first + vowel + last for first in firsts for vowel in vowels for last in lasts]
        words = ["".join(chance.choices(syllables, k=chance.choice((1, 1, 2, 2, 3, 4)))) for _ in range(20_000)]
    return words, list(itertools.accumulate(1 / (rank + 3) for rank in range(len(words))))


def _rich(chance: random.Random, language: str, characters: int) -> Iterator[str]:
    words, weights = _lexicon(language)
    gap, stop = ("", "。") if language == "zh" else (" ", ". ")
    while characters > 0:
        sentences = []
        for _ in range(chance.randint(1, 6)):
            chosen = chance.choices(words, cum_weights=weights, k=chance.randint(5, 16))
            if chance.random() < 0.3:
                number = chance.randrange(100_000)
                chosen.append(chance.choice((f"{number:,}", f"PO-{number % 1000}", f"2026-{number % 12 + 1:02d}-05")))
            sentences.append(gap.join(chosen) + stop)
        text = "".join(sentences)
        characters -= len(text)
        yield text


def paragraphs(chance: random.Random, language: str, characters: int) -> Iterator[str]:
    """Paragraphs of one to six sentences, of about so many characters together."""
    if language.startswith(RICH):
        yield from _rich(chance, language.removeprefix(RICH), characters)
        return
    pool = _sentences(language)
    while characters > 0:
        text = "".join(chance.choices(pool, k=chance.randint(1, 6)))
        characters -= len(text)
        yield text


def jpeg(chance: random.Random, size: int) -> bytes:
    """Bytes that begin and end like a JPEG and that no packing makes smaller."""
    head = (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x01\x00\x60\x00\x60\x00\x00\xff\xdb\x00\x43\x00"
            + bytes(range(1, 65)) + b"\xff\xda\x00\x0c\x03\x01\x00\x02\x11\x03\x11\x00\x3f\x00")
    return head + chance.randbytes(max(size - len(head) - 2, 64)) + b"\xff\xd9"


def png(chance: random.Random, size: int) -> bytes:
    """A PNG of one grey noise picture."""
    side = max(int(size**0.5), 8)
    rows = b"".join(b"\x00" + chance.randbytes(side) for _ in range(side))
    return (b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0))
            + _chunk(b"IDAT", zlib.compress(rows, 1)) + _chunk(b"IEND", b""))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def package(parts: Iterable[tuple[str, str | bytes]]) -> bytes:
    """A zip of the parts, deflated as Office does it: XML is, pictures are not."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as packed:
        for name, content in parts:
            entry = zipfile.ZipInfo(name, _DATE)
            entry.compress_type = zipfile.ZIP_STORED if name.endswith(_STORED) else zipfile.ZIP_DEFLATED
            packed.writestr(entry, content)
    return stream.getvalue()


@functools.cache
def boilerplate(kind: str, size: int) -> str:
    """The part that all files of one firm's template share: styles, theme, layouts."""
    chance = random.Random(f"boilerplate {kind}")
    lines = [f'<style id="{kind}{number}" name="{chance.choice(_EN)} {number}" next="{chance.randrange(400)}" '
             f'font="{chance.choice(_EN)}" size="{chance.randrange(16, 72)}" colour="{chance.randbytes(3).hex()}"/>'
             for number in range(max(size // 95, 1))]
    return f"<styles>{''.join(lines)}</styles>"
