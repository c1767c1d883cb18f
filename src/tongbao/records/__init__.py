"""What all faces read across rooms: the board, the search, the journal as far as one may see it,
the product's own health."""
