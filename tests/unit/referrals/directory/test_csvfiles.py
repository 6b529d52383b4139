"""The files of a package: what is refused says where, sizes have limits, and nothing is read from elsewhere."""

import csv
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referrals.directory import csvfiles
from referrals.directory.csvfiles import Package, package_files, read_package
from referrals.directory.exporting import ExportRefused, write_csv, write_json
from referrals.directory.faults import DirectoryRefused
from referrals.directory.importing import load
from referrals.directory.tabular import canonical, extras_of, from_tables, to_tables
from tests.unit.referrals.directory.samples import an_id, document, organization

ROW = f"{an_id('a')},A,a,Fictional"


def package(folder: Path, **files: str | bytes) -> Path:
    """Write files of a package; a name's last underscore stands for the dot."""
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        path = folder / f"{name}.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def refused(path: Path) -> list[str]:
    with pytest.raises(DirectoryRefused) as caught:
        read_package(path)
    return [str(fault) for fault in caught.value.faults]


def rows_of(read: Package, table: str) -> list[dict[str, Any]]:
    return read.rows[table]


HEADER = "id,name,alternate_name,description"


@pytest.mark.parametrize("start", ["", "\ufeff"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("separator", [",", ";"])
def test_spreadsheets_write_csv_in_several_ways(tmp_path: Path, start: str, ending: str, separator: str) -> None:
    text = start + ending.join([HEADER, ROW, ",,,", ""])
    read = read_package(package(tmp_path, organizations=text.replace(",", separator)))
    assert rows_of(read, "organization") == [
        {"id": an_id("a"), "name": "A", "alternate_name": "a", "description": "Fictional"}
    ]


def test_columns_may_stand_in_any_order_and_strange_ones_are_left_alone(tmp_path: Path) -> None:
    text = f"shoe_size,name,id\n38,A,{an_id('a')}\n"
    assert rows_of(read_package(package(tmp_path, organizations=text)), "organization") == [
        {"name": "A", "id": an_id("a")}
    ]


def test_bad_cells_are_named_by_file_row_and_column(tmp_path: Path) -> None:
    folder = package(
        tmp_path,
        organizations=f"{HEADER}\n{ROW}\n,B,b,\n{ROW}\n",
        service_capacity=f"id,service_id,available\n1,s,many\n2,s,1e999\n3,s,{'9' * 5000}\n",
        x_leeward=f"organization_id,open_24h,more\n{an_id('a')},perhaps,[1]\n",
    )
    assert refused(folder) == [
        "x_leeward.csv:2:open_24h: cannot be read",
        "x_leeward.csv:2:more: cannot be read",
        "organizations.csv:3:id: is empty",
        "organizations.csv:4:id: another row has this id",
        "service_capacity.csv:2:available: is not a number",
        "service_capacity.csv:3:available: is not a number",
        "service_capacity.csv:4:available: is not a number",
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "organizations.csv: is missing, or has no row"),
        (HEADER.encode(), "organizations.csv: is missing, or has no row"),
        (f"{HEADER}\n{ROW},more\n".encode(), "organizations.csv:2:5: is beyond the last column"),
        (f"id,name,id\n{ROW}\n".encode(), "organizations.csv:1: names a column twice"),
        (f'{HEADER}\n"{ROW}\n'.encode(), "organizations.csv:2: is not CSV: unexpected end of data"),
        (f'{HEADER}\n"a"b,c\n'.encode(), "organizations.csv:2: is not CSV: ',' expected after '\"'"),
        (f"{HEADER}\n{ROW}é\n".encode("latin-1"), "organizations.csv:2: is not UTF-8"),
        (HEADER.encode("utf-16"), "organizations.csv:1: is not UTF-8"),
    ],
)
def test_what_is_no_csv_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    assert any(found.startswith(message) for found in refused(package(tmp_path, organizations=content)))


