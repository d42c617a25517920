"""An app whose works do as the tests of jobs need: the worker under test is a process of its own."""
