"""Pages of accounts: coming in, one's own account, organisations and their members, all accounts, the log."""
