"""What the services' web sides share: the app's frame, the theme, sign-in, and the named links between services."""
