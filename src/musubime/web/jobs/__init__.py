"""Long work in the background: progress that people see, and that survives a restart.

The door is `jobs.work` (not here: Django may not meet models before its apps are ready).
"""
