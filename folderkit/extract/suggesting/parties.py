"""Who a paper is between: behind 甲方, Party A or Buyer, and around "(hereinafter the Client)"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from folderkit.core.suggestions import FIRST, OTHER, PARTY, SECOND
from folderkit.extract.suggesting.finding import Found, Spans

_ROLES = {
    FIRST: "甲方|委托方|委托人|发包方|发包人|买方|购方|采购方|采购人|招标人|需方|购买方"
           "|Party A|Client|Customer|Buyer|Purchaser|Bill to|Billed to",
    SECOND: "乙方|受托方|受托人|承包方|承包人|卖方|销方|供应商|供方|中标人|服务方|销售方"
            "|Party B|Supplier|Contractor|Seller|Vendor|Consultant|Service Provider",
    OTHER: "丙方|Party C",
}
_ROLE_OF = {word: role for role, words in _ROLES.items() for word in words.casefold().split("|")}
_WORDS = "|".join(_ROLES.values())
_SPREAD = re.sub(r"(?<![\u4e00-\u9fff])([\u4e00-\u9fff])方(?![\u4e00-\u9fff])", r"\1[^\\S\\n]{0,6}方", _WORDS)  # 甲　方
_LABEL = re.compile(  # up to its colon
    rf"(?<![A-Za-z\u4e00-\u9fff])(?P<r>{_SPREAD})(?:信息|名称|[^\S\n]?[(（][^)）\n]{{1,14}}[)）])?(?:[^\S\n]{{1,3}}名[^\S\n]?称)?"
    r"[^\S\n]{0,3}\Z", re.IGNORECASE)
_BEHIND = re.compile(r"[:：][^\S\n]{0,6}(?:名[^\S\n]?称[^\S\n]{0,3}[:：][^\S\n]{0,6})?(?P<v>[^\n\t:：;；,，。|]{2,80})")
_WINDOW = 44
_HAN_NAME = r"[\u4e00-\u9fffA-Za-z0-9·&（）()]"
_ENDS_HAN = (r"(?:有限责任公司|股份有限公司|有限公司|集团公司|公司|集团|事务所|研究院|设计院|研究所|大学|学院"
             r"|学校|中学|小学|医院|银行|中心|委员会|管理局|局|厅|厂|协会|学会|基金会|合作社|商行|经营部|工作室|分公司|支行|分行)")
_KNOWN_AS = re.compile(
    r"[^\S\n]?[（(](?:下称|以下(?:简称|称)?(?:为)?)[^\S\n]?[:：]?[^\S\n]?[“\"「『']?"
    r"(?P<r>甲方|乙方|丙方|委托方|受托方|发包人|承包人|买方|卖方)")
_NAME_BEFORE = re.compile(rf"{_HAN_NAME}{{2,40}}{_ENDS_HAN}(?:[（(][\u4e00-\u9fff]{{2,10}}[)）])?\Z")
_LEGAL = (r"(?:Ltd\.?|Limited|Inc\.?|LLC|LLP|PLC|plc|Corp\.?|Corporation|Company|GmbH|AG|KG|SE|S\.?A\.?|SARL"
          r"|S\.?A\.?S\.?|B\.?V\.?|N\.?V\.?|S\.?p\.?A\.?|S\.?r\.?l\.?|Pty\.? Ltd\.?|AB|AS|ApS|Oy|Foundation|University"
          r"|Council|Bank|Hospital|Institute)")
_WORD = r"[A-Z0-9][\w&'’./-]*"
_ENGLISH = rf"{_WORD}(?:,?[ ](?:{_WORD}|of|the|for|&|de|und)){{0,7}}?,?[ ]{_LEGAL}(?![\w])"
_BETWEEN = re.compile(
    rf"(?<![A-Za-z])(?:between|among|by and between)[:]?\s{{1,3}}(?P<a>{_ENGLISH})(?P<x>[^\n]{{0,160}}?)"
    rf"[ ,]\s{{0,2}}and\s{{1,3}}(?P<b>{_ENGLISH})")
ORGANISATION = re.compile(rf"{_HAN_NAME}{{2,44}}{_ENDS_HAN}(?:[（(][\u4e00-\u9fff]{{2,10}}[)）])?|{_ENGLISH}")
_SURNAMES = ("王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蔡蒋余于杜叶程苏魏吕"
             "丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史贺顾毛郝龚邵万钱严覃武戴莫孔汤")
PERSON = re.compile(rf"[{_SURNAMES}][\u4e00-\u9fff]{{1,2}}|[A-Z][a-z’'-]+(?: [A-Z]\.)?(?: [A-Z][a-z’'-]+){{1,2}}")
_CUT = re.compile(
    r"[\s（(【\[“\"]*(?:以下(?:简称|称)|下称|盖章|签章|签字|公章|统一社会信用代码|纳税人识别号|地址|法定代表人|联系人|电话|乙方"
    r"|卖方|承包人|销售方|the [\"“']|(?:hereinafter|address|tel|vat|party b)(?![A-Za-z])).*|(?:\s{2}|_{2}).*",
    re.IGNORECASE)
_LEADING = re.compile(r"^(?:[^（(]*[)）]|本(?:合同|协议)(?:由|系)?|由|与|和|及|经)+")
_NO_PERSON = re.compile(
    r"^(?:Party|Client|Customer|Name|The|Supplier|Signature|Date|Contract|Address|Title|Company) ", re.IGNORECASE)


def find(text: str, spans: Spans) -> Iterator[Found]:
    """Every party that is told by its role."""
    for behind in _BEHIND.finditer(text):
        label = _LABEL.search(text[max(0, behind.start() - _WINDOW) : behind.start()])
        name = _name(behind["v"]) if label else ""
        if label and name:
            yield _found(behind.start("v") + behind["v"].index(name), name, _ROLE_OF[_key(label["r"])])
    for known in _KNOWN_AS.finditer(text) if "下" in text else ():
        before = _NAME_BEFORE.search(text[max(0, known.start() - _WINDOW) : known.start()])
        name = _LEADING.sub("", before[0]) if before else ""
        if ORGANISATION.fullmatch(name):
            yield _found(known.start() - len(name), name, _ROLE_OF[known["r"]])
    for begin, end in spans.around(("between", "among"), 2, 500):
        yield from _between(text, begin, end)


def _between(text: str, begin: int, end: int) -> Iterator[Found]:
    for match in _BETWEEN.finditer(text, begin, end):
        said = _CALLED.search(match["x"])
        first = _ROLE_OF[_key(said["r"])] if said else FIRST
        yield _found(match.start("a"), match["a"], first)
        yield _found(match.start("b"), match["b"], SECOND if first == FIRST else FIRST)


_CALLED = re.compile(rf"[\"“'](?P<r>{_WORDS})[\"”']", re.IGNORECASE)


def _key(role: str) -> str:
    return ("" if role.endswith("方") else " ").join(role.casefold().split())


def _found(start: int, name: str, role: str) -> Found:
    return Found(start, start + len(name), PARTY, " ".join(name.split()), None, "", role)


def _name(words: str) -> str:
    """The name of an organisation or a person at the start of what stands behind a label; "" for anything else."""
    words = _CUT.sub("", words.strip()).strip(" _“”\"'")
    if ORGANISATION.fullmatch(words):
        return words
    return words if PERSON.fullmatch(words) and not _NO_PERSON.match(words) else ""
