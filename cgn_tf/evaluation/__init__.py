"""How good a CGN is."""
