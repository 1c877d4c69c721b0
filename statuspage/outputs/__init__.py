"""What a snapshot becomes: `site` has the outputs together, each of the others is one of them or serves them."""
