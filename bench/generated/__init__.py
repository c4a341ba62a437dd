"""A generated league for the benchmarks of figures: invented cities of a large size, through the real store."""
