"""Which filled versions are the last of their documents, where some share a series and where none does."""

from __future__ import annotations

from folderkit.catalog.last_documents import Filled, last_rows


def filled(*told: tuple[str, str, str, str]) -> list[Filled]:
    return [Filled(row, *one) for row, one in enumerate(told)]


def test_of_one_document_the_last_version_whatever_its_name() -> None:
    assert last_rows(filled(("a", "1.0", "f1", "Report_2026-01_V1.0.docx"), ("b", "1.0", "f2", "Plan.docx"),
                            ("a", "1.1", "f3", "Report_2026-02_V1.1.docx"), ("b", "1.1", "f2", "Plan.docx"))) == [2, 3]


def test_of_documents_that_share_their_series_the_last_version_of_each_name() -> None:
    assert last_rows(filled(("a", "1.0", "f1", "letter_V1.0_1.docx"), ("a", "1.0", "f2", "letter_V1.0_2.docx"),
                            ("a", "1.1", "f3", "letter_V1.1_2.docx"), ("a", "1.0", "f4", "letter_V1.0_3.docx"))
                     ) == [0, 2, 3]
    assert last_rows(filled(("a", "1.0", "f1", "One.docx"), ("a", "1.0", "f2", "Two.docx"),
                            ("a", "1.1", "f2", "Two.docx"))) == [0, 2]


def test_nothing_was_filled() -> None:
    assert last_rows([]) == []
