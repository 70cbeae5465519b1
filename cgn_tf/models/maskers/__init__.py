"""From premask to mask."""
