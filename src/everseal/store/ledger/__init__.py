"""What was asked of the CAs and what they said to it."""
