"""Truth at rest: plain folders, or one encrypted file a case that only the secret opens. Knows no case and no score.

AES-SIV (RFC 5297) encrypts without a nonce: equal truths give equal bytes, so a corpus is the same whoever makes it, and
nothing can be reused by mistake. The library is an extra, loaded when a private corpus is made or scored.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import zipfile
from pathlib import Path
from typing import Any

_KEY_BYTES = 64
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first date a ZIP knows: no file says when it was made


class SealError(ValueError):
    """A truth cannot be sealed or opened; the message says why, in one line."""


def require() -> None:
    """Raise SealError unless truths can be sealed here."""
    _cipher(b"\0" * 16, "")


def seal(folder: Path, target: Path, secret: bytes, name: str) -> None:
    """Encrypt the files of `folder` into `target` as the truth of the case `name`. Raises SealError."""
    cipher = _cipher(secret, name)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.iterdir()):
            archive.writestr(zipfile.ZipInfo(path.name, _EPOCH), path.read_bytes(), zipfile.ZIP_DEFLATED)
    target.write_bytes(cipher.encrypt(packed.getvalue(), [name.encode()]))


def unseal(path: Path, secret: bytes, name: str) -> dict[str, bytes]:
    """The files of a sealed truth by name. Raises SealError when the secret is another one or the file is damaged."""
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415

    try:
        packed = _cipher(secret, name).decrypt(path.read_bytes(), [name.encode()])
    except OSError as error:
        raise SealError(f"{path}: cannot be read: {error.strerror or error}") from error
    except InvalidTag as error:
        raise SealError(f"{path}: does not open: the private seed is another one, or the file is damaged") from error
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        return {each: archive.read(each) for each in archive.namelist()}


def _cipher(secret: bytes, name: str) -> Any:
    try:
        from cryptography.hazmat.primitives.ciphers.aead import AESSIV  # noqa: PLC0415
    except ImportError as error:
        raise SealError("a private corpus needs an extra: pip install 'tieout[sealed]'") from error
    key = hmac.digest(secret, f"tieout/truth/{name}".encode(), hashlib.sha512)
    return AESSIV(key[:_KEY_BYTES])
