"""`instance/sample-access.json`: how to get into the sample district."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from gridgov.demo.people import Login
from gridgov.domain.keys import Scope
from gridgov.services import keys

CHANNEL = "api"


def new_api_key(session: Session, district_code: str, *, now: datetime) -> str:
    """Make the sample's program key, which may do everything, and return it."""
    made = keys.make(session, district_code, "sample", Scope, CHANNEL, by=None, now=now)
    return made.secret


def write(path: Path, base_url: str, api_key: str, logins: Sequence[Login]) -> dict[str, Any]:
    """Write the file, readable by the owner alone, and return its content."""
    content = {
        "base_url": base_url,
        "api_key": api_key,
        "logins": [asdict(login) for login in logins],
    }
    _write(path, content)
    return content


def moved(path: Path, base_url: str) -> dict[str, Any] | None:
    """Return the content with the address it is served at now, None without a sample."""
    if not path.exists():
        return None
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if content["base_url"] != base_url:
        content["base_url"] = base_url
        _write(path, content)
    return content


def _write(path: Path, content: dict[str, Any]) -> None:
    beside = path.with_suffix(".new")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(content, file, ensure_ascii=False, indent=2)
    beside.replace(path)
