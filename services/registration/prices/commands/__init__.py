"""What is asked of prices and of the places of options, each as part of one transaction."""