def test_a_cell_may_be_as_long_as_what_is_written(tmp_path: Path) -> None:
    kept = canonical(document(organization("a", x_leeward={"role": "union", "more": ["x" * 200_000]})))
    write_csv(kept, tmp_path / "package")
    assert load(tmp_path / "package").document == kept


def test_ids_meet_whatever_the_case_of_their_letters(tmp_path: Path) -> None:
    folder = package(
        tmp_path,
        organizations=f"id,name\n{an_id('a').upper()},A\n",
        services=f"id,organization_id,name\n{an_id('s').upper()},{an_id('a')},S\n",
        x_leeward=f"organization_id,role\n{an_id('a')},union\n",
    )
    (told,) = load(folder).document["organizations"]
    assert (told["id"], told["services"][0]["id"], told["x_leeward"]) == (an_id("a"), an_id("s"), {"role": "union"})
    twice = package(tmp_path / "twice", organizations=f"id,name\n{an_id('a')},A\n{an_id('a').upper()},B\n")
    assert refused(twice) == ["organizations.csv:3:id: another row has this id"]


def test_rows_that_belong_to_nothing_are_named_with_their_place(tmp_path: Path) -> None:
    folder = package(
        tmp_path,
        organizations=f"{HEADER}\n{ROW}\n",
        services=f"id,organization_id,name,status\n{an_id('s')},{an_id('x')},S,active\n",
        languages="id,code\nl1,es\n",
        x_leeward=f"organization_id,role\n{an_id('y')},union\n",
    )
    with pytest.raises(DirectoryRefused) as caught:
        load(folder)
    assert [str(fault) for fault in caught.value.faults] == [
        "languages.csv:2:id: belongs to no other row",
        "services.csv:2:organization_id: no such row in organizations.csv",
        "x_leeward.csv:2:organization_id: no such row in organizations.csv",
    ]


def test_a_file_with_too_many_rows_is_refused(tmp_path: Path) -> None:
    rows = "".join(f"{number},A,a,\n" for number in range(csvfiles.ROWS_LIMIT + 1))
    assert refused(package(tmp_path, organizations=f"{HEADER}\n{rows}")) == [
        f"organizations.csv:{csvfiles.ROWS_LIMIT + 2}: has more than {csvfiles.ROWS_LIMIT} rows"
    ]


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    folder = package(tmp_path, organizations=bytes(csvfiles.FILE_LIMIT + 1))
    assert refused(folder) == ["organizations.csv: is too large"]


