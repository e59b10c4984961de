"""Each wrong input gets one clear sentence with what to do next, in the reader's language, and changes nothing."""

from __future__ import annotations

import shutil
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Ran
from tests.e2e.conftest import World, command, english_in
from tests.trees import make_tree, read_tree

CLOSURE = ("--set", "closure.summary=Done", "--set", "closure.conclusion=done")

MEETING = ("--set", "meeting.title=T", "--set", "meeting.time=9:00", "--set", "meeting.attendees=Ann", "--quick")


def check(ran: Ran, code: int, language: str, *words: str) -> None:
    """One sentence on stderr in the reader's language, with each of `words`; nothing on stdout; no traceback."""
    assert ran.code == code, ran.out + ran.err
    assert not ran.out
    assert ran.err.startswith("错误：" if language == "zh" else "Error: "), ran.err
    assert "Traceback" not in ran.err
    for word in words:
        assert word in ran.err, ran.err
    if language == "zh":
        assert not english_in(ran.err), ran.err
        assert any("\u4e00" <= char <= "\u9fff" for line in ran.err.splitlines()[:1] for char in line)
    else:
        assert not any(word in ran.err for word in ("请", "没有", "不能", "应为")), ran.err


# (the command, its exit code, words that its message holds in both languages)
WRONG: list[tuple[tuple[str, ...], int, tuple[str, ...]]] = [
    # names
    (("new", "a/b", "--client", "C"), 2, ("a/b", "/")),
    (("new", "..", "--client", "C"), 2, ("..",)),
    (("new", "CON", "--client", "C"), 2, ("CON", "Windows")),
    (("new", "nul.txt", "--client", "C"), 2, ("nul", "Windows")),
    (("new", "x" * 300, "--client", "C"), 2, ("300",)),
    (("new", "名" * 300, "--client", "C"), 2, ("900",)),
    (("new", "ends.", "--client", "C"), 2, ("Windows",)),
    (("new", "rocket 🚀", "--client", "C"), 2, ("🚀",)),
    (("new", "two\nlines", "--client", "C"), 2, ("U+000A",)),
    (("new", "   ", "--client", "C"), 2, ("project.name",)),
    (("new", "", "--client", "C"), 2, ("project.name",)),
    (("new", "Fine", "--client", "///"), 2, ("///",)),
    (("new", "Fine", "--client", "  "), 2, ("client.name",)),
    (("new",), 2, ("project.name", "client.name", "folderkit new NAME --client CLIENT")),
    (("new", "Fine", "--client", "C", "--code", "a/b"), 2, ("project.code",)),
    (("new", "Fine", "--client", "C", "--code", "x"), 2, ("project.code",)),
    # facts
    (("new", "Fine", "--client", "C", "--set", "project.manger=Li"), 2, ("project.manger", "project.manager")),
    (("new", "Fine", "--client", "C", "--set", "nonsense"), 2, ("KEY=VALUE",)),
    (("new", "Fine", "--client", "C", "--set", "=x"), 2, ("KEY=VALUE",)),
    (("new", "Fine", "--client", "C", "--due", "soon"), 2, ("soon", "2026-03-31")),
    (("new", "Fine", "--client", "C", "--start", "2026-02-30"), 2, ("2026-02-30",)),
    (("new", "Fine", "--client", "C", "--set", "project.kind=softwear"), 2, ("softwear", "software")),
    (("new", "Fine", "--client", "C", "--set", "client.email=nobody"), 2, ("client.email",)),
    (("new", "Fine", "--client", "C", "--from", "no.yaml"), 2, ("no.yaml",)),
    (("new", "Fine", "--client", "C", "--from", "."), 2, ()),
    # what there is not
    (("new", "Fine", "--client", "C", "--skeleton", "client-projekt"), 2, ("client-projekt", "client-project")),
    (("skeleton", "show", "consulting"), 2, ("consulting-engagement",)),
    (("skeleton", "check", "nothing-like-it"), 2, ("client-project",)),
    (("template", "fields", "meeting-note"), 2, ("meeting-notes",)),
    (("fill", "meeting-note", "-p", "P2026"), 2, ("meeting-notes",)),
    (("fill", "absent.docx", "-p", "P2026"), 2, ("absent.docx",)),
    (("show", "nowhere"), 2, ("nowhere",)),
    (("scan", "nowhere"), 2, ("nowhere",)),
    (("find", "x", "-p", "nowhere"), 2, ("nowhere",)),
    (("log", "-p", "nowhere"), 2, ("nowhere",)),
    (("guide", "nowhere"), 2, ("nowhere",)),
    (("show",), 3, ("-p",)),
    (("fill", "meeting-notes"), 3, ()),
    # the command line itself
    (("lsit",), 2, ("lsit", "list")),
    (("skeleton", "chekc"), 2, ("check",)),
    (("new", "--clinet", "C"), 2, ("--clinet", "--client")),
    (("new", "--client"), 2, ("--client",)),
    (("new", "Fine", "--dry-run=yes"), 2, ("--dry-run",)),
    (("new", "Two", "Words", "--client", "C"), 2, ("Words",)),
    (("find",), 2, ("WORDS",)),
    (("find", "x", "--limit", "0"), 2, ("--limit", "1")),
    (("find", "x", "--limit", "many"), 2, ("--limit",)),
    (("history",), 2, ("FILE",)),
    # versions
    (("history", "{project}/nothing.txt"), 2, ("nothing.txt",)),
    (("history", "{project}/notes.txt"), 2, ("note.txt",)),
    (("history", "{project}"), 2, ()),
    (("history", "/etc/passwd"), 2, ("/etc/passwd",)),
    (("history", "folderkit.yaml"), 3, ()),
    (("restore", "{project}/note.txt"), 2, ("--version", "--at")),
    (("restore", "{project}/note.txt", "--version", "1", "--at", "2026-01-01"), 2, ("--version",)),
    (("restore", "{project}/note.txt", "--version", "99"), 2, ("99", "1", "2")),
    (("restore", "{project}/note.txt", "--version", "0"), 2, ("0",)),
    (("restore", "{project}/note.txt", "--version", "-1"), 2, ("-1",)),
    (("restore", "{project}/note.txt", "--version", "one"), 2, ("--version",)),
    (("restore", "{project}/note.txt", "--at", "1999-01-01"), 2, ("note.txt",)),
    (("restore", "{project}/note.txt", "--at", "yesterday"), 2, ("yesterday", "2026-03-31")),
    (("restore", "{project}/note.txt", "--at", "2026-13-45"), 2, ("2026-13-45",)),
    (("restore", "{project}/note.txt", "--at", "0000-00-00"), 2, ("0000-00-00",)),
    (("restore", "{project}/note.txt", "--at", "9999-12-31 99:99"), 2, ("99:99",)),
    (("restore", "{project}/absent.txt", "--version", "1"), 2, ("absent.txt",)),
    (("restore", "{project}"), 2, ("--at",)),
    (("restore", "{project}", "--at", "1999-01-01"), 2, ()),
    (("restore", "{project}", "--at", "2999-01-01", "--to", "folderkit.yaml"), 3, ("folderkit.yaml",)),
    (("restore", "{project}", "--at", "2999-01-01", "--to", "{project}"), 3, ()),
    (("restore", "{project}/note.txt", "--version", "1", "--to", "folderkit.yaml"), 3, ("folderkit.yaml", "--to")),
    (("diff",), 2, ("FILE",)),
    (("diff", "{project}/notes.txt"), 2, ("note.txt",)),
    (("diff", "{project}/note.txt", "--from", "7"), 2, ("7", "1", "2")),
    (("diff", "{project}/note.txt", "--to", "0"), 2, ("0", "1", "2")),
    (("diff", "{project}/note.txt", "--to", "1"), 2, ("1", "--from")),
    (("diff", "{project}/note.txt", "--from", "one"), 2, ("--from",)),
    (("diff", "{project}/note.txt", "--html", "folderkit.yaml"), 3, ("folderkit.yaml", "--html")),
    (("diff", "{project}/note.txt", "--html", "{project}"), 3, ("--html",)),
    (("diff", "{project}/note.txt", "--html", "no/such/folder.html"), 1, ("folder.html",)),
    # fill
    (("fill", "meeting-notes", "-p", "P2026", "--quick"), 2,
     ("meeting.title", "meeting.time", "meeting.attendees", "--set meeting.title=", "--data")),
    (("fill", "meeting-notes", "-p", "P2026", *MEETING, "--set", "meeting.chiar=Ann"), 2, ("meeting.chair",)),
    (("fill", "meeting-notes", "-p", "P2026", *MEETING, "--set", "meeting.date=soon"), 2, ("meeting.date", "soon")),
    (("fill", "meeting-notes", "-p", "P2026", *MEETING, "--data", "no.yaml"), 2, ("no.yaml",)),
    (("fill", "meeting-notes", "-p", "P2026", *MEETING, "--out", "{project}/project.yaml"), 2, (".docx",)),
    (("fill", "meeting-notes", "-p", "P2026", *MEETING, "--out", "nowhere/"), 2, ("nowhere/", "--out")),
    (("fill", "{project}/project.yaml", "-p", "P2026"), 1, ("project.yaml",)),
    # places
    (("list", "-C", "/no/such/folder"), 2, ("/no/such/folder",)),
    (("init", "."), 3, ("folderkit new",)),
    (("init", "{project}/inner"), 3, ()),
    (("init", "folderkit.yaml"), 3, ()),
    (("tour", "."), 3, ("folderkit tour DIR",)),
]


