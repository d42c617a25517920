"""Running the site: serve, backup, restore, health, logs."""
