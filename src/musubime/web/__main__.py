"""python -m musubime.web COMMAND: Django's own commands, for developers (makemigrations, shell, check)."""

from django.core.management import execute_from_command_line

from .data import use_data

if __name__ == "__main__":
    use_data()
    execute_from_command_line()
