"""A report as files: what an office that opens them finds."""

import zipfile
from dataclasses import replace
from io import BytesIO
from typing import Any
from xml.etree import ElementTree

import pytest
from docx import Document
from python_calamine import CalamineWorkbook

from gridgov.domain.books import Book, Chart, ChartKind, Column, Kind, Section, Table
from gridgov.gateways import book_excel, book_word

DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
MARK = "李明 & 王芳，2020-10-01 09:00"
DAYS = ["9-1", "9-2", "9-3"]
LINE = Chart(
    "每日受理与办结",
    ChartKind.LINE,
    DAYS,
    [("受理", [3, 4, 5]), ("办结", [2, None, 4])],
    "受理多于办结",
)
TOWNS = Table(
    "各镇街办理情况",
    [
        Column("镇街", width=2),
        Column("受理", Kind.COUNT),
        Column("办结率", Kind.SHARE),
        Column("办结率", Kind.POINTS),
    ],
    [["荷城街道", 1200, 0.98333, 0.012], ["=1+1", 0, None, None]],
    ["全区", 1200, 0.98333, 0.012],
    "注：不足 20 件的不排名。",
)
BOOK = Book(
    office="高明区网格事件指挥中心",
    title="网格事件办理情况月报",
    number="〔2020〕第 9 期",
    period="2020 年 9 月",
    day="2020 年 10 月 1 日",
    sections=[Section("总体情况", ["本月受理 1,200 件。", LINE]), Section("各镇街", [TOWNS])],
    colophon=["指标定义第 3 版；日志位置 20,248。"],
)


def word(book: Book = BOOK, **more: Any) -> Any:
    return Document(BytesIO(book_word.draw(book, **more)))


def sheets(book: Book = BOOK) -> dict[str, list[list[Any]]]:
    content = book_excel.draw(book, contents="正文", charts="图表", mark=MARK)
    read = CalamineWorkbook.from_filelike(BytesIO(content))
    return {name: read.get_sheet_by_name(name).to_python() for name in read.sheet_names}


def chart_in_word() -> ElementTree.Element:
    with zipfile.ZipFile(BytesIO(book_word.draw(BOOK))) as parts:
        return ElementTree.fromstring(parts.read("word/charts/chart1.xml"))


def test_the_word_file_says_what_the_book_says_in_order() -> None:
    texts = [paragraph.text for paragraph in word().paragraphs if paragraph.text]
    assert texts[:4] == [BOOK.office, BOOK.number, BOOK.title, BOOK.period]
    assert (
        texts.index("一、总体情况") < texts.index("本月受理 1,200 件。") < texts.index("二、各镇街")
    )
    assert texts[-1] == BOOK.colophon[0]


def test_english_parts_are_numbered_in_digits() -> None:
    texts = [paragraph.text for paragraph in word(chinese=False).paragraphs]
    assert "1. 总体情况" in texts


def test_a_table_in_word_writes_shares_differences_and_what_is_not_there() -> None:
    (table,) = word().tables
    rows = [[cell.text for cell in row.cells] for row in table.rows]
    assert rows == [
        ["镇街", "受理", "办结率", "办结率"],
        ["荷城街道", "1,200", "98.33%", "+1.20"],
        ["=1+1", "0", "—", "—"],
        ["全区", "1,200", "98.33%", "+1.20"],
    ]


def test_the_head_of_a_table_comes_again_on_every_page() -> None:
    (table,) = word().tables
    assert "w:tblHeader" in table.rows[0]._tr.xml


def test_the_signature_does_not_stand_on_a_page_of_its_own() -> None:
    made = word()
    texts = [paragraph.text for paragraph in made.paragraphs]
    note, sign = texts.index(TOWNS.note), len(texts) - 1 - texts[::-1].index(BOOK.office)
    assert all(one.paragraph_format.keep_with_next for one in made.paragraphs[note : sign + 1])
    (table,) = made.tables
    assert table.rows[-1].cells[0].paragraphs[0].paragraph_format.keep_with_next


def test_the_chart_in_word_has_its_numbers_and_a_gap_where_there_is_none() -> None:
    chart = chart_in_word()
    values = [
        [point.findtext(f"{DRAWING}v") for point in series.iter(f"{DRAWING}pt")]
        for series in chart.iter(f"{DRAWING}val")
    ]
    assert values == [["3", "4", "5"], ["2", "4"]]
    blanks = chart.find(f".//{DRAWING}dispBlanksAs")
    assert blanks is not None
    assert blanks.get("val") == "gap"
    assert all(line.get("val") == "0" for line in chart.iter(f"{DRAWING}smooth"))


