"""Standard packs, crosswalks and the checklists answered against them."""
