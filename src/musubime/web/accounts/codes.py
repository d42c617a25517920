"""Codes that people type from paper."""

from __future__ import annotations

import re
import secrets
import unicodedata

# Crockford's base 32: no I, L, O, U, so that nobody reads a letter for a figure. https://www.crockford.com/base32.html
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
MISREAD = str.maketrans("ILO", "110")


def new_code() -> str:
    """Twelve characters in three groups of four: 60 bits that nobody guesses.

    >>> len(new_code())
    14
    """
    letters = "".join(secrets.choice(ALPHABET) for _ in range(12))
    return "-".join(letters[start:start + 4] for start in (0, 4, 8))


def plain(given: str) -> str:
    """A code as it was meant: full width, small letters, blanks and the usual misreadings put right.

    >>> plain("ａbl0-1O ７z")
    'AB10107Z'
    """
    return re.sub(r"[\s\-‐-―ー－]", "", unicodedata.normalize("NFKC", given)).upper().translate(MISREAD)
