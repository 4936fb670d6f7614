"""What draws answers: `decode` with any transformers model (its cache, and its steps recorded on a GPU), or vLLM in its place.

`rollout`, one floor up, asks it for K completions a problem.
"""
