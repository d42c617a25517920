"""Colours that charts and legends share: Okabe-Ito blue, and two lighter ones for intervals."""

BLUE = "#0072b2"
PALE, MIDDLE = "#d6e8f5", "#8fc3e6"  # 95 %, 80 %
