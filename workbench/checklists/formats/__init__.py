"""The file formats in which packs and answers come and go."""
