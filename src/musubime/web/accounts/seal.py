"""Words that are kept but that nobody may read in the database: sealed with a key made from the site's secret."""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


def _lock(purpose: str) -> Fernet:
    key = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=f"musubime.seal {purpose}".encode())
    return Fernet(base64.urlsafe_b64encode(key.derive(settings.SECRET_KEY.encode())))


def seal(words: str, purpose: str) -> str:
    """The words as AES-128-CBC with HMAC-SHA256 (Fernet); another `purpose` cannot open them."""
    return _lock(purpose).encrypt(words.encode()).decode()


def unseal(sealed: str, purpose: str) -> str:
    """Raises cryptography.fernet.InvalidToken when it was sealed for something else, elsewhere, or was changed."""
    return _lock(purpose).decrypt(sealed.encode()).decode()
