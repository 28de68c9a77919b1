import pytest

from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.reading import ReadOptions
from idqp_cli.ingest.dialect import Dialect, decide

DATA_ON_TOP = "the first line looks like data, not like column names; set read.header: true or false"


def decided(head: str, options: ReadOptions | None = None) -> Dialect:
    return decide(head, options or ReadOptions(), "f.csv")


def test_a_plain_file_decided_whole() -> None:
    assert decided("id,name\n1,x\n2,y\n") == Dialect(
        delimiter=",",
        quote='"',
        escape='"',
        header=True,
        skip=0,
        names=("id", "name"),
        quoted_missing=False,
        doubts=(),
    )


@pytest.mark.parametrize(
    ("head", "delimiter", "names"),
    [
        ("aa,bb\n1,2\n", ",", ("aa", "bb")),
        ("aa;bb\n1,5;2,5\n3,5;4,5\n", ";", ("aa", "bb")),
        ("aa\tbb\n1\t2\n", "\t", ("aa", "bb")),
        ("aa|bb\r\n1|2\r\n", "|", ("aa", "bb")),
        ("aa,bb\n", ",", ("aa", "bb")),
        ("name\nfoo;bar\nx\ny;z\n", ",", ("name",)),
        ("name\nx\ny\n", ",", ("name",)),
        ("aa,bb,cc\n1,2,3\n1,2\n1,2,3,4\n1;2;3\n", ",", ("aa", "bb", "cc")),
        ("aa,bb\n1;2;3\n1;2;3\n1,2\n1,2\n", ",", ("aa", "bb")),
        ('aa,bb\n"x;y\nz;w",2\n"u;v",3\n', ",", ("aa", "bb")),
        ("", ",", ()),
    ],
    ids=[
        "comma", "semicolon, decimal commas", "tab", "pipe, CRLF", "header only", "one column, ; inside",
        "one column", "ragged", "ragged by another", "line break in a cell", "empty",
    ],
)  # fmt: skip
def test_delimiter(head: str, delimiter: str, names: tuple[str, ...]) -> None:
    found = decided(head)
    assert (found.delimiter, found.names, found.skip, found.doubts) == (delimiter, names, 0, ())


@pytest.mark.parametrize(
    ("head", "header"),
    [
        ("id,day\n1,2024-01-31\n", True),
        ("name\nx\ny\n", True),
        ("7,8\n", True),
        ("name,2019\nx,0.5\ny,1.5\n", True),
        ("1,2\n3,4\n", False),
        ("2024-01-31,x\n2024-02-01,y\n", False),
        ("x,1\ny,2\n", False),
    ],
    ids=["names", "words above words", "a lone line", "a year as a name", "numbers", "a date", "one number of two"],
)
def test_header(head: str, header: bool) -> None:  # noqa: FBT001 - a parameter of pytest's
    found = decided(head)
    assert found.header is header
    assert found.doubts == (() if header else (DATA_ON_TOP,))


def test_columns_without_a_header_are_numbered() -> None:
    assert decided("1,2\n3,4\n").names == ("column0", "column1")


@pytest.mark.parametrize(
    ("head", "skip", "doubt"),
    [
        ("Report\nid,name\n1,x\n2,y\n", 1, "1 line before the header skipped; set read.skip: 1 if they are not data"),
        (
            "Report\nof May\nid,name\n1,x\n2,y\n",
            2,
            "2 lines before the header skipped; set read.skip: 2 if they are not data",
        ),
        ('"Re\nport"\nid;name\n1;x\n', 2, "2 lines before the header skipped; set read.skip: 2 if they are not data"),
    ],
    ids=["one line", "two lines", "one record of two lines"],
)
def test_a_preamble_is_skipped_aloud(head: str, skip: int, doubt: str) -> None:
    found = decided(head)
    assert (found.skip, found.names, found.doubts) == (skip, ("id", "name"), (doubt,))


