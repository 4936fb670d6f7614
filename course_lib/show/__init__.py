"""What a reader looks at. The only place that imports matplotlib; no slot imports it."""
