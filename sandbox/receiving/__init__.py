"""What is received: tables as Parquet, held to their contract, masked on the way in, kept as snapshots."""
