"""The local certificate: browsers accept it for its hosts, and it is made no more than needed."""

import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from gridgov.gateways.certificate import local_certificate

HOSTS = ("localhost", "127.0.0.1", "::1", "192.168.1.20", "grid.local")


def greeted(folder: Path, host: str) -> bool:
    """Let a client that trusts ca.pem greet a server in memory; tell whether both agreed."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    client = ssl.create_default_context(cafile=str(folder / "ca.pem"))
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        client.wrap_bio(to_client, to_server, server_hostname=host),
        server.wrap_bio(to_server, to_client, server_side=True),
    ]
    for _ in range(10):
        for end in list(ends):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            ends.remove(end)
    return not ends


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)  # the TLS library judges by the real clock


@pytest.mark.parametrize("host", HOSTS)
def test_a_client_that_trusts_it_accepts_every_host(
    tmp_path: Path, now: datetime, host: str
) -> None:
    local_certificate(tmp_path / "tls", HOSTS, now=now)
    assert greeted(tmp_path / "tls", host)


def test_other_hosts_are_not_covered(tmp_path: Path, now: datetime) -> None:
    local_certificate(tmp_path, HOSTS, now=now)
    with pytest.raises(ssl.SSLCertVerificationError):
        greeted(tmp_path, "bank.example")


def test_the_key_is_private_and_the_authority_keeps_none(tmp_path: Path, now: datetime) -> None:
    certificate, key = local_certificate(tmp_path, HOSTS, now=now)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ca.pem", "cert.pem", "key.pem"]
    for path in (certificate, tmp_path / "ca.pem"):
        assert b"PRIVATE" not in path.read_bytes()


def test_it_is_kept_while_it_serves(tmp_path: Path, now: datetime) -> None:
    certificate, key = local_certificate(tmp_path, HOSTS, now=now)
    content = certificate.read_bytes() + key.read_bytes()
    later = now + timedelta(days=380)
    assert local_certificate(tmp_path, ["LOCALHOST", "127.0.0.1"], now=later) == (certificate, key)
    assert local_certificate(tmp_path, ["0:0:0:0:0:0:0:1"], now=now) == (certificate, key)
    assert certificate.read_bytes() + key.read_bytes() == content


def test_a_new_host_makes_a_new_one(tmp_path: Path, now: datetime) -> None:
    certificate, _ = local_certificate(tmp_path, HOSTS, now=now)
    old = certificate.read_bytes()
    local_certificate(tmp_path, [*HOSTS, "10.0.0.7"], now=now)
    assert certificate.read_bytes() != old
    assert greeted(tmp_path, "10.0.0.7")


def test_it_is_renewed_before_it_ends(tmp_path: Path, now: datetime) -> None:
    certificate, _ = local_certificate(tmp_path, HOSTS, now=now)
    first = x509.load_pem_x509_certificate(certificate.read_bytes())
    lifetime = first.not_valid_after_utc - first.not_valid_before_utc
    assert lifetime <= timedelta(days=398)
    local_certificate(tmp_path, HOSTS, now=first.not_valid_after_utc - timedelta(days=13))
    second = x509.load_pem_x509_certificate(certificate.read_bytes())
    assert second.not_valid_after_utc > first.not_valid_after_utc


@pytest.mark.parametrize("name", ["cert.pem", "key.pem"])
@pytest.mark.parametrize("content", [None, b"", b"not a PEM file"])
def test_missing_or_damaged_files_are_made_anew(
    tmp_path: Path, now: datetime, name: str, content: bytes | None
) -> None:
    local_certificate(tmp_path, HOSTS, now=now)
    if content is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_bytes(content)
    local_certificate(tmp_path, HOSTS, now=now)
    assert greeted(tmp_path, "localhost")


def test_a_key_of_another_certificate_is_noticed(tmp_path: Path, now: datetime) -> None:
    _, key = local_certificate(tmp_path / "one", HOSTS, now=now)
    _, other = local_certificate(tmp_path / "two", HOSTS, now=now)
    key.write_bytes(other.read_bytes())
    local_certificate(tmp_path / "one", HOSTS, now=now)
    assert greeted(tmp_path / "one", "localhost")
