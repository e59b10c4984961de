"""The commands of the backup as a person types them, in both languages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Ran
from tests.e2e.conftest import World, command, english_in
from tests.trees import read_tree


def said(ran: Ran, code: int, world: World, english: str, chinese: str) -> None:
    assert ran.code == code, ran.out + ran.err
    assert (chinese if world.language == "zh" else english) in ran.out + ran.err
    if world.language == "zh":
        assert not english_in(ran.out + ran.err)


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    (tmp_path / "disk").mkdir()
    return tmp_path / "disk"


def test_a_backup_is_made_checked_and_restored(own_world: World, disk: Path, tmp_path: Path) -> None:
    world = own_world
    planned = world.run("backup", "run", "--to", str(disk), "--dry-run")
    said(planned, 0, world, "would be copied", "将把版本库")
    said(planned, 0, world, "Nothing was changed.", "没有做任何改动。")
    assert not list(disk.iterdir())
    said(world.run("backup", "run", "--to", str(disk)), 0, world, "Backed up to", "已备份到")
    said(world.run("backup", "verify", "--from", str(disk)), 0, world, "all is whole", "全部完好")
    said(world.run("log", "--limit", "1"), 0, world, "backup made", "完成备份")
    said(world.run("show", world.project.name), 0, world, "last backup: 20", "上次备份：20")
    again = tmp_path / "again"
    dry = command("backup", "restore", str(disk), str(again), "--dry-run", cwd=tmp_path, lang=world.language)
    said(dry, 0, world, "would be made", "将在")
    assert not again.exists()
    back = command("backup", "restore", str(disk), str(again), cwd=tmp_path, lang=world.language)
    said(back, 0, world, "The workspace is back", "工作区已恢复到")
    assert read_tree(again) == read_tree(world.root)
    assert command("history", f"{world.project.name}/gone.txt", cwd=again, lang=world.language).code == 0
    said(command("backup", "restore", str(disk), str(again), cwd=tmp_path, lang=world.language), 3, world,
         "in the workspace", "在工作区")


def test_the_setting_and_the_variable(own_world: World, disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said(own_world.run("backup", "run"), 2, own_world, "Where to?", "备份到哪里？")
    settings = own_world.root / "folderkit.yaml"
    settings.write_text(settings.read_text(encoding="utf-8") + f"backup: ../{disk.name}\n", encoding="utf-8")
    assert own_world.run("backup", "run").code == 0
    said(own_world.run("backup", "verify"), 0, own_world, "all is whole", "全部完好")
    (disk.parent / "other").mkdir()
    monkeypatch.setenv("FOLDERKIT_BACKUP", str(disk.parent / "other"))
    assert own_world.run("backup", "run").code == 0
    assert list((disk.parent / "other").iterdir())


def test_what_is_wrong_is_said(own_world: World, disk: Path, tmp_path: Path) -> None:
    world = own_world
    said(world.run("backup", "run", "--to", str(tmp_path / "none")), 3, world, "Connect its disk", "请连接它所在的磁盘")
    said(world.run("backup", "run", "--to", str(world.root)), 3, world, "to be backed up", "正是要备份的")
    said(world.run("backup", "verify", "--from", str(disk)), 2, world, "There is no backup", "没有备份")
    said(world.run("backup", "restore", str(disk), str(tmp_path / "x")), 2, world, "There is no backup", "没有备份")
    assert world.run("backup", "run", "--to", str(disk)).code == 0
    (pack,) = disk.rglob("*.pack")
    bad = bytearray(pack.read_bytes())
    bad[200] ^= 1
    pack.write_bytes(bad)
    found = world.run("backup", "verify", "--from", str(disk))
    said(found, 4, world, "1 fault", "1 处有问题")
    assert pack.name in found.out
    assert "    " in found.out
    told = json.loads(world.run("backup", "verify", "--from", str(disk), "--json").out)
    assert told[0]["touches"]
    back = world.run("backup", "restore", str(disk), str(tmp_path / "again"))
    said(back, 1, world, "damaged in the backup", "备份中的此文件已损坏")
    pack.unlink()
    assert world.run("backup", "run", "--to", str(disk)).code == 0
    assert world.run("backup", "verify", "--from", str(disk)).code == 0


def test_a_damaged_vault_is_told_with_what_the_backup_has(own_world: World, disk: Path) -> None:
    world = own_world
    assert world.run("backup", "run", "--to", str(disk)).code == 0
    (world.project / "note.txt").write_text("more")
    assert world.run("scan").code == 0
    (pack,) = (world.root / ".folderkit/vault").rglob("*.pack")
    bad = bytearray(pack.read_bytes())
    bad[200] ^= 1
    pack.write_bytes(bad)
    ran = world.run("backup", "run", "--to", str(disk))
    said(ran, 1, world, "the backup has it whole", "备份中有完好的副本")
    assert pack.name in ran.out
    (world.project / "note.txt").write_text("and more")
    assert world.run("scan").code == 0
    told = json.loads(world.run("backup", "run", "--to", str(disk), "--json").out)
    assert told["findings"][0]["saved"] is True
    assert world.run("backup", "verify", "--from", str(disk)).code == 0


def test_as_json(own_world: World, disk: Path, tmp_path: Path) -> None:
    planned = json.loads(own_world.run("backup", "run", "--to", str(disk), "--dry-run", "--json").out)
    assert planned["bytes"] > 0
    done = json.loads(own_world.run("backup", "run", "--to", str(disk), "--json").out)
    assert done["findings"] == []
    assert done["copied"] == len(planned["copy"]) + 1
    assert json.loads(own_world.run("backup", "verify", "--from", str(disk), "--json").out) == []
    back = json.loads(own_world.run("backup", "restore", str(disk), str(tmp_path / "again"), "--json").out)
    assert back["missed"] == []
    assert back["projects"] == [own_world.project.name]
