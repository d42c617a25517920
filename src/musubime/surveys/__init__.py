"""The state of things: questionnaires and their returns, tables that add up, indicators, estimates, printed figures.

questionnaires: what is asked, as data. returns: the workbooks that come back, checked and kept. tables: counted
from them. indicators: where a target stands. estimates: from a sample to a population. figures: does what is
printed follow?
"""