@pytest.mark.parametrize(
    ("head", "options", "names", "skip"),
    [
        ("Report\nid,name\n1,x\n", ReadOptions(skip=1), ("id", "name"), 1),
        ("Report\nid,name\n1,x\n", ReadOptions(skip=0), ("Report",), 0),
        ("aa,bb;cc\n1,2;3\n", ReadOptions(delimiter=";"), ("aa,bb", "cc"), 0),
        ("1,2\n3,4\n", ReadOptions(header=True), ("1", "2"), 0),
        ("1,2\n3,4\n", ReadOptions(header=False), ("column0", "column1"), 0),
        ("id,name\n1,x\n", ReadOptions(header=False), ("column0", "column1"), 0),
        ("'a,b',cc\n1,2\n", ReadOptions(quote="'"), ("a,b", "cc"), 0),
        ('{"a": 1};b\n', ReadOptions(delimiter=";"), ('{"a": 1}', "b"), 0),
    ],
    ids=["skip", "skip nothing", "delimiter", "header", "no header", "no header over names", "quote", "braces"],
)
def test_what_the_user_says_is_done(head: str, options: ReadOptions, names: tuple[str, ...], skip: int) -> None:
    found = decided(head, options)
    assert (found.names, found.skip, found.doubts) == (names, skip, ())


@pytest.mark.parametrize(
    ("head", "names"),
    [
        (" id , full name \n1,x\n", ("id", "full name")),
        ("id,,name\n1,2,x\n", ("id", "column1", "name")),
        ('"a,b","c ""d"""\n1,2\n', ("a,b", 'c "d"')),
    ],
    ids=["trimmed", "unnamed", "quoted"],
)
def test_names(head: str, names: tuple[str, ...]) -> None:
    assert decided(head).names == names


@pytest.mark.parametrize(
    ("head", "quoted_missing"),
    [
        ('"aa","bb"\n"1",""\n', True),
        ('"aa"\r\n"say ""hi"", you"\r\n', True),
        ('"aa","bb"\n"1",2\n', False),
        ("aa,bb\n1,2\n", False),
    ],
    ids=["all quoted", "quotes inside", "one is not", "none is"],
)
def test_all_quoted(head: str, quoted_missing: bool) -> None:  # noqa: FBT001 - a parameter of pytest's
    assert decided(head).quoted_missing is quoted_missing


@pytest.mark.parametrize(
    ("head", "escape"),
    [('aa,bb\n"x\\"y",2\n', "\\"), ('aa,bb\n"x""y",2\n', '"'), ('aa,bb\n"x""y","C:\\"\n', '"')],
    ids=["backslash", "doubled", "both"],
)
def test_escape(head: str, escape: str) -> None:
    assert decided(head).escape == escape


@pytest.mark.parametrize(
    ("head", "message"),
    [
        ("<!DOCTYPE html><html>", "is a web page or XML, not a table; was the download refused?"),
        ("\n <HTML><body>", "is a web page or XML, not a table; was the download refused?"),
        ('<?xml version="1.0"?>', "is a web page or XML, not a table; was the download refused?"),
        ('{"a": 1}\n{"a": 2}\n', "is JSON, but not an object in each line; write it as JSON lines"),
        ('[{"a": 1}]', "is JSON, but not an object in each line; write it as JSON lines"),
    ],
    ids=["HTML", "HTML after space", "XML", "JSON lines", "JSON"],
)
def test_refuses(head: str, message: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        decided(head)
    assert str(caught.value) == f"f.csv: {message}"


def test_records_are_split_as_decided() -> None:
    found = decided('aa;bb\n"x;\n""y""";2\n')
    assert list(found.records(['"p;q";""\n', 'r;"s\n', 't"\n'])) == [["p;q", ""], ["r", "s\nt"]]


@pytest.mark.parametrize(
    ("header", "names"),
    [
        ("id,name,id", ("id", "name", "id_2")),
        ("Id,ID,iD", ("Id", "ID_2", "iD_3")),
        ("a, a,a_2", ("a", "a_2_", "a_2")),
        (",column0,", ("column0_", "column0", "column2")),
        ("x,x,x,x", ("x", "x_2", "x_3", "x_4")),
    ],
)
def test_names_that_come_again_have_a_number(header: str, names: tuple[str, ...]) -> None:
    found = decided(f"{header}\n" + ",".join("1" * len(names)) + "\n")
    assert found.names == names
