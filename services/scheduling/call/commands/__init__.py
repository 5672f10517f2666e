"""What proposers, speakers and the desk can ask."""
