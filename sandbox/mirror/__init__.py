"""The mirror: sources received as they are, with what people made up on top of them."""