@pytest.mark.parametrize(("args", "code", "words"), WRONG, ids=lambda value: " ".join(value)[:60]
                         if isinstance(value, tuple) and value and isinstance(value[0], str) else "")
def test_wrong_input(world: World, args: tuple[str, ...], code: int, words: tuple[str, ...]) -> None:
    before = world.tree()
    filled = [word.replace("{project}", world.project.name) for word in args]
    check(world.run(*filled), code, world.language, *words)
    assert world.tree() == before


@pytest.mark.parametrize("args", [("list",), ("show",), ("scan",), ("find", "x"), ("history", "x"), ("log",),
                                  ("rebuild",), ("restore", "x", "--version", "1"), ("watch",),
                                  ("new", "A", "--client", "B"), ("fill", "meeting-notes")],
                         ids=lambda args: args[0])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_outside_a_workspace(tmp_path: Path, args: tuple[str, ...], language: str) -> None:
    check(command(*args, cwd=tmp_path, lang=language), 3, language, "folderkit init", "-C")
    assert read_tree(tmp_path, private=True) == {}


@pytest.mark.parametrize("args", [("template", "fields", "nope"), ("fill", "x.docx")],
                         ids=lambda args: args[0] + args[1])
def test_outside_a_workspace_templates_still_say_what_is_wrong(tmp_path: Path, args: tuple[str, ...]) -> None:
    for language in ("en", "zh"):
        check(command(*args, cwd=tmp_path, lang=language), 2, language)


