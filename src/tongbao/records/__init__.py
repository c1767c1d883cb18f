"""What all faces read across rooms: the journal as far as one may see it, the product's own health."""
