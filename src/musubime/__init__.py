"""Musubime: know the settlements, form the hub, tie it, run it, bring people in, report."""

__version__ = "0.1.0"
