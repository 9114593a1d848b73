"""Field encryption for the reporter vault: what identifies a resident is sealed text.

A sealed text is: 1 byte algorithm, 2 bytes key id, 12 bytes nonce, ciphertext with its 16-byte
tag. The first three bytes and the context are authenticated too, so that a sealed phone number
copied into another row or column does not open.
"""

import hmac
import os
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gridgov.domain.errors import GridgovError, Unavailable
from gridgov.gateways.keys import Keys

NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
_HEADER_BYTES: Final = 3


class SealBroken(GridgovError):
    """A sealed text was changed, cut, or moved to another place than it was sealed for."""

    code = "seal_broken"


class Provider(Protocol):
    """An authenticated cipher: the place to plug in another algorithm or a certified module."""

    key_bytes: int

    def encrypt(self, key: bytes, nonce: bytes, text: bytes, associated: bytes) -> bytes:
        """Return the ciphertext followed by its tag."""

    def decrypt(self, key: bytes, nonce: bytes, sealed: bytes, associated: bytes) -> bytes:
        """Return the text. Raises cryptography's InvalidTag when anything was changed."""


class AesGcm:
    """AES-256-GCM (NIST SP 800-38D)."""

    key_bytes = 32

    def encrypt(self, key: bytes, nonce: bytes, text: bytes, associated: bytes) -> bytes:
        """Return the ciphertext followed by its tag."""
        return AESGCM(key).encrypt(nonce, text, associated)

    def decrypt(self, key: bytes, nonce: bytes, sealed: bytes, associated: bytes) -> bytes:
        """Return the text. Raises InvalidTag."""
        return AESGCM(key).decrypt(nonce, sealed, associated)


class Sm4Gcm:
    """SM4-GCM (GB/T 32907 in the mode of RFC 8998), for installations that must use it.

    This is OpenSSL's implementation, not a certified module: it claims no compliance.
    """

    key_bytes = 16

    def encrypt(self, key: bytes, nonce: bytes, text: bytes, associated: bytes) -> bytes:
        """Return the ciphertext followed by its tag."""
        encryptor = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(associated)
        return encryptor.update(text) + encryptor.finalize() + encryptor.tag

    def decrypt(self, key: bytes, nonce: bytes, sealed: bytes, associated: bytes) -> bytes:
        """Return the text. Raises InvalidTag."""
        mode = modes.GCM(nonce, sealed[-TAG_BYTES:])
        decryptor = Cipher(algorithms.SM4(key), mode).decryptor()
        decryptor.authenticate_additional_data(associated)
        return decryptor.update(sealed[:-TAG_BYTES]) + decryptor.finalize()


AES_GCM: Final = 1
SM4_GCM: Final = 2
PROVIDERS: Final[Mapping[int, Provider]] = MappingProxyType({AES_GCM: AesGcm(), SM4_GCM: Sm4Gcm()})


class Vault:
    """Seals and opens short texts with the keys of the installation."""

    def __init__(
        self,
        keys: Keys,
        *,
        algorithm: int = AES_GCM,
        providers: Mapping[int, Provider] = PROVIDERS,
        reload: Callable[[], Keys] | None = None,
    ) -> None:
        """Take the keys; `reload` is asked once when a text names a key not among them.

        So a process that started before a key rotation can read what others sealed after it.
        """
        self._keys = keys
        self._algorithm = algorithm
        self._providers = providers
        self._reload = reload

    def seal(self, text: str, *, context: str) -> bytes:
        """Return the sealed text; `context` names its place, like "reporter.phone:<uuid>"."""
        number = self._keys.current
        header = bytes([self._algorithm]) + number.to_bytes(2, "big")
        key = self._derive(self._keys.vault[number], self._algorithm)
        nonce = os.urandom(NONCE_BYTES)
        provider = self._providers[self._algorithm]
        sealed = provider.encrypt(key, nonce, text.encode(), header + context.encode())
        return header + nonce + sealed

    def open(self, blob: bytes, *, context: str) -> str:
        """Return the text that was sealed for this context.

        Raises SealBroken when the blob was changed or sealed for another context, Unavailable
        when the key or the algorithm it names is missing here.
        """
        if len(blob) < _HEADER_BYTES + NONCE_BYTES + TAG_BYTES:
            raise SealBroken("the sealed text is too short", context=context)
        header, rest = blob[:_HEADER_BYTES], blob[_HEADER_BYTES:]
        algorithm, number = header[0], int.from_bytes(header[1:], "big")
        if algorithm not in self._providers:
            raise Unavailable(f"no provider for vault algorithm {algorithm}", context=context)
        key = self._derive(self._key(number), algorithm)
        nonce, sealed = rest[:NONCE_BYTES], rest[NONCE_BYTES:]
        try:
            text = self._providers[algorithm].decrypt(key, nonce, sealed, header + context.encode())
        except InvalidTag:
            raise SealBroken(
                "the sealed text was changed or belongs elsewhere", context=context
            ) from None
        return text.decode()

    def lookup(self, text: str) -> bytes:
        """Return the blind index of a text: 32 bytes, equal for equal texts.

        The caller normalises first (a phone to its digits). HMAC-SHA256 under the pepper: without
        the key file, trying all phone numbers against a stolen database finds none.
        """
        return hmac.digest(self._keys.pepper, text.encode(), "sha256")

    def _key(self, number: int) -> bytes:
        if number not in self._keys.vault and self._reload is not None:
            self._keys = self._reload()
        if number not in self._keys.vault:
            raise Unavailable(f"the key file has no vault key {number}", key_id=number)
        return self._keys.vault[number]

    def _derive(self, key: bytes, algorithm: int) -> bytes:
        """Return the key of one algorithm: one master key must not serve two ciphers."""
        length = self._providers[algorithm].key_bytes
        info = f"gridgov vault algorithm {algorithm}".encode()
        return HKDF(hashes.SHA256(), length=length, salt=None, info=info).derive(key)
