"""The write endpoints, a module for each family of objects. Each checks everything first and then changes the state."""
