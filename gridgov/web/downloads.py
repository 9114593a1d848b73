"""Files to take along: named, and kept by nobody on the way."""

from collections.abc import Iterable
from typing import IO

from flask import Response, send_file

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PDF = "application/pdf"
CSV = "text/csv; charset=utf-8"
TEXT = "text/plain; charset=utf-8"


def download(content: bytes | str | Iterable[str], kind: str, name: str) -> Response:
    """Return an answer that is a file of a content type, under a name of ASCII letters."""
    answer = Response(content, content_type=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return private(answer)


def download_file(file: IO[bytes], kind: str, name: str) -> Response:
    """Return the same of an open file, read from where it stands and closed by the server."""
    return private(send_file(file, kind, as_attachment=True, download_name=name))


def private(answer: Response) -> Response:
    """Let no cache keep an answer: it was made for one person."""
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
