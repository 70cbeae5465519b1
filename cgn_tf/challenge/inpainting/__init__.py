"""What fills the place of an object with background."""
