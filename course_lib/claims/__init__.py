"""Claims of the study notes as experiments: a treatment, a matched control of equal budget, an interval. `make claims`."""
