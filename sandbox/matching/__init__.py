"""Names and fields of two tools suggested to one another, and what people decided."""
