"""Every read of comparisons. What is computed for a real city never uses an invented one."""
