"""What the container images are made with; leaves what is in each of them to the Dockerfile."""
