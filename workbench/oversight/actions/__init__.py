"""What happens in oversight: reviews held, work handed over."""
