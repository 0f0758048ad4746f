"""The two loops over bytes that are compiled: one C file, how it is built, how it is called."""
