"""Documents whose template, pictures or included files have changed since they were filled."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
from pathlib import Path

import docx
import pytest
from PIL import Image

from folderkit.basis import read_basis
from folderkit.core.workspace import open_workspace
from folderkit.documents import provenance_of
from folderkit.store import Store
from tests.conftest import Run
from tests.integration.test_documents import p, png, write_word
from tests.integration.test_documents_images import HALVES, picture
from tests.integration.test_fill import fill

Told = tuple[list[str], list[str], bool]


def outdated(run: Run) -> dict[str, Told]:
    """Of each outdated document, by its template, the facts and registers that changed, the files, and whether the
    template did."""
    (row,) = json.loads(run("status", "--json").out)["projects"]
    assert not [one for one in row["outdated"] if one["reason"]]
    return {one["template"]: (one["changed"], one["files"], one["template_changed"]) for one in row["outdated"]}


def older(path: Path, days: int = 9) -> Path:
    """The file with a date in the past, so that what is written now is newer on every disk."""
    then = path.stat().st_mtime - days * 86_400
    os.utime(path, (then, then))
    return path


@pytest.fixture
def logo(workspace: Path) -> Path:
    path = workspace / "logo.png"
    path.write_bytes(png(40, 10))
    settings = workspace / "folderkit.yaml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("firm:\n", "firm:\n  logo: logo.png\n", 1),
                        encoding="utf-8")
    assert "logo: logo.png" in settings.read_text(encoding="utf-8")
    return older(path)


@pytest.fixture
def project(run: Run, workspace: Path, logo: Path) -> Path:
    """The folder of a project whose brief shows the logo."""
    assert run("new", "Site", "--client", "Acme").code == 0
    return next(workspace.glob("*/project.yaml")).parent


@pytest.fixture
def offer(workspace: Path) -> Path:
    """The folder of a template with a picture by a fact and one by its name, a logo, and a file beside it."""
    folder = workspace / "templates" / "offer"
    folder.mkdir(parents=True)
    (folder / "template.yaml").write_text(
        "version: 1\ntitle: Offer\nto: documents\nfilename: 'Offer_{photo}_V{doc.version}.docx'\n"
        "questions:\n  photo: {type: text, ask: Which photograph?}\n")
    write_word(folder / "offer.en.docx", p("{{ client.name }} {{ firm.logo }}") + p("{{ image('photos/' ~ photo) }}")
               + p("{{ image('stamp.png') }}") + p("{{p include('terms.docx') }}"))
    write_word(folder / "terms.docx", p("Terms for {{ client.name }}"))
    for path in (*folder.iterdir(), picture(workspace / "stamp.png")):
        older(path)
    return folder


@pytest.fixture
def filled(run: Run, offer: Path, project: Path) -> Path:
    """The offer, filled for the project."""
    for name, image in (("a.png", HALVES), ("b.png", HALVES.rotate(180))):
        older(picture(project / "photos" / name, image))
    made = fill(run, "offer", "-p", "Site", "--set", "photo=a.png")
    assert outdated(run) == {}
    return made


@pytest.mark.parametrize("scanned", [True, False])
@pytest.mark.parametrize(("name", "told"), [
    ("project/photos/a.png", "photos/a.png"), ("stamp.png", "stamp.png"), ("logo.png", "logo.png"),
    ("templates/offer/terms.docx", "terms.docx")])
def test_a_file_that_a_document_took_in_is_told_when_it_changed(
    run: Run, workspace: Path, project: Path, filled: Path, name: str, told: str, scanned: bool
) -> None:
    path = project / name.removeprefix("project/") if name.startswith("project/") else workspace / name
    before = path.read_bytes()
    if name.endswith("png"):
        picture(path, HALVES.rotate(90, expand=True))
    else:
        write_word(path, p("Other terms for {{ client.name }}"))
    if scanned:
        assert run("scan").code == 0

    found = outdated(run)

    assert found.pop("offer") == ([], [told], False)
    assert found == ({"project-brief": ([], ["logo.png"], False)} if name == "logo.png" else {})
    assert told in run("status", "Site").out
    path.write_bytes(before)
    assert outdated(run) == {}
    if name != "logo.png":  # which the settings name
        path.unlink()
        assert outdated(run) == {"offer": ([], [told], False)}


def test_the_template_itself_is_told_when_it_changed(run: Run, offer: Path, filled: Path) -> None:
    edition = offer / "offer.en.docx"
    document = docx.Document(str(edition))
    document.add_paragraph("and more of {{ client.name }}")
    document.save(str(edition))

    assert outdated(run) == {"offer": ([], [], True)}
    assert ": its template\n" in run("status", "Site").out
    assert "：模板\n" in run("status", "Site", lang="zh").out or ": 模板\n" in run("status", "Site", lang="zh").out
    fill(run, "offer", "-p", "Site", "--set", "photo=a.png")
    assert outdated(run) == {}


def test_all_reasons_are_told_together(run: Run, offer: Path, project: Path, filled: Path) -> None:
    facts = project / "project.yaml"
    facts.write_text(facts.read_text(encoding="utf-8").replace("name: Acme", "name: Acme & Sons"), encoding="utf-8")
    picture(project / "photos" / "a.png", HALVES.rotate(90, expand=True))
    write_word(offer / "offer.en.docx", p("{{ client.name }}"))

    assert outdated(run)["offer"] == (["client.name"], ["photos/a.png"], True)
    assert "client.name; photos/a.png; its template" in run("status", "Site").out


def test_another_edition_and_what_was_not_taken_in_change_nothing(run: Run, offer: Path, project: Path, filled: Path
                                                                  ) -> None:
    write_word(offer / "offer.zh.docx", p("{{ client.name }}"))
    picture(project / "photos" / "b.png", HALVES.rotate(90, expand=True))
    assert outdated(run) == {}


def test_a_logo_that_a_template_does_not_show_is_not_its_business(run: Run, project: Path, logo: Path) -> None:
    write_word(logo.parent / "bare.docx", p("{{ client.name }}"))
    fill(run, "bare.docx", "-p", "Site")
    picture(logo, HALVES.rotate(90, expand=True))
    assert "bare" not in outdated(run)


def test_other_dates_alone_change_nothing(run: Run, workspace: Path, tmp_path: Path, filled: Path) -> None:
    for path in workspace.rglob("*"):
        if path.suffix in (".png", ".docx") and ".folderkit" not in path.parts:
            os.utime(path)
    assert outdated(run) == {}
    shutil.copytree(workspace, tmp_path / "copy", copy_function=shutil.copyfile)
    os.chdir(tmp_path / "copy")
    assert outdated(run) == {}


def test_what_has_the_same_size_and_date_is_not_read(run: Run, filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = Path.read_bytes

    def sparing(path: Path) -> bytes:
        assert path.suffix not in (".png", ".docx"), path
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", sparing)
    assert outdated(run) == {}


def test_a_bare_word_file_and_what_lies_beside_it(run: Run, project: Path, workspace: Path) -> None:
    letter = write_word(workspace / "letter.docx", p("{{ client.name }}") + p("{{p include('part.docx') }}"))
    part = write_word(workspace / "part.docx", p("x"))
    fill(run, older(letter).name, "-p", "Site")
    older(part)
    assert outdated(run) == {}
    write_word(part, p("another"))
    assert outdated(run) == {"letter": ([], ["part.docx"], False)}
    write_word(letter, p("{{ client.name }}"))
    assert outdated(run) == {"letter": ([], ["part.docx"], True)}


def hash_in(workspace: Path, document: Path) -> str:
    """The hash of its data that a document says it has, which is the one in the journal."""
    origin = provenance_of(document)
    assert origin
    with Store(open_workspace(workspace, {}), lambda: dt.datetime.now(dt.UTC)) as store:
        told = [getattr(entry.event, "data_hash", "") for entry in store.journal.read()
                if entry.op == "document.filled" and getattr(entry.event, "file", "") == origin.document]
    assert told == [origin.data]
    return origin.data


def test_each_document_of_many_has_its_own_pictures(run: Run, workspace: Path, project: Path, filled: Path) -> None:
    (workspace / "many.yaml").write_text("[{photo: a.png}, {photo: b.png}]")
    assert run("fill", "offer", "-p", "Site", "--data", "many.yaml", "--each", "--beside").code == 0
    made = sorted(project.rglob("Offer_*.docx"))
    assert len({hash_in(workspace, path) for path in made}) == 2  # a.png has two versions

    picture(project / "photos" / "b.png", HALVES.rotate(90, expand=True))

    (row,) = json.loads(run("status", "--json").out)["projects"]
    assert [(Path(one["path"]).name.rpartition("_")[0], one["files"]) for one in row["outdated"]] == [
        ("Offer_b.png", ["photos/b.png"])]


def test_the_hash_in_a_document_tells_its_pictures_and_included_files(run: Run, workspace: Path, project: Path,
                                                                      filled: Path) -> None:
    first = hash_in(workspace, filled)
    assert hash_in(workspace, fill(run, "offer", "-p", "Site", "--set", "photo=a.png")) == first
    picture(project / "photos" / "a.png", HALVES.rotate(90, expand=True))
    assert hash_in(workspace, fill(run, "offer", "-p", "Site", "--set", "photo=a.png")) != first


def test_what_was_filled_by_an_older_folderkit_can_be_read() -> None:
    basis = read_basis({"day": "2026-03-01", "language": "en", "given": {}, "fields": {}, "sources": {}})
    assert (basis.files, basis.edition) == ({}, "")


def test_a_new_project_remembers_the_template_of_its_brief(run: Run, workspace: Path, logo: Path) -> None:
    shutil.copytree(Path(__file__).parents[2] / "templates" / "project-brief", workspace / "templates/project-brief")
    assert run("new", "Site", "--client", "Acme").code == 0
    assert outdated(run) == {}
    edition = workspace / "templates" / "project-brief" / "project-brief.en.docx"
    document = docx.Document(str(edition))
    document.add_paragraph("more")
    document.save(str(edition))
    Image.new("RGB", (9, 9)).save(logo)
    assert outdated(run) == {"project-brief": ([], ["logo.png"], True)}
