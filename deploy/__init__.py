"""Everything that may see the whole town: launcher, engines, local provider, images, stories."""
