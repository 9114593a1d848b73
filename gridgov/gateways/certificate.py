"""A local HTTPS certificate: phones give neither position nor camera to plain HTTP.

Made once by a throw-away authority whose private key is never written: a phone that is told to
trust `ca.pem` trusts this one certificate and nothing anybody could sign later.
"""

import ipaddress
import os
import tempfile
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

VALID_FOR: Final = timedelta(days=397)  # phones refuse leaf certificates of over 398 days
RENEW_BEFORE: Final = timedelta(days=14)


def local_certificate(folder: Path, hosts: Sequence[str], *, now: datetime) -> tuple[Path, Path]:
    """Return the PEM files (certificate chain, private key) for these names and addresses.

    Reused while they match, cover every host and stay valid for two more weeks; made anew
    otherwise. `now` is aware UTC. Beside them lies `ca.pem`, for who wants to trust it.
    """
    certificate, key = folder / "cert.pem", folder / "key.pem"
    if not _usable(certificate, key, hosts, now):
        folder.mkdir(parents=True, exist_ok=True)
        authority = trustme.CA(organization_name="gridgov local certificate")
        leaf = authority.issue_cert(
            *hosts, not_before=now - timedelta(days=1), not_after=now + VALID_FOR
        )
        _write(key, leaf.private_key_pem.bytes(), mode=0o600)
        _write(folder / "ca.pem", authority.cert_pem.bytes(), mode=0o644)
        chain = b"".join(blob.bytes() for blob in leaf.cert_chain_pems)
        _write(certificate, chain, mode=0o644)
    return certificate, key


def _usable(certificate: Path, key: Path, hosts: Sequence[str], now: datetime) -> bool:
    try:
        leaf = x509.load_pem_x509_certificate(certificate.read_bytes())
        private = load_pem_private_key(key.read_bytes(), password=None)
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, TypeError, x509.ExtensionNotFound):
        return False  # missing or damaged: a new one costs nothing
    covered = {name.lower() for name in names.get_values_for_type(x509.DNSName)}
    covered |= {str(address) for address in names.get_values_for_type(x509.IPAddress)}
    return (
        leaf.public_key() == private.public_key()
        and leaf.not_valid_before_utc <= now <= leaf.not_valid_after_utc - RENEW_BEFORE
        and {_canonical(host) for host in hosts} <= covered
    )


def _canonical(host: str) -> str:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return host.lower()


def _write(path: Path, content: bytes, *, mode: int) -> None:
    descriptor, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        os.fchmod(file.fileno(), mode)
    os.replace(name, path)
