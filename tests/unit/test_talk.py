"""Transcripts and chats, in every layout in which programs write them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from folderkit.intake import captions, wechat, wechat_table, zoom_chat
from folderkit.intake.talk import Line, Named, Talk, told_by_name

NOWHERE = Named(None, "")
GMT = Named(dt.datetime(2026, 3, 2, 6, 3, 21, tzinfo=dt.UTC), "Weekly")
LOCAL = Named(dt.datetime(2026, 3, 2, 23, 59, 1), "项目例会")


def said(talk: Talk | None) -> list[tuple[str, str]]:
    assert talk is not None
    return [(line.who, line.text) for line in talk.lines]


# -- captions --------------------------------------------------------------------------------------
ZOOM = ("WEBVTT\n\n1\n00:00:02.656 --> 00:00:03.230\n张三: 大家好: 开始\n\n"
        "2\n00:00:04.000 --> 00:01:05.500\nBob Lee: Hi &amp; hello\n")
TEAMS = ("WEBVTT\n\nab/1-0\n00:00:02.656 --> 00:00:03.230\n<v 张三>你好&lt;</v>\n\n"
         "00:00:04.000 --> 00:00:05.000\n<v.loud Bob Lee>hi\nthere</v> <v 张三>ok</v>\n\nNOTE nothing\n")


def test_a_transcript_of_zoom_tells_who_said_what_and_when() -> None:
    talk = captions.read(ZOOM, GMT)
    assert talk is not None
    begun = dt.datetime(2026, 3, 2, 6, 3, 21, tzinfo=dt.UTC)
    assert (talk.source, talk.subject, talk.begun) == ("zoom", "Weekly", begun)
    assert talk.ended == begun + dt.timedelta(seconds=65.5)
    assert talk.participants == ("张三", "Bob Lee")
    assert talk.lines == (Line(begun + dt.timedelta(seconds=2.656), "张三", "大家好: 开始", "00:00:02.656"),
                          Line(begun + dt.timedelta(seconds=4), "Bob Lee", "Hi & hello", "00:00:04.000"))


@pytest.mark.parametrize("change", [
    lambda text: "\ufeff" + text, lambda text: text.replace("\n1\n", "\n").replace("\n2\n", "\n"),
    lambda text: text.replace("\n\n2\n", "\n2\n"), lambda text: text.replace("\n\n2\n", "\n"),
    lambda text: text.replace("WEBVTT\n", "WEBVTT - made by\nKind: captions\n"), lambda text: text + "\n\n\n",
    lambda text: text.replace("00:00:0", "00:0"), lambda text: text.replace("00\n", "00 align:start position:0%\n"),
    lambda text: text.replace(".", ",").replace("WEBVTT\n", "WEBVTT\n\nNOTE\nx --> y\n")])
def test_captions_may_be_written_loosely(change: object) -> None:
    talk = captions.read(change(ZOOM), GMT)  # type: ignore[operator]
    assert said(talk) == [("张三", "大家好: 开始"), ("Bob Lee", "Hi & hello")]


def test_a_transcript_of_teams_has_voices() -> None:
    talk = captions.read(TEAMS, NOWHERE)
    assert talk is not None
    assert (talk.source, talk.begun, talk.ended) == ("teams", None, None)
    assert said(talk) == [("张三", "你好<"), ("Bob Lee", "hi\nthere"), ("张三", "ok")]
    assert [line.at for line in talk.lines] == [None] * 3


def test_captions_of_a_film_have_no_speakers() -> None:
    text = "WEBVTT\n\n00:01.000 --> 00:04.000\n- Remember this: never <b>drink</b> it.\n\n00:05.000 --> 00:06.000\nOh\n"
    talk = captions.read(text, NOWHERE)
    assert talk is not None
    assert (talk.source, talk.participants) == ("vtt", ())
    assert said(talk) == [("", "- Remember this: never drink it."), ("", "Oh")]


@pytest.mark.parametrize("text", ["", "1\n00:00:01,000 --> 00:00:02,000\nsubtitle\n", "a WEBVTT", "张三: hi"])
def test_what_is_no_captions(text: str) -> None:
    assert captions.read(text, NOWHERE) is None


# -- Zoom's chats ----------------------------------------------------------------------------------
OLD = ("23:59:21 From  Alice  to  Everyone : text: one\n00:00:22 From  Bob  to  Alice(Direct Message) : secret\n"
       "00:01:00 From  Bob : two\nlines\n")
NEW = ("14:03:21 From Alice Lee to Everyone:\n\thello\n\tworld\n14:04:00 From 张三 to Alice Lee (Direct Message):\n"
       "\tsecret\n14:05:00 From 张三 to 所有人:\n\t好的\n"
       "14:06:00 From Bob to Everyone:\n\tReacted to \"hello\" with 👍\n")
CLOUD = "00:58:04\tAlice:\ttext\n00:59:00\t张三:\t好的: 明天\n"


def test_the_old_layout_of_zoom_over_midnight() -> None:
    talk = zoom_chat.read(OLD, LOCAL)
    assert talk is not None
    assert said(talk) == [("Alice", "text: one"), ("Bob", "two\nlines")]
    assert [line.at for line in talk.lines] == [dt.datetime(2026, 3, 2, 23, 59, 21), dt.datetime(2026, 3, 3, 0, 1)]
    assert (talk.begun, talk.ended) == (LOCAL.begun, dt.datetime(2026, 3, 3, 0, 1))
    assert (talk.left_out, talk.subject, talk.participants) == (1, "项目例会", ("Alice", "Bob"))


def test_the_new_layout_of_zoom() -> None:
    talk = zoom_chat.read(NEW, NOWHERE)
    assert said(talk) == [("Alice Lee", "hello\nworld"), ("张三", "好的")]
    assert talk is not None
    assert [line.clock for line in talk.lines] == ["14:03:21", "14:05:00"]
    assert talk.left_out == 1


def test_direct_messages_come_only_when_asked_for() -> None:
    talk = zoom_chat.read(OLD, LOCAL, private=True)
    assert talk is not None
    assert ("Bob", "secret") in said(talk)
    assert talk.left_out == 0


@pytest.mark.parametrize("whom", ["Bob (Privately)", "Bob(Direct Message)", "张三（私聊）", "张三(私信)", "Bob", "Me"])
def test_what_is_for_one_person_is_direct(whom: str) -> None:
    talk = zoom_chat.read(f"14:00:00 From A to Everyone : x\n14:03:21 From Alice to {whom} : secret\n", NOWHERE)
    assert said(talk) == [("A", "x")]


@pytest.mark.parametrize("whom", ["Everyone", "everyone", "All panelists", "Hosts and panelists", "所有人", "每个人",
                                  "Waiting Room Participants", "All panelists and attendees"])
def test_what_is_for_all_is_kept(whom: str) -> None:
    assert said(zoom_chat.read(f"14:03:21 From Alice to {whom}:\n\tx\n", NOWHERE)) == [("Alice", "x")]


def test_the_cloud_layout_counts_from_the_beginning() -> None:
    talk = zoom_chat.read(CLOUD, GMT)
    assert talk is not None
    assert GMT.begun is not None
    assert said(talk) == [("Alice", "text"), ("张三", "好的: 明天")]
    assert talk.lines[0].at == GMT.begun + dt.timedelta(minutes=58, seconds=4)


@pytest.mark.parametrize("text", [
    "", "From: a@b.c\nTo: d\n\n14:03:21 From Alice to Everyone : x", "14:03:21 started\n14:03:22 ended\n",
    "00:58:04\tAlice\ttext\n", "14:03:21 From here we go on\n", "Agenda\n14:03:21 From A to Everyone : x\n"])
def test_what_is_no_chat_of_zoom(text: str) -> None:
    assert zoom_chat.read(text, NOWHERE) is None


# -- WeChat and the like ---------------------------------------------------------------------------
MAILED = """张三 和 李四 在微信上的聊天记录如下，请查收。