# -- a project that exists -------------------------------------------------------------------------
def test_a_project_that_exists_is_not_made_again(own_world: World) -> None:
    name, client = ("官网改版", "远山科技") if own_world.language == "zh" else ("Site", "Acme")
    variants = [(name, client, ()), (name.upper(), client.upper(), ()),
                (unicodedata.normalize("NFD", name), client, ()),
                ("Other", client, ("--code", own_world.project.name[:9])),
                ("Other", client, ("--code", own_world.project.name[:9].lower()))]
    before = own_world.tree()
    for new_name, new_client, more in variants:
        check(own_world.run("new", new_name, "--client", new_client, *more), 3, own_world.language,
              own_world.project.name)
        assert own_world.tree() == before
    assert own_world.run("new", name, "--client", client, "--code", "X-77").code == 0, "a second one may be meant"


@pytest.mark.parametrize("in_the_way", ["P9-001_Beta_Fine", "p9-001_beta_FINE"])
def test_a_folder_or_file_in_the_way_is_left_alone(own_world: World, in_the_way: str) -> None:
    for content in ({f"{in_the_way}/keep.txt": "mine"}, {in_the_way: "a file"}):
        make_tree(own_world.root, content)
        before = own_world.tree()
        check(own_world.run("new", "Fine", "--client", "Beta", "--code", "P9-001"), 3, own_world.language, in_the_way)
        assert own_world.tree() == before
        if (own_world.root / in_the_way).is_dir():
            shutil.rmtree(own_world.root / in_the_way)


# -- broken files ----------------------------------------------------------------------------------
def _in(file: str) -> Callable[[World], Path]:
    return lambda world: world.project / file if file == "project.yaml" else world.root / file


@pytest.mark.parametrize("broken", ["a: [1", "a: b: c", "\tx: 1", "a: 1\na: 2\n  b: 3", "{", "- 1\n- 2", "a: \x01",
                                    "a: !!python/object:os.system x", "&a [*a]"])
