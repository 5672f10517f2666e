"""The pages of those who hold a personal link."""
