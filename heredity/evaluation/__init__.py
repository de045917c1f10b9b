"""How well an agent acts."""
