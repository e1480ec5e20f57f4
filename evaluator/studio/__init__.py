"""The studio: what recruiters do with packs, samples and evaluations, without a web framework."""
