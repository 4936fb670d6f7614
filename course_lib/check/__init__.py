"""Exercises whose checks name your mistake, and quiz cards.

One file a notebook: loop, star, rft, rest, self_rewarding, spin, cai, reflexion, ttrl, loopholes, tampering, collapse,
overoptimisation, genuine, stagnation, agents; and quiz.
"""
