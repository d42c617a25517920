"""What every template can use."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from musubime import __version__
from musubime.language import current_language
from musubime.web.accounts.rights import rights_of


def page(request: HttpRequest) -> dict[str, Any]:
    """`language`, `other_language`, `version`, `mail_is_sent`, and `rights`: names of all that this
    reader may do somewhere."""
    language = current_language()
    user = getattr(request, "user", None)
    return {
        "language": language, "other_language": "en" if language == "ja" else "ja", "version": __version__,
        "rights": rights_of(user), "mail_is_sent": settings.MAIL_IS_SENT,
    }
