"""The ACME protocol (RFC 8555) and its extensions, seen from the client."""
