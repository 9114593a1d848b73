"""Files of areas that are kept for a while: unguessable, their owner's alone, soon gone."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest

from gridgov.domain.errors import InvalidInput, NotFound, Unavailable
from gridgov.gateways.area_uploads import KEPT_EACH, KEPT_FOR, AreaUploads, plain_name

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)


def keep(store: AreaUploads, content: bytes = b"{}", now: datetime = NOW, owner: str = "me") -> str:
    return store.keep((BytesIO(content), "a.geojson"), None, owner=owner, now=now).token


def test_a_file_and_its_mapping_come_back_to_their_owner(tmp_path: Path) -> None:
    store = AreaUploads(tmp_path / "uploads")
    mapping = (BytesIO(b"[areas]"), "m.toml")
    kept = store.keep((BytesIO(b"{}"), "网格.geojson"), mapping, owner="me", now=NOW)
    again = AreaUploads(tmp_path / "uploads").find(kept.token, owner="me", now=NOW)
    assert again == kept, "another process finds it as well"
    assert (again.file.name, again.file.read_bytes()) == ("网格.geojson", b"{}")
    assert again.mapping is not None and again.mapping.read_bytes() == b"[areas]"
    assert again.until == NOW + KEPT_FOR
    for token, owner, now in (
        (kept.token, "you", NOW),
        (kept.token, "me", NOW + KEPT_FOR),
        ("t" * 32, "me", NOW),
        (f"../uploads/{kept.token}", "me", NOW),
    ):
        with pytest.raises(NotFound):
            store.find(token, owner=owner, now=now)


def test_old_files_go_and_only_a_few_stay(tmp_path: Path) -> None:
    store = AreaUploads(tmp_path / "uploads")
    tokens = [keep(store, now=NOW + timedelta(minutes=n)) for n in range(KEPT_EACH + 1)]
    theirs = keep(store, owner="you")
    with pytest.raises(NotFound):
        store.find(tokens[0], owner="me", now=NOW)
    for token in tokens[1:]:
        store.find(token, owner="me", now=NOW)
    assert store.tidy(NOW + KEPT_FOR) == 1
    with pytest.raises(NotFound):
        store.find(theirs, owner="you", now=NOW)
    store.remove(tokens[1])
    store.remove("../../etc")
    assert store.tidy(NOW + 2 * KEPT_FOR) == KEPT_EACH - 1


@pytest.mark.parametrize(("size", "reason"), [(0, "empty"), (11, "too_large")])
def test_what_is_refused_is_not_kept(tmp_path: Path, size: int, reason: str) -> None:
    store = AreaUploads(tmp_path / "uploads", most_bytes=10)
    with pytest.raises(InvalidInput) as caught:
        keep(store, bytes(size))
    assert (caught.value.field, caught.value.reason) == ("file", reason)
    assert list((tmp_path / "uploads").iterdir()) == []


def test_a_folder_that_cannot_be_written_is_said_to_be_out_of_order(tmp_path: Path) -> None:
    (tmp_path / "uploads").write_text("in the way")
    with pytest.raises(Unavailable):
        keep(AreaUploads(tmp_path / "uploads"))


def test_a_broken_upload_is_tidied_away(tmp_path: Path) -> None:
    store = AreaUploads(tmp_path / "uploads")
    (tmp_path / "uploads" / ("t" * 32)).mkdir(parents=True)
    (tmp_path / "uploads" / "somebody's own").mkdir()
    assert store.tidy(datetime.now(UTC)) == 0
    assert store.tidy(datetime.now(UTC) + timedelta(hours=2)) == 1
    assert [path.name for path in (tmp_path / "uploads").iterdir()] == ["somebody's own"]


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("..\\..\\网格.zip", "网格.zip"),
        ("/etc/passwd", "passwd"),
        ("", "areas"),
        (".kml", "kml"),
        ("a\0b\n.gpkg", "ab.gpkg"),
        ("很" * 200 + ".geojson", "很" * 40 + ".geojson"),
    ],
)
def test_names_of_files_lead_nowhere(name: str, plain: str) -> None:
    assert plain_name(name) == plain
