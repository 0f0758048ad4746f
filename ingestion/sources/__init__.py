"""One file for each platform or archive: what it delivers becomes contract events here."""