—————  2026-02-26  —————

李四  08:54

[图片: 8b0abeb1.jpg(请在附件中查看)]

张三  08:56

OK

第二段

—————  2026-02-27  —————

张三  09:00

明天见
"""
MEMO = "2026-10-05 21:40:12 老王\n你好\n在吗\n\n2026-10-05 21:41:00 Mr.Li\n在\n\n2026-10-06 09:00:00 老王\n好\n"


def test_a_mailed_chat() -> None:
    talk = wechat.read(MAILED, NOWHERE)
    assert talk is not None
    assert (talk.source, talk.subject) == ("wechat", "张三 和 李四")
    assert said(talk) == [("李四", "[图片: 8b0abeb1.jpg(请在附件中查看)]"), ("张三", "OK\n\n第二段"),
                          ("张三", "明天见")]
    assert (talk.begun, talk.ended) == (dt.datetime(2026, 2, 26, 8, 54), dt.datetime(2026, 2, 27, 9))
    assert talk.participants == ("李四", "张三")


def test_a_chat_by_day() -> None:
    talk = wechat.read(MAILED, NOWHERE)
    assert talk is not None
    days = talk.days()
    assert [(day.begun, day.ended, day.participants, len(day.lines)) for day in days] == [
        (dt.datetime(2026, 2, 26, 8, 54), dt.datetime(2026, 2, 26, 8, 56), ("李四", "张三"), 2),
        (dt.datetime(2026, 2, 27, 9), dt.datetime(2026, 2, 27, 9), ("张三",), 1)]
    assert {day.subject for day in days} == {"张三 和 李四"}


def test_a_day_is_one_of_the_zone_that_is_asked_for() -> None:
    text = "00:00:10\tAlice:\tbefore eight\n02:30:00\t张三:\tafter eight\n"
    talk = zoom_chat.read(text, Named(dt.datetime(2026, 3, 2, 22, tzinfo=dt.UTC), ""))
    assert talk is not None
    assert len(talk.days(dt.UTC)) == 2
    assert len(talk.days(dt.timezone(dt.timedelta(hours=8)))) == 1


@pytest.mark.parametrize(("head", "subject"), [
    ("Dear:\n\n微信群\"产品讨论\"的聊天记录如下:\n", "产品讨论"), ("微信群“产品 讨论”的聊天记录如下：", "产品 讨论"),
    ("Dear:\n\nThe WeChat chat history between Bob and 李四 is as follows:\n", "Bob and 李四"), ("", "")])
def test_how_a_mailed_chat_may_begin(head: str, subject: str) -> None:
    talk = wechat.read(head + MAILED.partition("\n")[2], NOWHERE)
    assert talk is not None
    assert (talk.subject, len(talk.lines)) == (subject, 3)


def test_other_ways_to_write_the_same() -> None:
    names_first = ("老王 2026-10-05 21:40:12\n你好\n在吗\n\nMr.Li 2026/10/05 21:41\n在\n"
                   "老王  2026年10月6日 09:00:00\n好")
    for text in (MEMO, names_first, MEMO.replace("\n\n", "\n"), "\ufeff\n" + MEMO):
        talk = wechat.read(text, Named(None, "产品群"))
        assert said(talk) == [("老王", "你好\n在吗"), ("Mr.Li", "在"), ("老王", "好")]
        assert talk is not None
        assert (talk.subject, talk.ended) == ("产品群", dt.datetime(2026, 10, 6, 9))


def test_copied_lines_with_names_alone() -> None:
    talk = wechat.read("张三 和 李四 在微信上的聊天记录如下，请查收。\n\n李四：\n在吗\n张三：\n在\n", NOWHERE)
    assert said(talk) == [("李四", "在吗"), ("张三", "在")]
    assert talk is not None
    assert talk.begun is None


def test_a_line_that_ends_in_a_colon_is_no_name_where_names_have_times() -> None:
    talk = wechat.read(MAILED.replace("第二段", "要点如下：\n一、付款"), NOWHERE)
    assert said(talk)[1] == ("张三", "OK\n\n要点如下：\n一、付款")


@pytest.mark.parametrize(("name", "source"), [("钉钉群", "dingtalk"), ("飞书记录", "feishu"), ("群", "wechat")])
def test_the_program_is_told_by_the_name_of_the_file(name: str, source: str) -> None:
    talk = wechat.read(MEMO, Named(None, name))
    assert talk is not None
    assert talk.source == source


@pytest.mark.parametrize("text", [
    "", "hello\n", "会议纪要\n参加人：甲\n张三  10:00\n汇报进度\n",
    "2026-10-05 21:40:12 INFO start\n2026-10-05 21:40:13 ERROR bad\n  at x\n2026-10-05 21:40:14 ERROR bad\n  at y\n",
    "2026-10-05 21:40:12 start\n2026-10-05 21:40:13 stop\n2026-10-05 21:40:14 done\n",
    "2026-03-02 10:00 项目例会\n参加人：甲\n\n2026-03-09 10:00 项目例会\n参加人：乙\n",
    "项目例会 2026-03-02 10:00\n参加人：甲\n\n项目例会 2026-03-09 10:00\n参加人：乙\n",
    "张三：\n请查收。\n李四：\n好。\n", "日程\n—————  2026-02-26  —————\n出发  08:00\n到达  10:00\n",
    "2026-10-05 21:40:12 a.txt\nsize 3\n2026-10-05 21:40:13 b.txt\nsize 4\n",
    "老王 2026-10-05 21:40:12\n一条\n", "2026-10-05 25:70:12 老王\na\n2026-13-05 21:40:12 老李\nb\n"])
def test_ordinary_texts_are_no_chats(text: str) -> None:
    assert wechat.read(text, NOWHERE) is None
    assert zoom_chat.read(text, NOWHERE) is None
    assert wechat_table.read(text, NOWHERE) is None


# -- tables ----------------------------------------------------------------------------------------
TABLE = ("\ufefflocalId,TalkerId,Type,SubType,IsSender,CreateTime,Status,StrContent,StrTime,Remark,NickName,Sender\r\n"
         '1,2,1,0,0,1791200412,,"你好, ""世界""\r\n第二行",2026-10-05 21:40:12,,老王,wxid_1\r\n'
         "2,2,3,0,1,1791200472,,,2026-10-05 21:41:12,我方,昵称,wxid_2\r\n"
         '3,2,49,5,0,1791200473,,"<msg><title>报价.xlsx &amp; 说明</title></msg>",2026-10-06 09:00:00,,老王,wxid_1\r\n')


def test_a_table_with_english_headers() -> None:
    talk = wechat_table.read(TABLE, Named(None, "老王"))
    assert talk is not None
    assert said(talk) == [("老王", '你好, "世界"\r\n第二行'), ("我方", "[图片]"),
                          ("老王", "[链接或文件] 报价.xlsx & 说明")]
    assert (talk.source, talk.begun, len(talk.days())) == ("wechat", dt.datetime(2026, 10, 5, 21, 40, 12), 2)


def test_a_table_with_chinese_headers() -> None:
    text = ("消息ID,类型,发送人,时间,内容,备注,昵称,更多信息\n1,文本,老王,2026-10-05 21:40:12,你好,,,\n"
            "2,图片,老李,2026/10/05 21:40:13,,,,\n")
    talk = wechat_table.read(text, NOWHERE)
    assert said(talk) == [("老王", "你好"), ("老李", "[图片]")]
    assert talk is not None
    assert talk.ended == dt.datetime(2026, 10, 5, 21, 40, 13)


def test_a_table_that_breaks_off_keeps_its_beginning() -> None:
    talk = wechat_table.read(TABLE + '4,2,1,0,0,,,"' + "x" * 200_000 + "\n", NOWHERE)
    assert talk is not None
    assert len(talk.lines) == 3
    assert talk.truncated


# -- names -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(("path", "begun", "subject"), [
    ("GMT20260302-060321_Recording.transcript.vtt", "2026-03-02T06:03:21+00:00", ""),
    ("GMT20260302-060321_Weekly-Sync.transcript.vtt", "2026-03-02T06:03:21+00:00", "Weekly-Sync"),
    ("GMT20260302-060321_Recording_1920x1080.transcript.vtt", "2026-03-02T06:03:21+00:00", ""),
    ("2026-03-02 14.03.21 项目例会 12345678901/meeting_saved_chat.txt", "2026-03-02T14:03:21", "项目例会"),
    ("2026-03-02 14.03.21 Alice's Zoom Meeting/chat.txt", "2026-03-02T14:03:21", "Alice's Zoom Meeting"),
    ("周会-20260302_140321-Meeting Recording.vtt", "2026-03-02T14:03:21", "周会"),
    ("Sync-20260302_140321UTC-Meeting Recording.vtt", "2026-03-02T14:03:21+00:00", "Sync"),
    ("GMT20269902-060321_x.vtt", None, "x"), ("audio_transcript.vtt", None, ""), ("产品群.txt", None, "产品群")])
def test_what_names_tell(path: str, begun: str | None, subject: str) -> None:
    assert told_by_name(Path(path)) == Named(dt.datetime.fromisoformat(begun) if begun else None, subject)
