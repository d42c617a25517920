"""Plans as live pages: today and later, with and without, by settlement."""
