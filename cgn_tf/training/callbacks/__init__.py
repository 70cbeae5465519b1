"""What a run does around its steps."""
