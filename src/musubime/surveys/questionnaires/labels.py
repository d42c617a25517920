"""Words as they are compared: what Excel, a keyboard or a colleague does to them does not matter."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_IGNORED = re.compile(r"[\s\u200b\ufeff　（）()「」『』【】\[\]・、。,.:：;；/／*＊※]+")


@lru_cache(maxsize=65_536)
def same(words: str) -> str:
    """A label without width, case, blanks and punctuation.

    >>> same("ＲＭＯ の有無（はい・いいえ）") == same("RMOの有無(はい いいえ)")
    True
    """
    return _IGNORED.sub("", unicodedata.normalize("NFKC", words)).casefold()
