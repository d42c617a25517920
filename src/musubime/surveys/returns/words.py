"""The words printed in a workbook around the questions, which its reader looks for in both languages."""

from __future__ import annotations

from musubime.language import LANGUAGES, Text, text
from musubime.surveys.questionnaires import same

ANSWER = text("Answer")
QUESTION = text("Question")
UNIT = text("Unit")
LAST = text("Last answer")
NOTES = text("Your notes")
TO_CHECK = text("To check")
NUMBER = text("No.")
TOTAL = text("Total")
CODE = text("Municipality code")
NAME = text("Name of the municipality")
FISCAL_YEAR = text("Fiscal year of the survey")
COVER = text("Cover")
QUESTIONS = text("Questions")
FINDINGS = text("To be corrected")
CONTACT = {
    "department": text("Department"), "person": text("Name of the person in charge"), "telephone": text("Telephone"),
    "email": text("E-mail"), "date": text("Date of the answer"),
}
YES = text("Yes")
NO = text("No")
TICK = "○"
NONE = frozenset(same(word) for word in "なし 無し 無 ない 該当なし 特になし 該当無し none nil ゼロ".split())
TOTALS = frozenset(same(word) for word in "計 合計 小計 総計 total".split())
TICKS = frozenset(same(mark) for mark in "○ ◯ 〇 o ✓ ✔ ☑ レ ● ◎ 1 有 あり はい yes true 該当".split())
UNTICKED = frozenset(same(mark) for mark in "× ✕ x 無 なし いいえ no false 非該当 ☐ □".split())
YES_WORDS = frozenset(same(word) for word in "はい 有 あり 有り 実施 済 ○ ◯ 〇 yes y true".split())
NO_WORDS = frozenset(same(word) for word in "いいえ 無 なし 無し × ✕ no n false".split())
DASHES = frozenset("-‐‑‒–—―−ー─－ｰ")
UNKNOWN = frozenset(
    same(word)
    for word in "不明 未定 調査中 未調査 把握していない 分からない わからない 不詳 n/a na 非公表 未集計".split()
) | {"…", "...", "・・・"}
UNIT_WORDS = (
    ("人", "名", "people", "persons", "person"),
    ("箇所", "か所", "ヶ所", "カ所", "ヵ所", "ケ所", "個所", "hubs", "hub"),
    ("世帯", "households", "household"),
    ("集落", "settlements", "settlement"),
    ("km", "キロ", "キロメートル", "㎞"),
    ("千円", "thousand yen"),
    ("組織", "団体", "organizations", "organization"),
    ("年", "年度", "年設立"),
)
"""Units that mean the same. A unit of another group (千円 asked, 万円 written) is asked about, never converted."""

IDENTITY = r"([a-z][a-z0-9-]{0,59})/([\w.\-]{1,40})/(\d{4})/(\d{5,6})/(ja|en)"
MACHINE = "musubime-return/1"
MACHINE_SHEET = "_musubime"
MARK = "mark"


def both(words: Text) -> frozenset[str]:
    """The words in every language, as they are compared."""
    return frozenset(same(words.to(language)) for language in LANGUAGES)