@pytest.mark.parametrize("file", ["folderkit.yaml", "skeletons/own/skeleton.yaml", "templates/own/template.yaml"])
def test_a_broken_file_is_named_with_its_line(own_world: World, file: str, broken: str) -> None:
    path = _in(file)(own_world)
    make_tree(own_world.root, {file: broken})
    before = own_world.tree()
    args = {"folderkit.yaml": ("list",), "skeletons/own/skeleton.yaml": ("skeleton", "show", "own"),
            "templates/own/template.yaml": ("fill", "own", "-p", "P2026")}[file]
    check(own_world.run(*args), 1, own_world.language, f"{path.name}:")
    assert own_world.tree() == before


@pytest.mark.parametrize("broken", ["a: [1", "- 1", "client: x\nfolderkit: {id: zz}",
                                    "project: {x: 2026-99-99}\nfolderkit: 1"])
def test_a_broken_project_is_told_and_does_not_hinder_the_others(own_world: World, broken: str) -> None:
    assert own_world.run("new", "Second", "--client", "Beta").code == 0
    (own_world.project / "project.yaml").write_text(broken)
    listed = own_world.run("list")
    assert listed.code == 0
    assert "project.yaml:" in listed.err
    assert "Second" in listed.out
    scanned = own_world.run("scan")
    assert scanned.code == 1
    assert listed.err.count("project.yaml:1") <= 4
    second = next(own_world.root.glob("*Second"))
    assert own_world.run("show", second.name).code == 0
    check_last = own_world.run("show", own_world.project.name)
    assert check_last.code == 3
    assert "folderkit restore " in check_last.err
    assert own_world.run("restore", f"{own_world.project.name}/project.yaml", "--version", "1").code == 0
    assert own_world.run("show", own_world.project.name).code == 0


BROKEN = ["a: [1", "- 1", "project: {x: 1}"]


@pytest.mark.parametrize("command", [("file",), ("name", "--check"), ("name", "--fix"), ("undo",)])
@pytest.mark.parametrize("broken", BROKEN)
def test_file_and_name_refuse_a_broken_project(own_world: World, command: tuple[str, ...], broken: str) -> None:
    assert own_world.run("new", "Second", "--client", "Beta").code == 0
    second = next(own_world.root.glob("*Second*"))
    inbox = next(second.glob("00_*"))
    (inbox / "minutes.txt").write_text("Minutes\n")
    assert own_world.run("file").code == 0
    (inbox / "minutes.txt").write_text("Minutes again\n")
    (own_world.project / "project.yaml").write_text(broken)
    before = own_world.tree()
    name = own_world.project.name
    asked = [(command, own_world.project)]
    if command[0] != "undo":
        asked += [((*command, "-p", name), own_world.root), ((*command, f"{name}/note.txt"), own_world.root)]
    for args, cwd in asked:
        ran = own_world.run(*args, cwd=cwd)
        told = ran.err.splitlines()  # the warning of every command, and then the error
        assert (ran.code, ran.out) == (3, ""), ran
        assert f"{name}/project.yaml" in told[-2]
        assert ("line 1" if own_world.language == "en" else "第 1 行") in told[-2]
        assert "folderkit restore " in told[-1]
    assert {path: content for path, content in own_world.tree().items() if ".folderkit" not in path} == {
        path: content for path, content in before.items() if ".folderkit" not in path}


def test_file_and_name_refuse_a_broken_project_of_which_nothing_is_known(own_world: World) -> None:
    make_tree(own_world.root, {"Stranger/project.yaml": "a: [1", "Stranger/x.txt": "x"})
    for args in (("file", "-p", "Stranger"), ("name", "--check", "-p", "Stranger"), ("file", "Stranger/x.txt"),
                 ("show", "Stranger")):
        ran = own_world.run(*args)
        assert ran.code == 3, ran
        assert "Stranger/project.yaml" in ran.err.splitlines()[-2]


@pytest.mark.parametrize("broken", BROKEN)
def test_file_and_name_do_the_others_beside_a_broken_project_and_say_so(own_world: World, broken: str) -> None:
    inbox = next(own_world.project.glob("00_*"))
    make_tree(own_world.root, {"Broken/project.yaml": broken, "Broken/00_Inbox/minutes.txt": "Minutes\n"})
    empty = own_world.run("file")
    (inbox / "minutes.txt").write_text("Minutes\n")
    filed = own_world.run("file")
    named = own_world.run("name", "--check")

    for ran in (empty, filed, named):
        assert ran.code == 1
        assert ran.err.count("Warning: " if own_world.language == "en" else "注意：") == 1
        assert "Broken/project.yaml:1" in ran.err
    assert not empty.out
    assert "minutes.txt →" in filed.out
    assert not (inbox / "minutes.txt").exists()


