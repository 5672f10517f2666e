"""A provider of OpenID Connect that tests run: a program of the npm registry, installed once as its lock says."""
