"""Measurements of the running product; `make bench` writes docs/benchmarks.md from them."""