def test_several_faults_of_one_file_are_told_at_once(own_world: World) -> None:
    settings = own_world.root / "folderkit.yaml"
    settings.write_text("id: abc\nlanguage: fr\nprojects: ../out\nignore: {a: b}\nfirm:\n  colour: red\n  color: red\n"
                        "  currency: dollars\n  logo: none.png\nskelton: x\n")
    ran = own_world.run("list")
    assert ran.code == 1
    for line, word in (("2:", "fr"), ("3:", "projects"), ("4:", "ignore"), ("6:", "color"), ("7:", "color"),
                       ("8:", "currency"), ("9:", "none.png"), ("10:", "skeleton")):
        assert any(f"folderkit.yaml:{line}" in told and word in told for told in ran.err.splitlines()), (line, ran.err)


@pytest.mark.parametrize("option", ["--data", "--from"])
@pytest.mark.parametrize("broken", ["x: [", '{"a": 1,, }', "- just a list", "\x00", "just text"])
def test_a_broken_values_file_is_named_with_its_line(own_world: World, option: str, broken: str) -> None:
    (own_world.root / "v.yaml").write_text(broken)
    args = (("fill", "meeting-notes", "-p", "P2026", "--data", "v.yaml") if option == "--data"
            else ("new", "A", "--client", "B", "--from", "v.yaml"))
    check(own_world.run(*args), 1, own_world.language, "v.yaml:1")


def test_a_values_file_in_another_encoding_is_told(own_world: World) -> None:
    (own_world.root / "v.yaml").write_bytes("project.name: 项目".encode("gbk"))
    check(own_world.run("new", "--from", "v.yaml"), 1, own_world.language, "UTF-8", "v.yaml:1")


def test_lists_go_on_beside_a_broken_skeleton_and_template(own_world: World) -> None:
    make_tree(own_world.root, {"skeletons/bad/skeleton.yaml": "a: [", "templates/bad/template.yaml": "a: ["})
    for noun, known in (("skeleton", "client-project"), ("template", "meeting-notes")):
        ran = own_world.run(noun, "list")
        assert ran.code == 0, ran.err
        assert known in ran.out
        assert "bad" in ran.out + ran.err
    assert own_world.run("skeleton", "check", "bad").code == 4
    assert own_world.run("new", "Fine", "--client", "C").code == 0


# -- projects that went away -----------------------------------------------------------------------
def test_a_deleted_project_is_told_with_the_way_back(own_world: World) -> None:
    name = own_world.project.name
    code = name[:9]
    shutil.rmtree(own_world.project)
    for args in (("show", code), ("scan", code), ("fill", "meeting-notes", "-p", code, *MEETING)):
        check(own_world.run(*args), 3, own_world.language, name, "folderkit restore ")
    assert not own_world.project.exists()
    ran = own_world.run("scan")
    assert ran.code == 0
    assert name in ran.err
    assert own_world.run("list").code == 0
    assert own_world.run("history", f"{name}/note.txt").code == 0
    assert own_world.run("history", "note.txt", "-p", code).code == 0
    assert own_world.run("log", "-p", code).code == 0
    # the way back that was told
    assert own_world.run("restore", f"{name}/project.yaml", "--version", "1").code == 0
    assert own_world.run("restore", f"{name}/note.txt", "--version", "2").code == 0
    assert "beta" in (own_world.project / "note.txt").read_text(encoding="utf-8")
    assert own_world.run("show", code).code == 0
    assert own_world.run("scan").err == ""


def test_a_project_without_its_project_yaml_is_told(own_world: World) -> None:
    name = own_world.project.name
    (own_world.project / "project.yaml").unlink()
    ran = own_world.run("scan")
    assert ran.code == 1
    assert f"{name}/project.yaml" in ran.err
    assert own_world.run("restore", f"{name}/project.yaml", "--version", "1").code == 0
    assert own_world.run("scan").err == ""