def test_the_numbers_of_a_chart_can_be_edited_in_word() -> None:
    with zipfile.ZipFile(BytesIO(book_word.draw(BOOK))) as parts:
        data = parts.read("word/embeddings/chart1.xlsx")
        assert "embeddings/chart1.xlsx" in parts.read("word/charts/_rels/chart1.xml.rels").decode()
    rows = CalamineWorkbook.from_filelike(BytesIO(data)).get_sheet_by_index(0).to_python()
    assert rows == [["", "受理", "办结"], ["9-1", 3, 2], ["9-2", 4, ""], ["9-3", 5, 4]]


@pytest.mark.parametrize("share", [False, True], ids=["numbers", "shares"])
@pytest.mark.parametrize("kind", [ChartKind.BAR, ChartKind.COLUMN])
def test_every_bar_begins_at_zero(kind: ChartKind, share: bool) -> None:
    values = [0.8472, 0.8694] if share else [1438, 1502]
    bars = Chart(
        "按期办结率", kind, ["明城镇", "更合镇"], [("按期", values)], "最低明城镇", share=share
    )
    book = replace(BOOK, sections=[Section("各镇街", [bars])])
    content = book_excel.draw(book, contents="正文", charts="图表", mark=MARK)
    for file, path in (
        (book_word.draw(book), "word/charts/chart1.xml"),
        (content, "xl/charts/chart1.xml"),
    ):
        with zipfile.ZipFile(BytesIO(file)) as parts:
            chart = ElementTree.fromstring(parts.read(path))
        assert [one.get("val") for one in chart.iter(f"{DRAWING}min")] == ["0"], path


def test_a_chart_says_in_words_what_it_shows() -> None:
    with zipfile.ZipFile(BytesIO(book_word.draw(BOOK))) as parts:
        assert 'descr="每日受理与办结. 受理多于办结"' in parts.read("word/document.xml").decode()


def test_excel_keeps_numbers_as_numbers_and_texts_as_texts() -> None:
    rows = sheets()["各镇街办理情况"]
    assert rows[2:6] == [
        ["镇街", "受理", "办结率", "办结率 2"],
        ["荷城街道", 1200, 0.98333, 0.012],
        ["=1+1", 0, "—", "—"],
        ["全区", 1200, 0.98333, 0.012],
    ]


def pages(book: Book = BOOK) -> list[ElementTree.Element]:
    """The sheets of the Excel file as they are written."""
    content = book_excel.draw(book, contents="正文", charts="图表", mark=MARK)
    with zipfile.ZipFile(BytesIO(content)) as parts:
        names = sorted(name for name in parts.namelist() if "worksheets/s" in name)
        return [ElementTree.fromstring(parts.read(name)) for name in names]


def test_a_sum_in_excel_follows_the_filter_where_the_rows_add_up_to_it() -> None:
    formulas = [cell.text for cell in pages()[1].iter(f"{SHEET}f")]
    assert formulas == ["SUBTOTAL(109,B4:B5)"]
    stock = Table("存量", TOWNS.columns[:2], [["期初", 10], ["− 办结", 4]], ["期末", 6])
    book = replace(BOOK, sections=[Section("存量", [stock])])
    assert [cell.text for cell in pages(book)[1].iter(f"{SHEET}f")] == []
    assert sheets(book)["存量"][5] == ["期末", 6]


def test_titles_have_room_and_each_chart_its_own_page() -> None:
    book = replace(BOOK, sections=[Section("总体情况", ["一句。", LINE, LINE])])
    first, *_rest, charts = pages(book)
    rows = {row.get("r"): row.get("ht") for row in first.iter(f"{SHEET}row")}
    assert rows["1"] == rows["5"] == "24"
    assert len(list(charts.iter(f"{SHEET}brk"))) == 1


def test_two_tables_of_one_name_get_two_sheets() -> None:
    twice = replace(BOOK, sections=[Section("甲", [TOWNS, TOWNS])])
    assert [name for name in sheets(twice) if name.startswith("各镇街")] == [
        "各镇街办理情况",
        "各镇街办理情况 2",
    ]


def test_every_sheet_with_figures_says_whose_copy_it_is() -> None:
    content = book_excel.draw(BOOK, contents="正文", charts="图表", mark=MARK)
    with zipfile.ZipFile(BytesIO(content)) as parts:
        pages = [parts.read(name).decode() for name in parts.namelist() if "worksheets/s" in name]
    assert len(pages) == 3
    assert all("李明 &amp;&amp; 王芳" in page for page in pages)


def test_a_report_without_a_row_opens_too() -> None:
    empty = Table("无", TOWNS.columns, [], None)
    book = Book("局", "报", "1", "今", "今", [Section("空", [empty])])
    assert len(word(book).tables[0].rows) == 1
    assert sheets(book)["无"][2][0] == "镇街"
