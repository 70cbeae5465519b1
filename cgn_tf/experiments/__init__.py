"""Several commands in a row: reproductions, ablations, and the table of results."""
