"""Looking over everything: the clause matrix, standing checks, management review, hand-over."""
