"""The reporter vault: what is sealed opens only here, only unchanged, only in its place."""

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from gridgov.domain.errors import GridgovError, Unavailable
from gridgov.gateways.keys import new_keys
from gridgov.gateways.vault import AES_GCM, PROVIDERS, SM4_GCM, SealBroken, Vault

KEYS = new_keys()
PHONE = "199-0000-1234"
PLACE = "reporter.phone:01936b1e-0000-7000-8000-000000000001"


@pytest.mark.parametrize("algorithm", [AES_GCM, SM4_GCM])
@given(text=st.text(max_size=200))
def test_what_is_sealed_opens_again(algorithm: int, text: str) -> None:
    vault = Vault(KEYS, algorithm=algorithm)
    assert vault.open(vault.seal(text, context=PLACE), context=PLACE) == text


@pytest.mark.parametrize("text", ["", "豸埇 13800138000", "👩‍👧 埇", "a" * 10_000])
def test_rare_characters_and_lengths(text: str) -> None:
    vault = Vault(KEYS)
    assert vault.open(vault.seal(text, context=PLACE), context=PLACE) == text


def test_the_same_text_is_never_sealed_alike() -> None:
    vault = Vault(KEYS)
    sealed = {vault.seal(PHONE, context=PLACE) for _ in range(50)}
    assert len(sealed) == 50
    assert not any(PHONE.encode() in blob for blob in sealed)


@pytest.mark.parametrize("algorithm", [AES_GCM, SM4_GCM])
def test_any_changed_byte_is_noticed(algorithm: int) -> None:
    vault = Vault(KEYS, algorithm=algorithm)
    blob = vault.seal(PHONE, context=PLACE)
    for position in range(len(blob)):
        for change in (0x01, 0x03, 0x80):
            broken = bytearray(blob)
            broken[position] ^= change
            with pytest.raises((SealBroken, Unavailable)):
                vault.open(bytes(broken), context=PLACE)


def test_cut_and_lengthened_texts_are_broken() -> None:
    vault = Vault(KEYS)
    blob = vault.seal(PHONE, context=PLACE)
    for length in range(len(blob)):
        with pytest.raises(SealBroken):
            vault.open(blob[:length], context=PLACE)
    with pytest.raises(SealBroken):
        vault.open(blob + b"\0", context=PLACE)


def test_a_text_moved_to_another_row_or_column_is_broken() -> None:
    vault = Vault(KEYS)
    blob = vault.seal(PHONE, context=PLACE)
    for elsewhere in (PLACE[:-1] + "2", PLACE.replace("phone", "name"), "", PLACE + " "):
        with pytest.raises(SealBroken) as caught:
            vault.open(blob, context=elsewhere)
        assert isinstance(caught.value, GridgovError)
        assert PHONE not in str(caught.value)


def test_another_installation_cannot_open_it() -> None:
    blob = Vault(KEYS).seal(PHONE, context=PLACE)
    with pytest.raises(SealBroken):
        Vault(new_keys()).open(blob, context=PLACE)


def test_rotation_seals_with_the_new_key_and_opens_the_old() -> None:
    old = Vault(KEYS)
    rotated = KEYS.rotated()
    new = Vault(rotated)
    assert new.open(old.seal(PHONE, context=PLACE), context=PLACE) == PHONE
    blob = new.seal(PHONE, context=PLACE)
    assert (blob[0], int.from_bytes(blob[1:3], "big")) == (AES_GCM, 2)
    with pytest.raises(Unavailable):
        old.open(blob, context=PLACE)


def test_running_process_learns_of_a_rotation_when_it_meets_the_key() -> None:
    rotated = KEYS.rotated()
    asked: list[bool] = []

    def reload() -> object:
        asked.append(True)
        return rotated

    running = Vault(KEYS, reload=reload)  # type: ignore[arg-type]
    old = running.seal("before", context=PLACE)
    blob = Vault(rotated).seal(PHONE, context=PLACE)
    assert running.open(blob, context=PLACE) == PHONE
    assert running.open(old, context=PLACE) == "before"
    assert running.open(blob, context=PLACE) == PHONE
    assert asked == [True]
    assert running.seal("after", context=PLACE)[1:3] == b"\0\2"


def test_algorithms_read_each_other_but_do_not_mix() -> None:
    aes, sm4 = Vault(KEYS), Vault(KEYS, algorithm=SM4_GCM)
    blob = sm4.seal(PHONE, context=PLACE)
    assert aes.open(blob, context=PLACE) == PHONE
    with pytest.raises(SealBroken):
        aes.open(bytes([AES_GCM]) + blob[1:], context=PLACE)
    only_sm4 = Vault(KEYS, algorithm=SM4_GCM, providers={SM4_GCM: PROVIDERS[SM4_GCM]})
    with pytest.raises(Unavailable):
        only_sm4.open(aes.seal(PHONE, context=PLACE), context=PLACE)


def test_format_is_the_one_described() -> None:
    blob = Vault(KEYS).seal(PHONE, context=PLACE)
    info = b"gridgov vault algorithm 1"
    key = HKDF(hashes.SHA256(), length=32, salt=None, info=info).derive(KEYS.vault[1])
    text = AESGCM(key).decrypt(blob[3:15], blob[15:], blob[:3] + PLACE.encode())
    assert text.decode() == PHONE


def test_lookup_finds_equal_texts_and_needs_the_pepper() -> None:
    vault = Vault(KEYS)
    assert vault.lookup("19900001234") == Vault(KEYS.rotated()).lookup("19900001234")
    assert vault.lookup("19900001234") != vault.lookup("19900001235")
    assert vault.lookup("19900001234") != Vault(new_keys()).lookup("19900001234")
    assert len(vault.lookup("")) == 32
