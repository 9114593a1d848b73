"""QR codes: the right modules, in an SVG that a strict page may show."""

import re
from xml.etree import ElementTree

import pytest
import segno

from gridgov.domain.errors import InvalidInput
from gridgov.gateways.qr import BORDER, svg

ADDRESS = "https://grid.example/r/7F3K-Q2ZD?lang=zh-Hans&from=<qr>"


def drawn_modules(markup: str) -> set[tuple[int, int]]:
    """Return the (row, column) of every dark module that the SVG's strokes draw."""
    path = ElementTree.fromstring(markup).findall("path")[-1].attrib["d"]
    dark, x, y = set(), 0.0, 0.0
    for command, numbers in re.findall(r"([Mmh])([-\d. ]+)", path):
        values = [float(number) for number in numbers.split()]
        if command == "h":
            dark |= {(int(y - 0.5), int(x) + step) for step in range(int(values[0]))}
            x += values[0]
        elif command == "M":
            x, y = values
        else:
            x, y = x + values[0], y + values[1]
    return dark


def test_the_modules_are_those_of_the_text() -> None:
    matrix = segno.make(ADDRESS, error="m", micro=False).matrix
    expected = {
        (row + BORDER, column + BORDER)
        for row, line in enumerate(matrix)
        for column, module in enumerate(line)
        if module
    }
    assert drawn_modules(svg(ADDRESS)) == expected
    assert drawn_modules(svg(ADDRESS + "x")) != expected


def test_a_strict_page_may_show_it_at_any_size() -> None:
    markup = svg(ADDRESS)
    root = ElementTree.fromstring(markup)
    assert root.tag == "svg"
    assert {"viewBox", "role", "class"} == set(root.attrib)
    assert root.attrib["role"] == "img"
    for element in root.iter():
        assert "style" not in element.attrib
        assert element.tag in {"svg", "title", "path"}
    assert "<?xml" not in markup


def test_a_screen_reader_hears_the_title() -> None:
    assert ElementTree.fromstring(svg(ADDRESS)).findtext("title") == ADDRESS
    named = svg(ADDRESS, title='回执 <440608> & "二维码"')
    assert ElementTree.fromstring(named).findtext("title") == '回执 <440608> & "二维码"'


def test_chinese_text_fits_and_too_much_is_refused() -> None:
    assert drawn_modules(svg("高明区泰华社区 06 网格"))
    with pytest.raises(InvalidInput) as caught:
        svg("a" * 3000)
    assert (caught.value.field, caught.value.reason) == ("text", "too_long")
