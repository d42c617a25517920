"""Surveys on the site: waves, a return for each municipality as form and as workbook, desks, board, tables, deck.

What is asked, how it is checked and what is counted is the library's (`musubime.surveys`); this app keeps returns in
the database, and never lets two people overwrite each other unseen.

records: one return as plain data, by paths. checking: the library's findings at the right question. saving: changes
merged field by field. states: submit, return, accept. sheets: workbooks out and in. waves: opening and compiling.
works: tables and deck in the background. Pages: `pages_*`.
"""
