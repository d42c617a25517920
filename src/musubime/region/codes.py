"""Local government codes (JIS X 0401 + 0402): five digits, or six with the check digit.

Source of the rule and its trap (01101): docs/data/codes.md.
"""

from __future__ import annotations

import unicodedata

from musubime.errors import Fault, InputError
from musubime.language import text

PREFECTURES = (
    "北海道 青森県 岩手県 宮城県 秋田県 山形県 福島県 茨城県 栃木県 群馬県 埼玉県 千葉県 東京都 神奈川県 新潟県 富山県 "
    "石川県 福井県 山梨県 長野県 岐阜県 静岡県 愛知県 三重県 滋賀県 京都府 大阪府 兵庫県 奈良県 和歌山県 鳥取県 島根県 "
    "岡山県 広島県 山口県 徳島県 香川県 愛媛県 高知県 福岡県 佐賀県 長崎県 熊本県 大分県 宮崎県 鹿児島県 沖縄県"
).split()


def check_digit(five: str) -> str:
    """The sixth digit of a local government code.

    >>> [check_digit(code) for code in ("01101", "09201", "13101", "01100")]
    ['1', '1', '6', '2']
    """
    total = sum(int(digit) * weight for digit, weight in zip(five, (6, 5, 4, 3, 2), strict=True))
    return str((11 - total) % 10 if total < 11 else (11 - total % 11) % 10)


def six_digits(given: str, *, file: str = "", row: int | None = None, field: str = "") -> str:
    """The code with its check digit, from five digits or six, half or full width.

    A code whose leading zero a spreadsheet dropped is *not* completed: it would look like another code.
    Raises InputError when it is not a code or its check digit is wrong.

    >>> six_digits("35208"), six_digits("３５２０８０")
    ('352080', '352080')
    """
    digits = unicodedata.normalize("NFKC", str(given)).strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) in (5, 6)) or not (
        1 <= int(digits[:2]) <= len(PREFECTURES)
    ):
        raise InputError(Fault(
            text("This is not a local government code."),
            text("Give five digits, or six with the check digit, leading zero included, for example 352080."),
            file=file, row=row, field=field, value=str(given),
        ))
    right = digits[:5] + check_digit(digits[:5])
    if len(digits) == 6 and digits != right:
        raise InputError(Fault(
            text("The check digit of this code is wrong."),
            text("{five} has the check digit {digit}: write {right}, or look the code up again.",
                 five=digits[:5], digit=right[5], right=right),
            file=file, row=row, field=field, value=str(given),
        ))
    return right


def prefecture_name(code: str) -> str:
    """The prefecture of a municipality's code.

    >>> prefecture_name("352080")
    '山口県'
    """
    return PREFECTURES[int(code[:2]) - 1]
