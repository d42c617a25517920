"""Long work in the background: progress that people see, and that survives a restart."""
