"""The form of each kind of artefact, made from its dataclass."""
