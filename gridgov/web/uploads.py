"""Photos that come with a form: decoded apart from the transaction, then stored."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from flask import Response, current_app, request, send_file, url_for
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.datastructures import FileStorage

from gridgov.domain.datum import LonLat
from gridgov.domain.errors import InvalidInput, NotFound
from gridgov.gateways.photos import PreparedPhoto, Size
from gridgov.services.effects import StoredPhoto
from gridgov.services.intake import MAX_PHOTOS
from gridgov.web.instance import instance

KEPT_FOR_S = 3600


def received(field: str) -> list[FileStorage]:
    """Return the files of a form field; empty slots of a plain form are left out."""
    return [file for file in request.files.getlist(field) if file.filename]


def prepare(field: str) -> list[PreparedPhoto]:
    """Read and clean the photos of a field. Raises: InvalidInput for the first bad one."""
    files = received(field)
    if len(files) > MAX_PHOTOS:
        raise InvalidInput("photos", "too_many", limit=MAX_PHOTOS)
    store = instance().photos
    return [store.prepare(file.stream.read()) for file in files]


def keep(prepared: list[PreparedPhoto]) -> tuple[StoredPhoto, ...]:
    """Write cleaned photos to the store, before the transaction that refers to them.

    A file whose transaction fails stays behind unused; the other order could leave
    a case whose picture never existed.
    """
    store = instance().photos
    for photo in prepared:
        store.save(photo)
    return tuple(_stored(photo) for photo in prepared)


def _stored(photo: PreparedPhoto) -> StoredPhoto:
    found = photo.hint
    bare = StoredPhoto(photo.sha256, photo.width, photo.height, look=photo.look)
    if found is None:
        return bare
    known = replace(bare, taken_at=found.taken_at)
    if found.lon is None or found.lat is None:
        return known
    return replace(known, hint=LonLat(lon=found.lon, lat=found.lat))


def take(field: str) -> tuple[StoredPhoto, ...]:
    """Clean and store the photos of a form field. Raises: InvalidInput."""
    return keep(prepare(field))


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="kept-photo")


def token_of(photo: StoredPhoto) -> str:
    """Return a signed token by which a refused form names a photo it brought in."""
    spot = None if photo.hint is None else [photo.hint.lon, photo.hint.lat]
    taken = None if photo.taken_at is None else photo.taken_at.isoformat()
    return _signer().dumps([photo.sha256, photo.width, photo.height, spot, taken, photo.look])


def kept_before(tokens: list[str]) -> tuple[StoredPhoto, ...]:
    """Return the photos a form already brought in; forged or old tokens are dropped."""
    found = []
    for token in tokens[:MAX_PHOTOS]:
        try:
            sha256, width, height, spot, taken, look = _signer().loads(token, max_age=KEPT_FOR_S)
        except (BadSignature, ValueError):  # forged, old, or of a version before this one
            continue
        hint = None if spot is None else LonLat(lon=spot[0], lat=spot[1])
        taken_at = None if taken is None else datetime.fromisoformat(taken)
        found.append(StoredPhoto(sha256, width, height, hint, taken_at, look))
    return tuple(found)


def show_kept(kept: tuple[StoredPhoto, ...]) -> list[dict[str, Any]]:
    """Return token and address of each kept photo for the form."""
    tokens = [token_of(photo) for photo in kept]
    return [
        {"token": token, "url": url_for("resident.kept_photo", token=token)} for token in tokens
    ]


def serve_kept(token: str) -> Response:
    """Send a kept photo. Raises: NotFound for a forged or old token."""
    found = kept_before([token])
    if not found:
        raise NotFound("no such picture")
    return serve(found[0].sha256, "thumb")


def serve(sha256: str, size: Size, *, public: bool = False) -> Response:
    """Send a stored photo. A public one may be kept; any other is asked for each time.

    So it does not outlive the sign-in on a shared machine; the answer is then 304.
    """
    response = send_file(instance().photos.path(sha256, size), mimetype="image/jpeg", etag=sha256)
    kept = "public, max-age=86400, immutable" if public else "private, no-cache"
    response.headers["Cache-Control"] = kept
    return response
