"""The edge: one folder per outside system. No folder imports another; the core imports none of them."""
