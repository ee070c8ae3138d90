"""CSV that a spreadsheet reads as text."""

import csv
import io
from zoneinfo import ZoneInfo

import pytest

from sync.tables import csv_bytes, defused, habit


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+31 6", "'+31 6"),
        ("-10 %", "'-10 %"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("\n=1", "'\n=1"),
        ("＝1+1", "'＝1+1"),
        (["=1", "b"], "'=1, b"),
        ("a=1", "a=1"),
        # behind what nobody sees, and in forms that are taken for the plain ones
        (" =1", "' =1"),
        ("\u200b\xa0=1", "'\u200b\xa0=1"),
        ("\ufeff@A1", "'\ufeff@A1"),
        ("\x0b+1", "'\x0b+1"),
        ("﹦1+1", "'﹦1+1"),
        # where another sign stands between cells
        ("x;=1+1", "x;'=1+1"),
        (";=1+1", ";'=1+1"),
        ("x;-1;@A1", "x;'-1;'@A1"),
        ("x\t+1", "x\t'+1"),
        ("x,=1,@A1", "x,'=1,'@A1"),
        ("12,-", "12,-"),
        ("a; b, - c", "a; b, - c"),
        ("  ", "  "),
        ("'quoted", "'quoted"),
        (-5, "-5"),
        (-0.5, "-0.5"),
        (True, "true"),
        (None, ""),
        ("", ""),
        (["hidden", "out_of_stock"], "hidden, out_of_stock"),
    ],
)
def test_only_what_could_be_a_formula_gets_an_apostrophe(value, cell):
    assert defused(value) == cell


def test_csv_holds_every_cell_whole_and_defused():
    rows = [(1, 'a "quoted", name'), (2, "two\nlines"), (3, "=1+1"), (4, "Köln")] * 400
    data = b"".join(csv_bytes(["id", "=title"], rows))
    read = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert data.startswith(b"\xef\xbb\xbf")
    assert read[0] == ["id", "'=title"]
    assert read[1:] == [[str(n), defused(text)] for n, text in rows]


def test_rows_are_fetched_as_the_csv_is_read():
    taken = []

    def rows():
        for n in range(10_000):
            taken.append(n)
            yield [n]

    chunks = csv_bytes(["n"], rows())
    next(chunks)
    next(chunks)
    assert 0 < len(taken) < 1000


def test_a_german_reader_gets_semicolons_decimal_commas_and_days():
    row = [101, 12.1, -0.5, "12.1", "a;b", "=1", "2026-11-29T03:17:41+00:00", True, None]
    berlin = habit("de", ZoneInfo("Europe/Berlin"))
    made = b"".join(csv_bytes(["id", "price"], [row], berlin))
    assert made.startswith(b"\xef\xbb\xbfid;price\r\n")
    line = made.decode("utf-8-sig").splitlines()[1]
    assert line == '101;12,1;-0,5;12.1;"a;b";\'=1;29.11.2026 04:17:41;true;'


@pytest.mark.parametrize("cell", ["2026-13-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "2026"])
def test_a_text_that_is_no_moment_stays(cell):
    assert defused(cell, habit("de", ZoneInfo("America/New_York"))) == cell


def test_an_english_reader_gets_the_table_as_scripts_do():
    rows = [[1, 12.1, "2026-11-29T03:17:41+00:00"]]
    assert list(csv_bytes(["a"], rows, habit("en"))) == list(csv_bytes(["a"], rows))
