"""The losses of a CGN, one a file, each declared with its options and with what it needs."""
