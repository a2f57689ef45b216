"""What sends and what reads: the only package that knows sockets, TLS and HTTP bytes."""
