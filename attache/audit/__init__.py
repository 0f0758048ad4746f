"""`attache audit`: anybody's list of followers, without a home, a broker or a warehouse."""
