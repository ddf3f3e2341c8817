"""What goes over the wire: HTTP, the two signatures, requests of the RPC style, JSON and XML."""
