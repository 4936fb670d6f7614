"""A run of a method: `settings` decide its numbers, `experiment` makes it beside its control and the base.

`lead` spreads it over many processes, `fingerprint` tells what it is made of; `log` reads its folder back, `words` tell it.
"""
