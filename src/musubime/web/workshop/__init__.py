"""What if …? A published plan, changed and solved again before everybody's eyes; and what residents say to it."""
