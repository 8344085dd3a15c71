"""A project as one JSON file: written from one installation, taken in by another without loss (docs/formats/project.md)."""
