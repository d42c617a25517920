"""The site: one place for the town hall, the workshop and the people.

One app per subject: `accounts` (who may do what), `jobs` (long work in the background), `places`, `plans`, `workshop`
(what if …), `surveys`, `api`, `upkeep` (backup, health). `pages` is what every page shares. Only this package touches
the database; facts about places stay in region folders.
"""
