"""Under which address the pages are reached."""

import socket

from gridgov.config import Settings

EVERY_ADDRESS = frozenset({"0.0.0.0", "::"})


def base_url(settings: Settings) -> str:
    """Return the address of the first page."""
    scheme = "https" if settings.secure() else "http"
    host = lan_address() if settings.host in EVERY_ADDRESS else settings.host
    return f"{scheme}://{host}:{settings.port}"


def lan_address() -> str:
    """Return the address by which a phone in the same network reaches this machine."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Connecting a datagram socket sends nothing; it only chooses the way out.
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return socket.gethostname()
        return str(probe.getsockname()[0])
