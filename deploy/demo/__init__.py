"""What `make run` opens: a town with a story and a congress in it, for somebody to look around in."""
