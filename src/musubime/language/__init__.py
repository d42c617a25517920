"""Every sentence a person reads, in Japanese and English, translated when it is shown and not before."""

from ._text import LANGUAGES as LANGUAGES
from ._text import Language as Language
from ._text import Text as Text
from ._text import current_language as current_language
from ._text import text as text
from ._text import translate as translate
from ._text import use_language as use_language
from ._text import verbatim as verbatim

__all__ = [
    "LANGUAGES", "Language", "Text", "current_language", "text", "translate", "use_language", "verbatim",
]