def zipped(path: Path, files: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def test_a_zip_is_read_at_its_top_or_in_its_one_folder(tmp_path: Path) -> None:
    content = f"{HEADER}\n{ROW}\n".encode()
    for name in ("organizations.csv", "network/organizations.csv"):
        read = read_package(zipped(tmp_path / "package.zip", {name: content, "README.txt": b"hello"}))
        assert rows_of(read, "organization")[0]["name"] == "A"


@pytest.mark.parametrize(
    "name",
    [
        "../organizations.csv",
        "a/../../organizations.csv",
        "/etc/organizations.csv",
        "a/b/organizations.csv",
        "..\\organizations.csv",
        "C:organizations.csv",
    ],
)
def test_a_zip_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    assert "is not a plain file" in refused(zipped(tmp_path / "package.zip", {name: b""}))[0]


def test_a_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("organizations.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "package.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    assert "is not a plain file" in refused(tmp_path / "package.zip")[0]


def test_a_zip_bomb_is_refused_before_it_unfolds(tmp_path: Path) -> None:
    bomb = zipped(tmp_path / "bomb.zip", {"organizations.csv": bytes(csvfiles.FILE_LIMIT * 8)})
    assert bomb.stat().st_size < csvfiles.FILE_LIMIT // 50
    assert refused(bomb) == ["organizations.csv: is too large"]
    many = {f"{number}.csv": bytes(csvfiles.FILE_LIMIT) for number in range(5)}
    assert refused(zipped(tmp_path / "bomb.zip", many)) == ["4.csv: is too large"]
    files = {f"{number}.csv": b"" for number in range(csvfiles.FILES_LIMIT + 1)}
    assert refused(zipped(tmp_path / "bomb.zip", files)) == [f"bomb.zip: has more than {csvfiles.FILES_LIMIT} files"]


@given(st.binary(max_size=300))
def test_any_bytes_are_a_package_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    folder = tmp_path_factory.mktemp("any")
    (folder / "any.zip").write_bytes(content)
    assert refused(folder / "any.zip")
    (folder / "any.zip").write_bytes(zipped(folder / "good.zip", {"organizations.csv": content}).read_bytes()[:-3])
    assert refused(folder / "any.zip")
    for file in (folder / "organizations.csv", folder / "x_leeward.csv", folder / "datapackage.json"):
        file.write_bytes(content)
    try:
        read_package(folder)
    except DirectoryRefused as error:
        assert error.faults


@given(
    st.integers(0, 10_000),
    st.integers(1, 255),
    st.sampled_from([zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2]),
)
def test_a_zip_with_a_spoilt_byte_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, place: int, change: int, packing: int
) -> None:
    path = tmp_path_factory.mktemp("spoilt") / "package.zip"
    with zipfile.ZipFile(path, "w", packing) as archive:
        archive.writestr("organizations.csv", f"{HEADER}\n{ROW}\n")
    spoilt = bytearray(path.read_bytes())
    spoilt[place % len(spoilt)] ^= change
    path.write_bytes(spoilt)
    try:
        read_package(path)
    except DirectoryRefused as error:
        assert error.faults


def test_an_export_is_read_back_from_a_folder_and_from_a_zip(tmp_path: Path) -> None:
    kept = canonical(document(organization("a"), organization("b")))
    write_csv(kept, tmp_path / "folder" / "package")
    write_csv(kept, tmp_path / "package.zip")
    write_json(kept, tmp_path / "directory.json")
    first = (tmp_path / "package.zip").read_bytes()
    write_csv(kept, tmp_path / "package.zip")
    assert (tmp_path / "package.zip").read_bytes() == first
    for name in ("folder/package", "package.zip", "directory.json"):
        assert load(tmp_path / name).document == kept
    assert not list(tmp_path.rglob("*.part"))


def test_an_export_does_not_mix_with_what_is_there(tmp_path: Path) -> None:
    kept = canonical(document())
    (tmp_path / "letter.txt").write_text("hello")
    for place in (tmp_path, tmp_path / "letter.txt"):
        with pytest.raises(ExportRefused):
            write_csv(kept, place)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_the_description_of_a_package_lists_its_files_and_what_stands_beside_the_tables(tmp_path: Path) -> None:
    kept = canonical(document(organization("a")))
    files = package_files(to_tables(kept), extras_of(kept))
    write_csv(kept, tmp_path / "package")
    assert sorted(path.name for path in (tmp_path / "package").iterdir()) == sorted(files)
    read = read_package(tmp_path / "package")
    assert read.extras == {"fictional": True}
    assert from_tables(read.rows, read.extras)[0] == kept
    with (tmp_path / "package" / "services.csv").open(newline="", encoding="utf-8") as file:
        assert next(csv.reader(file))[:2] == ["id", "organization_id"]


@pytest.mark.parametrize("content", ["{", "[]", "[" * 100_000, '{"x_leeward": 5}'])
def test_a_description_that_says_nothing_is_no_fault_unless_it_is_no_json(tmp_path: Path, content: str) -> None:
    package(tmp_path, organizations=f"{HEADER}\n{ROW}\n")
    (tmp_path / "datapackage.json").write_text(content)
    if content.count("[") > 1 or content == "{":
        assert refused(tmp_path) == ["datapackage.json: is not JSON"]
    else:
        assert read_package(tmp_path).extras == {}
