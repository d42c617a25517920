"""Where the site's mail goes out."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit


def mail_settings(url: str) -> dict[str, Any]:
    """Django's settings from MUSUBIME_EMAIL_URL; MAIL_IS_SENT says whether there is any.

    smtp:// speaks STARTTLS on 587, smtps:// speaks TLS on 465; `?from=` is the sender.

    >>> mail_settings("smtp://town:pass@mail.example.jp?from=musubime@example.jp")["EMAIL_HOST"]
    'mail.example.jp'
    >>> mail_settings("")
    {'MAIL_IS_SENT': False, 'EMAIL_BACKEND': 'django.core.mail.backends.dummy.EmailBackend'}
    """
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        return {"MAIL_IS_SENT": False, "EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend"}
    tls = parts.scheme == "smtps"
    user = unquote(parts.username or "")
    sender = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair).get("from", "")
    return {
        "MAIL_IS_SENT": True, "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname, "EMAIL_PORT": parts.port or (465 if tls else 587),
        "EMAIL_HOST_USER": user, "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": tls, "EMAIL_USE_TLS": not tls, "EMAIL_TIMEOUT": 10,
        "DEFAULT_FROM_EMAIL": unquote(sender) or user,
    }