def test_the_code_of_a_deleted_project_is_not_given_again(own_world: World) -> None:
    shutil.rmtree(own_world.project)
    assert own_world.run("new", "Next", "--client", "Beta").code == 0
    assert next(own_world.root.glob("*Next")).name.split("_")[0] != own_world.project.name.split("_")[0]


# -- restore and fill onto what stands there -------------------------------------------------------
def test_restore_onto_a_folder_of_the_files_own_name_is_refused(own_world: World) -> None:
    (own_world.project / "gone.txt").mkdir()
    before = own_world.tree()
    ran = own_world.run("restore", f"{own_world.project.name}/gone.txt", "--version", "1")
    check(ran, 3, own_world.language, "--to")
    assert own_world.tree() == before


def test_restore_through_a_link_is_refused(own_world: World) -> None:
    (own_world.project / "gone.txt").symlink_to(own_world.root / "folderkit.yaml")
    before = own_world.tree()
    check(own_world.run("restore", f"{own_world.project.name}/gone.txt", "--version", "1"), 3, own_world.language)
    assert own_world.tree() == before


@pytest.mark.parametrize("lock", ["~$note.txt", "~$te.txt", ".~lock.note.txt#"])
def test_restore_over_an_open_file_is_refused(own_world: World, lock: str) -> None:
    (own_world.project / lock).write_text("who")
    before = own_world.tree()
    check(own_world.run("restore", f"{own_world.project.name}/note.txt", "--version", "1"), 3, own_world.language, lock)
    assert own_world.tree() == before


def test_fill_never_replaces_a_file(own_world: World) -> None:
    (own_world.root / "mine.docx").write_text("mine")
    (own_world.root / "mine2.pdf").write_text("mine")
    before = own_world.tree()
    for args in (("--out", "mine.docx"), ("--out", "mine2.docx", "--pdf")):
        check(own_world.run("fill", "meeting-notes", "-p", "P2026", *MEETING, *args), 3, own_world.language, "mine")
        assert own_world.tree() == before


def test_a_register_that_is_gone_is_told_with_the_way_back(own_world: World) -> None:
    registers = {path.name: path for path in own_world.project.rglob("*.xlsx")}
    for path in registers.values():
        path.unlink()
    ran = own_world.run("fill", "closure-report", "-p", "P2026", *CLOSURE, "--quick")
    gone = "删除" if own_world.language == "zh" else "gone"
    assert ran.err.startswith(gone), "what fill took in is told first"
    lines = [line for line in ran.err.splitlines(keepends=True) if not line.startswith(gone)]
    check(Ran(ran.code, ran.out, "".join(lines)), 3, own_world.language, "folderkit restore", ".xlsx")


# -- odd but right ---------------------------------------------------------------------------------
@pytest.mark.parametrize("place", ["with a space", "工作 区", "-dash", "ünïcode", "a'b\"c", "[glob*]"])
def test_a_workspace_may_lie_anywhere(tmp_path: Path, place: str) -> None:
    root = tmp_path / place
    root.mkdir()
    for args in (("init",), ("new", "Site", "--client", "Acme"), ("scan",), ("list",)):
        ran = command(*args, cwd=root, lang="en")
        assert ran.code == 0, ran.err
    project = next(root.glob("*/project.yaml")).parent
    for name in ("-x.txt", "--help", "a b.txt", "“q”.txt", "new\nline.txt"):
        (project / name).write_text(f"in {name}")
    assert command("scan", cwd=root, lang="en").out.count("new  ") == 5
    assert command("history", "--", "-x.txt", cwd=project, lang="en").code == 0
    assert command("restore", "--version", "1", "--to", "back/", "--", "--help", cwd=project, lang="en").code == 0
    assert (project / "back" / "--help").is_file()


def test_names_that_begin_with_a_dash(own_world: World) -> None:
    assert own_world.run("new", "--client", "-Acme", "--", "-n").code == 0
    assert own_world.run("show", "--", "-Acme").code in (0, 2)


def test_a_name_in_decomposed_letters_is_kept_composed(own_world: World) -> None:
    decomposed = unicodedata.normalize("NFD", "Café")
    assert own_world.run("new", decomposed, "--client", "Zoë").code == 0
    folder = next(own_world.root.glob("*Zo*"))
    assert folder.name == unicodedata.normalize("NFC", folder.name)
    assert own_world.run("show", decomposed).code == 0
    assert own_world.run("show", unicodedata.normalize("NFC", "Café")).code == 0
