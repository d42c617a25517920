"""What a password must have besides what Django asks for."""

from __future__ import annotations

from django.core.exceptions import ValidationError

from musubime.language import text

LEAST_DIFFERENT = 5


class DifferentCharactersValidator:
    """Refuses twelve blanks, and ababababab."""

    def validate(self, password: str, user: object = None) -> None:
        if len(set(password)) < LEAST_DIFFERENT:
            raise ValidationError(self.get_help_text())

    def get_help_text(self) -> str:
        return str(text("The password must have at least {count} different characters.", count=LEAST_DIFFERENT))
