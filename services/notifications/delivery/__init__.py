"""Whether a message reaches a person: by mail, by letter, or by a desk's hand."""
