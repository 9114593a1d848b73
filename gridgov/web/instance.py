"""What a running application holds besides its configuration."""

from dataclasses import dataclass
from datetime import UTC, datetime

from flask import current_app

from gridgov.config import Settings
from gridgov.domain.area_imports import AreaFiles
from gridgov.gateways.area_uploads import AreaUploads
from gridgov.gateways.keys import Keys
from gridgov.gateways.photos import PhotoStore
from gridgov.gateways.senders import Senders
from gridgov.gateways.vault import Vault
from gridgov.services.setup_base import SetupFiles

EXTENSION = "gridgov"


@dataclass(frozen=True, slots=True)
class Instance:
    """The installation: settings, keys, vault, photo store, files of areas, ways out."""

    settings: Settings
    keys: Keys
    vault: Vault
    photos: PhotoStore
    area_uploads: AreaUploads
    area_files: AreaFiles
    setup_files: SetupFiles
    senders: Senders


def instance() -> Instance:
    """Return the installation of the current application."""
    found: Instance = current_app.extensions[EXTENSION]
    return found


def utc_now() -> datetime:
    """Return the present moment. Only edges ask for it."""
    return datetime.now(UTC)
