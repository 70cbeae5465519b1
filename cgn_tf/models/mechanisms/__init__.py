"""The mechanisms that a CGN can be made of."""
